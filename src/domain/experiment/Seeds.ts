/** The seeds of an experiment's repetitions. */
import * as Random from "../Random.ts"

/** Short enough to read aloud, and a draw is scaled to it exactly. */
const below = 1_000_000

/**
 * `count` different seeds that follow from one: draws of a stream of their own, those that came before passed
 * over. More repetitions only add to the end.
 */
export const drawn = (seed: number, count: number): ReadonlyArray<number> => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 0)
  const seeds = new Set<number>()
  while (seeds.size < count) seeds.add(Random.below(draw(), below))
  return [...seeds]
}
