import { describe, expect, it } from "vitest"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Diagram from "../../../src/interchange/report/Diagram.ts"
import * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import * as Layout from "../../../web/Layout.ts"
import * as Paths from "../../../web/Paths.ts"
import * as SpaceTimeData from "../../../web/SpaceTimeData.ts"

const config: RunConfig.RunConfig = {
  ...RunConfig.virtualDefaults,
  workload: "snapshot",
  seed: 5,
  durationUs: 20_000_000,
}

describe("the cuts of snapshots", () => {
  it("go through the events in which every machine recorded its state", () => {
    const diagram = Diagram.make(100_000)
    const recorded: Record<number, number> = {}
    for (const { events } of VirtualRun.turns(config, 0))
      for (const event of events) {
        if (event.machine === 0) continue
        diagram.step(event as Logged<never>, event.occurredAtUs)
        if (event.kind === "internal" && event.payload.purpose === "record")
          recorded[event.payload.snapshot!] = (recorded[event.payload.snapshot!] ?? 0) + 1
      }
    const found = diagram.finish(3, config.durationUs)
    const counts = Object.entries(found.cuts).map(([snapshot, events]) => [snapshot, events.length])
    expect(Object.fromEntries(counts)).toEqual(recorded)
    expect(counts.filter(([, machines]) => machines === 3).length).toBeGreaterThan(1)

    const data = SpaceTimeData.make(3, config.durationUs, found)
    const layout = Layout.make(800, 3, { fromUs: 0, toUs: config.durationUs }, { names: 1, isTitled: false })
    const lines = Paths.cuts(data, layout).split("M").slice(1)
    expect(lines.length).toBe(counts.length)
    for (const [i, events] of Object.values(found.cuts).entries()) {
      const ys = [...lines[i]!.matchAll(/ ([\d.]+)/g)].map(([, y]) => Number(y))
      const machines = events.map((event) => data.machine[event]!).sort()
      expect(ys.length).toBe(machines.length)
      for (const [k, machine] of machines.entries()) expect(ys[k]).toBeCloseTo(Layout.yOf(layout, machine), 0)
    }
    const [event] = found.cuts[1]!
    expect(found.labels[event!]).toMatch(/^record of snapshot 1, \d+ tokens$/)
  })
})
