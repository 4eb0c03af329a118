/** The verifier of records says what the readable one says, of runs as they are and of runs of which a record was changed. */
import { describe, expect, it } from "vitest"
import type { LabEvent, Logged } from "../../src/domain/ClockEvent.ts"
import * as Measured from "../../src/domain/prediction/Measured.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RecordDecoder from "../../src/domain/RecordDecoder.ts"
import type { RunConfig } from "../../src/domain/RunConfig.ts"
import * as RecordTally from "../../src/domain/records/RecordTally.ts"
import * as RecordVerdict from "../../src/domain/records/RecordVerdict.ts"
import { RecordVerifier } from "../../src/domain/records/RecordVerifier.ts"
import * as Statistics from "../../src/domain/Statistics.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as Setting from "../../src/domain/verification/Setting.ts"
import * as Engine from "../../src/runtime/virtual/Engine.ts"
import { drawn } from "../runtime/virtual/DrawnConfig.ts"
import { changed } from "./ChangedRun.ts"

const configurations = Number(process.env.LIGHTCONE_TEST_CONFIGS ?? 150)
const changesOfEach = Number(process.env.LIGHTCONE_TEST_CHANGES ?? 40)
/** Of runs that are read once, and of those that are read for every change. */
const mostWords = 160_000
const mostWordsChanged = 16_000
const firstSeed = Number(process.env.LIGHTCONE_TEST_SEED ?? Date.now() % 1_000_000)
const startUs = 1_700_000_000_000_000

const recordsOf = (config: RunConfig): Uint8Array => {
  const parts: Array<Uint8Array> = []
  for (const records of Engine.recordsOf(config)) parts.push(records.slice())
  return new Uint8Array(Buffer.concat(parts))
}

/** The whole log that records tell of; undefined if they cannot be read. */
const logOf = (config: RunConfig, records: Uint8Array): ReadonlyArray<Logged> | undefined => {
  const events: Array<LabEvent> = []
  try {
    RecordDecoder.decode(records, startUs, (event) => events.push(event))
  } catch {
    return undefined
  }
  const lastUs = events.reduce((last, { occurredAtUs }) => Math.max(last, occurredAtUs), startUs)
  const ofRun = { machine: 0 } as const
  const all = [
    { ...ofRun, version: 1, occurredAtUs: startUs, kind: "run-started", payload: config },
    ...events,
    {
      ...ofRun,
      version: 2,
      occurredAtUs: Math.min(lastUs + 1, Number.MAX_SAFE_INTEGER),
      kind: "run-finished",
      payload: {},
    },
  ]
  return all.map((event, i) => ({ ...event, position: i + 1 })) as ReadonlyArray<Logged>
}

const flat = (config: RunConfig, records: Uint8Array): Verification.Verdict => {
  const verifier = new RecordVerifier(Setting.make(config, startUs))
  verifier.step(records)
  const examined = verifier.finish()
  return RecordVerdict.verdictOf(config.machines, examined, verifier.failure)
}

const runs = function* (most: number) {
  for (let i = 0; i < configurations; i++) {
    const seed = firstSeed + i
    const config = drawn(seed)
    const records = recordsOf(config)
    if (records.length / 4 <= most) yield { seed, config, records }
  }
}

describe(`records of random runs, from seed ${firstSeed}`, () => {
  it("are verified with the very verdict of the readable verifier, counts and all", () => {
    for (const { seed, config, records } of runs(mostWords))
      expect(flat(config, records), `seed ${seed}`).toEqual(Verification.verify(logOf(config, records)!))
  })

  it("are summed up as the events that they tell of are", () => {
    for (const { seed, config, records } of runs(mostWords)) {
      const verifier = new RecordVerifier(Setting.make(config, startUs))
      verifier.step(records)
      verifier.finish()
      const tallied = verifier.tallied()
      const [statistics, measured] = [Statistics.make(), Measured.initial()]
      for (const event of logOf(config, records)!) {
        statistics.step(event)
        Measured.step(measured, event)
      }
      const { machines, lateness } = statistics.finish()
      expect([...RecordTally.machines(tallied)], `seed ${seed}`).toEqual(machines)
      expect(tallied.lateness).toEqual(lateness)
      expect(RecordTally.measured(tallied, config.durationUs)).toEqual(Measured.read(measured))
    }
  })

  it("hold exactly when the readable verifier says so, whatever is changed of one", () => {
    const found = new Map<string, number>()
    let unseen = 0
    for (const { seed, ...original } of runs(mostWordsChanged)) {
      const draw = Random.draws(seed, Random.Purpose.experiment, 2)
      for (let k = 0; k < changesOfEach; k++) {
        const { config, records, what } = changed(original.config, original.records, draw)
        const log = logOf(config, records)
        const expected = log !== undefined && Verification.verify(log).verified === true
        const verdict = flat(config, records)
        expect(verdict.verified, `seed ${seed}, change ${k}: ${what}`).toBe(expected)
        if (expected) unseen++
        for (const { invariant, failures } of verdict.checks)
          for (const { rule } of failures) {
            const name = `${invariant}/${rule}`
            found.set(name, (found.get(name) ?? 0) + 1)
          }
      }
    }
    if (process.env.LIGHTCONE_TEST_CHANGES !== undefined) console.log(found, unseen)
    expect(found.size).toBeGreaterThan(12)
  })
})
