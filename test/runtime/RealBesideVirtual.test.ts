/** A short round of scripts/real-beside-virtual.ts: real runs of two seconds at ten times the rates. */
import { beforeAll, describe, expect, it, vi } from "vitest"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Beside from "../support/RealBesideVirtual.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const seeds = "abcdefghij"
const interleavings = 100
/** A false alarm in a suite costs somebody's afternoon, and a true one is far beyond it. */
const level = 1 / (interleavings + 1)
const alarming = 7
/** What a planted model comes to at least, as a rule more than `alarming`. */
const telling = 5

let settings: ReadonlyArray<ReadonlyArray<Beside.RealRun>> = []
beforeAll(async () => {
  const log = EventLogMemory.make()
  const choices = [
    [20, 40, 60],
    [30, 30, 30],
  ]
  settings = await Promise.all(
    choices.map((rates, choice) =>
      Promise.all(
        Array.from(seeds, (name, i) => {
          const config = { ...RunConfig.defaults, rates, seed: i + 1, durationUs: 2_000_000 }
          return Beside.realRun(config, log, `${name.repeat(11)}${choice === 0 ? "x" : "y"}`)
        }),
      ),
    ),
  )
})

describe("real runs and virtual runs of the same settings", () => {
  it("have exactly the same ticks", () => {
    expect(Beside.otherTicks(settings.flat())).toEqual([])
  })

  it("differ in sends, receipts and clocks by no more than interleavings of their seeds do", () => {
    const { largest, probability, rows } = Beside.besideOwnSeeds(settings, interleavings)
    expect(
      probability > level || largest < alarming,
      `${largest} standard errors, ${JSON.stringify(rows)}`,
    ).toBe(true)
  })

  /** The other planted models need the script's longer runs to be found every time. */
  it("are told from a model that sends 2 % more often", () => {
    const decide = Beside.planted["sends 2 % more often"]
    const { largest, probability } = Beside.besideOwnSeeds(settings, interleavings, decide)
    expect(probability).toBeCloseTo(level, 10)
    expect(largest).toBeGreaterThan(telling)
  })
})
