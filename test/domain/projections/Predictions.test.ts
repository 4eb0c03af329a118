import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import { compare } from "../../../src/domain/prediction/Comparison.ts"
import * as Measured from "../../../src/domain/prediction/Measured.ts"
import { predictions } from "../../../src/domain/projections/Predictions.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import { simulate } from "../Simulator.ts"

type Row = Record<string, unknown>

const keyOf = (row: Row) => [row.fixed_point, row.machine, row.quantity].join()

/** What the table holds after these events, the state going through JSON wherever a batch ends. */
const follow = (log: ReadonlyArray<Logged>, batch: number) => {
  const table = new Map<string, Row>()
  let state = predictions.initial()
  let changes = 0
  /** The log up to which the rows tell. */
  let upTo = 0
  for (const [i, event] of log.entries()) {
    const step = predictions.apply(state, event)
    for (const { row } of step.changes) table.set(keyOf(row), { ...table.get(keyOf(row)), ...row })
    changes += step.changes.length
    if (step.changes.length > 0) upTo = i + 1
    state = i % batch === batch - 1 ? JSON.parse(JSON.stringify(step.state)) : step.state
  }
  return { rows: [...table.values()], changes, upTo }
}

/** The same table out of the comparison of a log. */
const expected = (config: RunConfig.RunConfig, log: ReadonlyArray<Logged>): ReadonlyArray<Row> => {
  const state = Measured.initial()
  for (const event of log) Measured.step(state, event)
  const measured = Measured.read(state)
  return compare(config, measured).map(({ fixedPoint, differencePercent, liftCause, ...row }) => ({
    ...row,
    ...{ fixed_point: fixedPoint, difference_percent: differencePercent, lift_cause: liftCause },
    seconds: measured.seconds,
  }))
}

const config = fc.record({
  seed: fc.nat(),
  machines: fc.integer({ min: 1, max: 5 }),
  sides: fc.constantFrom(3, 4, 10),
  overflow: fc.constantFrom("backpressure" as const, "drop-newest" as const),
  capacity: fc.constantFrom(2, 1_024),
  durationUs: fc.integer({ min: 1_000_000, max: 20_000_000 }),
  equalRates: fc.boolean(),
})

describe("the predictions of a run", () => {
  it("are, for any prefix of a log and any batches, the comparison of the log up to where they were last made", () => {
    fc.assert(
      fc.property(
        config,
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (some, batch, part) => {
          const all = { ...RunConfig.defaults, ...some }
          const whole = simulate({ config: all })
          const log = whole.slice(0, 1 + Math.floor(part * whole.length))
          const { rows, upTo } = follow(log, batch)
          expect(upTo).toBeGreaterThan(0)
          expect(rows).toEqual(expected(all, log.slice(0, upTo)))
          if (log.length === whole.length) expect(upTo).toBe(whole.length)
        },
      ),
      { numRuns: 60 },
    )
  })

  it("are there from the first event on, and wait for something to be measured", () => {
    const log = simulate({ config: { seed: 4, durationUs: 2_000_000 } })
    const { rows } = follow(log.slice(0, 1), 1)
    expect(rows).toHaveLength(9)
    for (const row of rows)
      expect(row).toMatchObject({ measured: null, margin: null, verdict: "nothing measured yet", seconds: 0 })
  })

  it("are of the whole run when it has finished, and when all machines were stopped before", () => {
    const durationUs = 10_000_000
    const whole = simulate({ config: { seed: 4, durationUs } })
    expect(new Set(follow(whole, 7).rows.map(({ seconds }) => seconds))).toEqual(new Set([10]))
    expect(new Set(follow(whole.slice(0, -1), 7).rows.map(({ seconds }) => seconds))).toEqual(new Set([10]))
    const interruptions = [1, 2, 3].map((machine) => ({ machine, atUs: 6_000_000, downUs: 1, crash: false }))
    const stopped = simulate({ config: { seed: 4, durationUs }, interruptions })
    const until = stopped.findIndex(({ kind }) => kind === "resumed")
    const { rows, upTo } = follow(stopped.slice(0, until), 7)
    expect(upTo).toBe(until)
    expect(rows).toEqual(expected({ ...RunConfig.defaults, seed: 4, durationUs }, stopped.slice(0, until)))
  })

  it("cost a change an event or two while a run is short, and less the longer it gets", () => {
    const log = simulate({ config: { seed: 4, durationUs: 1_200_000_000 } })
    const short = follow(log.slice(0, 300), 50)
    const long = follow(log, 5_000)
    expect(short.changes / 300).toBeLessThan(1)
    expect(log.length).toBeGreaterThan(8_000)
    expect(long.changes / log.length).toBeLessThan(0.15)
  })

  it("pass over a log that does not begin with its configuration", () => {
    const log = simulate({ config: { seed: 4, durationUs: 2_000_000 } }).slice(1)
    expect(follow(log, 7).rows).toEqual([])
  })
})
