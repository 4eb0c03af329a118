/** The flat event loop is held to the engine that is its definition over random configurations, and its runs to the verifier. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { LabEvent, Logged } from "../../../src/domain/ClockEvent.ts"
import * as Digest from "../../../src/domain/Digest.ts"
import * as RecordDecoder from "../../../src/domain/RecordDecoder.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import * as Engine from "../../../src/runtime/virtual/Engine.ts"
import * as EventLoop from "../../../src/runtime/virtual/EventLoop.ts"
import * as ModelledLoop from "../../../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "./DrawnConfig.ts"

const recordsOf = (config: RunConfig.RunConfig, engine: Engine.Engine = EventLoop.make(config)): Buffer =>
  Buffer.concat(Array.from(Engine.recordsOf(config, engine), (records) => Buffer.from(records)))

const decoded = (records: Uint8Array): ReadonlyArray<LabEvent> => {
  const events: Array<LabEvent> = []
  RecordDecoder.decode(records, 0, (event) => events.push(event))
  return events
}

const encoded = (events: ReadonlyArray<LabEvent>): Buffer => {
  const encoder = Digest.encoder(0)
  for (const event of events) encoder.write(event)
  return Buffer.from(encoder.take().subarray(Digest.blockBytes))
}

describe("the event loop", () => {
  const first = Math.floor(Math.random() * 1_000_000)
  const seeds = Array.from({ length: 120 }, (_, i) => first + i)

  it("makes the records that the modelled loop makes, which are those of the digest", () => {
    console.log(`the event loop beside the modelled one: seeds from ${first}`)
    for (const seed of seeds) {
      const config = { ...drawn(seed), durationUs: 1_500_000 }
      const records = recordsOf(config)
      const modelled = recordsOf(config, ModelledLoop.make(config))
      const [events, theirs] = [decoded(records), decoded(modelled)]
      expect(events, `seed ${seed}: ${JSON.stringify(config)}`).toEqual(theirs)
      expect(records.equals(modelled), `seed ${seed}`).toBe(true)
      expect(records.equals(encoded(events)), `seed ${seed}`).toBe(true)
    }
  })

  it("makes runs that verify, with each of their ticks at its time", () => {
    let events = 0
    for (const seed of seeds) {
      const config = drawn(seed)
      const verification = Verification.make()
      for (const turn of VirtualRun.turns(config, 1_700_000_000_000_000))
        for (const event of turn.events) verification.step({ ...event, position: ++events } as Logged)
      const { verified, finished, counts, checks } = verification.finish()
      const failures = checks.flatMap((check) => check.failures)
      expect(failures, `seed ${seed}: ${JSON.stringify(config)}`).toEqual([])
      expect([verified, finished, counts.ticks, counts.missed]).toEqual([true, true, counts.due, 0])
      events = 0
    }
  })

  it("makes the same bytes whenever it is run, and others when anything is changed", () => {
    const digest = (config: RunConfig.RunConfig) =>
      createHash("sha256").update(recordsOf(config)).digest("hex")
    const config: RunConfig.RunConfig = { ...RunConfig.virtualDefaults, seed: 7, machines: 5 }
    expect(digest(config)).toBe(digest({ ...config }))
    const others: ReadonlyArray<Partial<RunConfig.RunConfig>> = [
      { seed: 8 },
      { sides: 9 },
      { latency: { law: "constant", us: 1_001 } },
      { durationUs: 60_500_000 },
      { capacity: 1 },
    ]
    const digests = [config, ...others.map((other) => ({ ...config, ...other }))].map(digest)
    expect(new Set(digests).size).toBe(digests.length)
  })
})
