/** What a run that is not stored is found to be: in threads or in one, whatever its length, and where something is wrong. */
import { Effect } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Examination from "../../src/cli/Examination.ts"
import { jsonWithLong } from "../../src/cli/Output.ts"
import * as Unstored from "../../src/cli/Unstored.ts"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Analysis from "../../src/persistence/inquiry/Analysis.ts"
import * as Engine from "../../src/runtime/virtual/Engine.ts"
import * as VirtualRun from "../../src/runtime/virtual/VirtualRun.ts"

const config: RunConfig.RunConfig = { ...RunConfig.virtualDefaults, machines: 40, seed: 3, sides: 4 }
const startUs = 1_700_000_000_000_000

const readably = (): Analysis.ReadAnalysis => {
  const { step, finish } = Analysis.analyst("run")
  let position = 0
  for (const { events } of VirtualRun.turns(config, startUs))
    for (const event of events) step({ ...event, position: ++position } as Logged)
  return finish()
}

const plain = ({ statistics, ...analysis }: Analysis.Analysis) => ({
  ...analysis,
  statistics: { ...statistics, machines: [...statistics.machines] },
})

const never = new AbortController().signal
const silent = () => {}

describe("the examination of records", () => {
  for (const how of [Examination.here, Examination.inThread])
    it(`${how.name} finds what a reading event by event finds`, async () => {
      const examination = how(config, startUs)
      try {
        for (const records of Engine.recordsOf(config)) await examination.write(records)
        const found = Unstored.analysisOf("run", config, await examination.finish())
        expect(plain(found)).toEqual(plain(readably()))
      } finally {
        await examination.close()
      }
    })

  it("believes what is found wrong, in the readable verifier's words, or though it finds nothing", async () => {
    /** The clock of the 100th record is not what it was. */
    const spoiled = function* () {
      for (const records of Engine.recordsOf(config)) {
        const copy = records.slice()
        if (copy.length > 6_400) copy[100 * 64 + 24]! ^= 1
        yield copy
      }
    }
    const examination = Examination.here(config, startUs)
    for (const records of spoiled()) await examination.write(records)
    const found = Unstored.analysisOf("run", config, await examination.finish())
    expect(found.verdict.verified).toBe(false)

    const right = readably()
    const wrong = { ...right, verdict: { ...right.verdict, verified: false } }
    expect(await Unstored.explained(found, async () => wrong)).toBe(wrong)
    const { verdict } = await Unstored.explained(found, async () => right)
    expect(verdict.verified).toBe(false)
    const [failure] = verdict.checks.flatMap(({ failures }) => failures)
    expect(failure).toMatchObject({ rule: "clock", events: [expect.stringMatching(/^\d+\/\d+$/)] })
  })

  it("is of plain runs only: whatever is not known of a configuration is read event by event", () => {
    expect(RunConfig.isPlain(config)).toBe(true)
    expect(RunConfig.isPlain({ ...config, latency: { law: "uniform", lowUs: 1, highUs: 9 } })).toBe(true)
    expect(RunConfig.isPlain({ ...config, faults: [] })).toBe(true)
    expect(RunConfig.isPlain({ ...config, faults: [{ fault: "crash", machine: 1, atUs: 5 }] })).toBe(false)
    expect(RunConfig.isPlain({ ...config, lossPpm: 1 })).toBe(false)
    expect(RunConfig.isPlain({ ...config, latency: { law: "exponential", meanUs: 9 } })).toBe(false)
  })

  it("is not gone on with once it is aborted", async () => {
    const aborted = AbortSignal.abort()
    expect(await Unstored.examined(config, startUs, silent, aborted)).toBeUndefined()
    expect(await Unstored.examined(config, startUs, silent, never)).toBeDefined()
  })
})

describe("an object with a long list", () => {
  afterEach(() => vi.restoreAllMocks())

  it("is written as if it were written at once", async () => {
    for (const length of [0, 1, 999, 1_000, 1_001, 2_500]) {
      let text = ""
      vi.spyOn(process.stdout, "write").mockImplementation((piece) => {
        text += piece
        return true
      })
      const list = Array.from({ length }, (_, i) => ({ i, deep: { list: [i], text: 'a\n  "list": [' } }))
      const value = { before: { list: [] }, list, after: [1] }
      await Effect.runPromise(jsonWithLong({ ...value, list: list.values() }, "list"))
      vi.restoreAllMocks()
      expect(text).toBe(`${JSON.stringify(value, undefined, 2)}\n`)
    }
  })
})
