/** Random logs as honest runs leave them: drops of both kinds, crashes, stops, resumes, and runs cut short. */
import fc from "fast-check"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { type Options, simulate } from "./Simulator.ts"

const interruption = (machines: number, durationUs: number) =>
  fc.record({
    machine: fc.integer({ min: 1, max: machines }),
    atUs: fc.integer({ min: 10_000, max: Math.floor(durationUs / 2) }),
    downUs: fc.constantFrom(1_000, 500_000, 1_300_000, 2_000_000),
    crash: fc.boolean(),
  })

/** At most one interruption a machine: the simulator does not take down what is down. */
const once = <A extends { readonly machine: number }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all.filter((one, i) => all.findIndex(({ machine }) => machine === one.machine) === i)

export interface Bounds {
  readonly maxMachines: number
  readonly maxDurationUs: number
}

export const simulatedOptions = ({ maxMachines, maxDurationUs }: Bounds): fc.Arbitrary<Options> =>
  fc
    .record({
      machines: fc.integer({ min: 1, max: maxMachines }),
      durationUs: fc.noBias(fc.integer({ min: 300_000, max: maxDurationUs })),
    })
    .chain(({ machines, durationUs }) =>
      fc.record({
        config: fc.record({
          machines: fc.constant(machines),
          durationUs: fc.constant(durationUs),
          seed: fc.nat(),
          rates: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: machines, maxLength: machines }),
          sides: fc.constantFrom(3, 4, 10),
          capacity: fc.constantFrom(1, 3, 1_024),
          overflow: fc.constantFrom("backpressure", "drop-newest", "drop-oldest"),
        }),
        maxDelayUs: fc.constantFrom(1_000, 100_000, 1_000_000),
        interruptions: fc.array(interruption(machines, durationUs), { maxLength: 3, size: "max" }).map(once),
        // Beyond the end: not cut short.
        cutAtUs: fc.noBias(fc.integer({ min: 100_000, max: 4 * durationUs })),
      }),
    )

export const simulatedLog = (bounds: Bounds): fc.Arbitrary<ReadonlyArray<Logged>> =>
  simulatedOptions(bounds).map((options) => simulate(options))
