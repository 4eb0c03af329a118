/** Linear equations of a few unknowns, by Gaussian elimination with partial pivoting. */

/** Below this a pivot counts as 0: the coefficients here are of the order of 1. */
const leastPivot = 1e-12

/** The x of rows x = right, or undefined where it is not the only one or there is none. */
export const solve = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  right: ReadonlyArray<number>,
): ReadonlyArray<number> | undefined => {
  const n = rows.length
  const work = rows.map((row, i) => [...row, right[i]!])
  for (let column = 0; column < n; column++) {
    let best = column
    for (let i = column + 1; i < n; i++)
      if (Math.abs(work[i]![column]!) > Math.abs(work[best]![column]!)) best = i
    const pivot = work[best]!
    if (Math.abs(pivot[column]!) < leastPivot) return undefined
    work[best] = work[column]!
    work[column] = pivot
    for (let i = column + 1; i < n; i++) {
      const row = work[i]!
      const factor = row[column]! / pivot[column]!
      for (let k = column; k <= n; k++) row[k] = row[k]! - factor * pivot[k]!
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    const row = work[i]!
    let rest = row[n]!
    for (let k = i + 1; k < n; k++) rest -= row[k]! * x[k]!
    x[i] = rest / row[i]!
  }
  return x
}
