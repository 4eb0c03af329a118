/**
 * Student's t distribution for whole degrees of freedom, by the finite sums of Abramowitz and Stegun, Handbook of
 * Mathematical Functions (1964), 26.7.3 and 26.7.4; its quantile by bisection. Exact to rounding, and more than
 * fast enough for the few quantiles of a table.
 */

/** The probability that |T| stays below t (t >= 0) with `freedom` = 1, 2, 3, ... degrees of freedom. */
export const within = (t: number, freedom: number): number => {
  const angle = Math.atan(t / Math.sqrt(freedom))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const odd = freedom % 2 === 1
  if (freedom === 1) return (2 * angle) / Math.PI
  // Odd: cos + 2/3 cos^3 + (2 4)/(3 5) cos^5 ...; even: 1 + 1/2 cos^2 + (1 3)/(2 4) cos^4 ...
  let term = odd ? cosine : 1
  let sum = term
  for (let power = odd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power
    sum += term
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum
}

const halvings = 60

/** The t below which |T| stays with this probability (0 < probability < 1). */
export const quantile = (probability: number, freedom: number): number => {
  let [low, high] = [0, 1]
  while (within(high, freedom) < probability) high *= 2
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2
    if (within(middle, freedom) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
