/**
 * How high a Brownian motion with a drift gets in a given time: what is left of a queue, or of the ticks that find
 * one empty, once many small chances have added up (Harrison, "Brownian Motion and Stochastic Flow Systems", 1985,
 * chapter 1). With drift d and variance v a second,
 *
 *     P(sup over s <= T of X(s) <= z) = F((z - dT) / sqrt(vT)) - exp(2dz / v) F((-z - dT) / sqrt(vT))
 *
 * where F is the normal distribution. One law for all: upward it is a normal distribution around dT, without drift the
 * absolute value of one, and downward an exponential distribution of mean v / 2|d|.
 */

/** exp(x^2) erfc(x) for x >= 0, to 1.2e-7 of itself (Press and others, "Numerical Recipes", section 6.2). */
const scaledErfc = (x: number): number => {
  const t = 1 / (1 + x / 2)
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ]
  return t * Math.exp(coefficients.reduce((sum, c) => c + t * sum, 0))
}

/** exp(y^2 / 2) F(-y) for y >= 0. */
const scaledTail = (y: number): number => scaledErfc(y / Math.SQRT2) / 2

/** F, the standard normal distribution. */
export const normal = (x: number): number => {
  const tail = Math.exp((-x * x) / 2) * scaledTail(Math.abs(x))
  return x < 0 ? tail : 1 - tail
}

/** P(sup <= z) for z >= 0, variance and time above 0. */
export const distribution = (z: number, drift: number, variance: number, seconds: number): number => {
  const spread = Math.sqrt(variance * seconds)
  const above = (z - drift * seconds) / spread
  const below = (z + drift * seconds) / spread
  // The exponents of the second term add up to -above^2 / 2, which keeps it from overflowing.
  const reflected =
    below >= 0
      ? Math.exp((-above * above) / 2) * scaledTail(below)
      : Math.exp((2 * drift * z) / variance) * normal(-below)
  return Math.max(0, normal(above) - reflected)
}

/** Of a quantile, relative to the interval that is searched. */
const foundWithin = 1e-7
const mostSteps = 60

/** The z that the supremum stays below with probability q, by false position (the Illinois variant). */
export const quantile = (q: number, drift: number, variance: number, seconds: number): number => {
  if (variance <= 0 || seconds <= 0) return Math.max(0, drift * Math.max(0, seconds))
  const most = Math.max(0, drift * seconds) + 6 * Math.sqrt(variance * seconds)
  // Far downward nothing comes near that height; the exponential law bounds the quantile from above.
  const widest = drift < 0 ? Math.min(most, (-Math.log1p(-q) * variance) / (-2 * drift)) : most
  let [low, high] = [0, widest]
  let [atLow, atHigh] = [-q, distribution(high, drift, variance, seconds) - q]
  if (atHigh <= 0) return high
  let side = 0
  for (let step = 0; step < mostSteps && high - low > foundWithin * widest; step++) {
    const z = step % 8 === 7 ? (low + high) / 2 : (low * atHigh - high * atLow) / (atHigh - atLow)
    const at = distribution(z, drift, variance, seconds) - q
    if (Math.abs(at) < foundWithin) return z
    if (at < 0) {
      ;[low, atLow] = [z, at]
      if (side < 0) atHigh /= 2
      side = -1
    } else {
      ;[high, atHigh] = [z, at]
      if (side > 0) atLow /= 2
      side = 1
    }
  }
  return (low + high) / 2
}
