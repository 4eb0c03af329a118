/** A log as the diagram has it: with drops from full inboxes, and a machine that crashes. */
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as Collect from "../../src/interchange/report/Collect.ts"
import * as SpaceTimeData from "../../web/SpaceTimeData.ts"
import { simulate } from "../domain/Simulator.ts"

const seconds = (s: number) => s * 1_000_000

export const log: ReadonlyArray<Logged> = simulate({
  config: {
    machines: 4,
    rates: [2, 5, 6, 3],
    sides: 5,
    seed: 3,
    capacity: 3,
    overflow: "drop-oldest",
    durationUs: seconds(9),
  },
  interruptions: [{ machine: 2, atUs: seconds(4), downUs: seconds(1), crash: true }],
})

export const dataOf = (events: ReadonlyArray<Logged>, isTail = false): SpaceTimeData.SpaceTimeData => {
  const collection = Collect.make({ isTail })
  for (const event of events) collection.step(event)
  const { machines, endUs, diagram } = collection.finish()
  return SpaceTimeData.make(machines, endUs, diagram)
}
