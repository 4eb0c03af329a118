import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Comparison } from "../../src/domain/prediction/Comparison.ts"
import { eachAtOnce, type Finished, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let store: Scratch
let run: string
let ran: Finished

const done = (finished: Finished): string => {
  expect(finished.code, finished.stderr).toBe(0)
  return finished.stdout
}

beforeAll(async () => {
  store = await scratchDatabase()
  done(await store.run(["migrate"]))
  ran = await store.run(["run", "--duration", "4s", "--rates", "5,30,30", "--seed", "3", "-q"])
  run = /^run ([a-z0-9]{12}), \d+ events$/m.exec(done(ran))![1]!
})
afterAll(() => store.drop())

describe("show", () => {
  it("prints prediction beside measurement, the lift with its cause, and the run's own summary counts them", async () => {
    const [text, json] = await eachAtOnce(
      [
        ["show", run],
        ["show", run, "--json"],
      ],
      (args) => store.run(args),
    )
    const told = done(text!)
    expect(told).toMatch(
      /prediction beside 4 s of the run; the margin is what chance alone gives 95 % of such runs/,
    )
    expect(told).toMatch(/machine +quantity +predicted +measured +difference +margin +lift +unit +verdict\n/)
    for (const quantity of ["clock rate", "utilisation", "queue growth"])
      expect(told).toMatch(new RegExp(`\\n +1 +${quantity} +\\d`))
    expect(told).toMatch(/machines 2 and 3 of similar rate \(30 and 30 ticks\/s\) lift each other/)
    const summary =
      /^foretold {2}(\d+) of 9 quantities within the margin, (\d+) clocks lifted, (\d+) beyond it$/m
    const counted = summary.exec(ran.stdout)!.slice(1).map(Number)
    expect(counted.reduce((a, b) => a + b)).toBe(9)
    expect(summary.exec(told)![0]).toBe(summary.exec(ran.stdout)![0])

    const { prediction, machines, config } = JSON.parse(done(json!))
    expect(Object.keys(prediction)).toEqual(["seconds", "complete", "continuum", "fixedPoints", "comparison"])
    expect(prediction).toMatchObject({ seconds: 4, complete: true, continuum: false })
    expect(prediction.fixedPoints).toHaveLength(1)
    const [slow, , fast] = prediction.fixedPoints[0].machines
    expect(slow).toEqual({
      ...{ machine: 1, rateHz: 5, arrivalsHz: expect.closeTo(10, 9), utilisation: 1, saturated: true },
      ...{ queueGrowthHz: expect.closeTo(5, 9), clockRateHz: expect.closeTo(15, 9), follows: 2 },
    })
    expect(fast).toMatchObject({ machine: 3, rateHz: 30, saturated: false, follows: null })
    const comparison: ReadonlyArray<Comparison> = prediction.comparison
    expect(comparison).toHaveLength(9)
    for (const row of comparison) {
      const { predicted, measured, differencePercent } = row
      if (predicted !== 0)
        expect(differencePercent).toBeCloseTo((100 * (measured! - predicted)) / predicted, 6)
      else expect(differencePercent).toBeNull()
    }
    const measured = (machine: number, quantity: string) =>
      comparison.find((row) => row.machine === machine && row.quantity === quantity)!.measured
    for (const { machine, lamport, received, ticks } of machines) {
      expect(measured(machine, "clock rate")).toBeCloseTo(lamport / (config.durationUs / 1e6), 8)
      expect(measured(machine, "utilisation")).toBeCloseTo(received / ticks, 8)
    }
  })

  it("says what SQL says: the rows of the table predictions, kept by the run itself", async () => {
    const query = `select fixed_point as "fixedPoint", machine, quantity, unit, predicted, measured, difference_percent as "differencePercent",
      margin, lift, lift_cause as "liftCause", verdict, remark from predictions where run_id = '${run}' order by fixed_point, machine, quantity`
    const [rows, json] = await eachAtOnce(
      [
        ["sql", query, "--json"],
        ["show", run, "--json"],
      ],
      (args) => store.run(args),
    )
    const sorted = (list: ReadonlyArray<Comparison>) =>
      [...list].sort((a, b) => a.machine - b.machine || (a.quantity < b.quantity ? -1 : 1))
    expect(JSON.parse(done(rows!))).toEqual(sorted(JSON.parse(done(json!)).prediction.comparison))
  })

  it("lists several fixed points and says that the run chooses", async () => {
    const args = [
      "run",
      "--machines",
      "2",
      "--rates",
      "20,20",
      "--sides",
      "3",
      "--duration",
      "500ms",
      "--seed",
      "1",
      "-q",
    ]
    done(await store.run(args))
    const told = done(await store.run(["show", "latest"]))
    expect(told).toMatch(
      /several fixed points hold: the run chooses\nall that lies between some of them holds as well/,
    )
    expect(told).toMatch(/fixed point 1 of 2\n[\s\S]*fixed point 2 of 2\n/)
  })
})
