/**
 * Physical clocks of the machines, which a log does not have: its times are of one clock. So each machine's is
 * modelled as that clock and an offset of its own, drawn by the seed, constant, and such that no two differ by more
 * than the bound.
 */
import * as Random from "../Random.ts"

export interface PhysicalClocks {
  /** What the machine's clock shows at a time, both in microseconds since the Unix epoch. */
  readonly read: (machine: number, atUs: number) => number
}

/** `boundUs` is a whole number of microseconds. */
export const make = (seed: number, boundUs: number): PhysicalClocks => {
  const offsets: Array<number> = []
  const offsetOf = (machine: number): number => {
    const draw = Random.draws(seed, Random.Purpose.clocks, machine)()
    return Random.below(draw, boundUs + 1) - Math.floor(boundUs / 2)
  }
  return {
    read: (machine, atUs) => {
      offsets[machine] ??= offsetOf(machine)
      // An imported log may count its times from 0.
      return Math.max(0, atUs + offsets[machine]!)
    },
  }
}
