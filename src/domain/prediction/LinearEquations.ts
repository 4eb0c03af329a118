/** Linear equations of a few unknowns, by Gaussian elimination with partial pivoting. */

/** Below this a pivot counts as 0: the coefficients here are of the order of 1. */
const leastPivot = 1e-12

/**
 * The x of rows x = right, a row of `right` and of x for each row, and a column for each system; undefined where x is
 * not the only one or there is none.
 */
export const solveAll = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  right: ReadonlyArray<ReadonlyArray<number>>,
): ReadonlyArray<ReadonlyArray<number>> | undefined => {
  const n = rows.length
  const work = rows.map((row, i) => [...row, ...right[i]!])
  const width = work[0]?.length ?? 0
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
      for (let k = column; k < width; k++) row[k] = row[k]! - factor * pivot[k]!
    }
  }
  const x: Array<Array<number>> = work.map((row) => row.slice(n))
  for (let i = n - 1; i >= 0; i--)
    for (let system = 0; system < width - n; system++) {
      let rest = x[i]![system]!
      for (let k = i + 1; k < n; k++) rest -= work[i]![k]! * x[k]![system]!
      x[i]![system] = rest / work[i]![i]!
    }
  return x
}

/** The same of a single system. */
export const solve = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  right: ReadonlyArray<number>,
): ReadonlyArray<number> | undefined =>
  solveAll(
    rows,
    right.map((value) => [value]),
  )?.map(([value]) => value!)
