/** Rounds of a measurement: ours and its reference take turns, so that what else the machine does falls on both. */

export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!

export interface Taken {
  readonly ours: number
  readonly reference: number
  /** Of the pairs, so that a slow minute harms neither. */
  readonly ratio: number
}

/** Medians over rounds, each of which gives ours and the reference. */
export const taken = async (
  rounds: number,
  round: () => Promise<{ readonly ours: number; readonly reference: number }>,
): Promise<Taken> => {
  const all: Array<{ readonly ours: number; readonly reference: number }> = []
  for (let i = 0; i < rounds; i++) all.push(await round())
  return {
    ours: median(all.map(({ ours }) => ours)),
    reference: median(all.map(({ reference }) => reference)),
    ratio: median(all.map(({ ours, reference }) => ours / reference)),
  }
}

export const secondsOf = async (work: () => unknown): Promise<number> => {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1_000
}
