/** A machine of the virtual engine, given what came to a machine of a real run and when, decides what that one decided. */
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Logged, MachineEvent } from "../../../src/domain/ClockEvent.ts"
import { EventLog } from "../../../src/domain/EventLog.ts"
import * as Machine from "../../../src/domain/Machine.ts"
import type { Delivery } from "../../../src/domain/Message.ts"
import * as Reach from "../../../src/domain/Reach.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as EventLogMemory from "../../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../../src/runtime/Laboratory.ts"
import { ModelledMachine } from "../../../src/runtime/virtual/ModelledMachine.ts"

const run = "abcdefghijkl"

const recorded = async (config: RunConfig.RunConfig): Promise<ReadonlyArray<MachineEvent>> => {
  const memory = EventLogMemory.make()
  await Effect.runPromise(
    Laboratory.run({ run, owner: "test", config, stopRequested: Effect.never }).pipe(
      Effect.provideService(EventLog, memory),
    ),
  )
  const log = (await Effect.runPromise(memory.read({ run, after: 0, limit: 1_000_000 }))) as Array<Logged>
  return log.flatMap(({ position: _, ...event }) => (event.machine > 0 ? [event as MachineEvent] : []))
}

const arrivalsOf = (event: MachineEvent): ReadonlyArray<Delivery> =>
  event.kind === "received" || event.kind === "dropped"
    ? [event.payload]
    : event.kind === "stopped"
      ? event.payload.inbox
      : []

/** What the machine makes of a recorded machine's inputs, each stamped as it was there. */
const decided = (
  config: RunConfig.RunConfig,
  events: ReadonlyArray<MachineEvent>,
): ReadonlyArray<MachineEvent> => {
  const { machine: number } = events[0]!
  const arrivals = new Map(events.flatMap(arrivalsOf).map((arrival) => [arrival.arrivedAtUs, arrival]))
  const inputs = new Map(events.map((event) => [event.occurredAtUs, event]))
  const stamps = [...arrivals.keys(), ...inputs.keys()].sort((a, b) => a - b)
  const made: Array<MachineEvent> = []
  const state = Machine.inRun(config, Reach.of(config), number)
  const record = (event: MachineEvent) => made.push(event)
  const machine = new ModelledMachine({ state, config, record, stamp: () => stamps.shift()! })
  const arrive = ({ arrivedAtUs: _, ...message }: Delivery) =>
    machine.arrive({ ...message, recipient: number, lost: false, isHad: false }, 0)
  while (stamps.length > 0) {
    const arrival = arrivals.get(stamps[0]!)
    const event = inputs.get(stamps[0]!)
    if (arrival !== undefined) {
      const { sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs } = arrival
      arrive({ sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs })
    } else if (event?.kind === "started") machine.start(event.payload.rate, event.payload.phaseUs)
    else if (event?.kind === "missed") machine.miss(event.payload.first, event.payload.count, 0)
    else if (event?.kind === "stopped") machine.stop(0)
    // The oldest is dropped for the sake of what arrives next.
    else if (event?.kind === "dropped") {
      const next = arrivals.get(stamps[1]!)!
      const { sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs } = next
      arrive({ sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs })
    } else machine.tick(0)
  }
  return made
}

describe("a machine of a real run and one of a virtual run", () => {
  for (const overflow of ["backpressure", "drop-newest", "drop-oldest"] as const)
    it(`make the same of the same: ${overflow}`, async () => {
      const config: RunConfig.RunConfig = {
        ...RunConfig.defaults,
        ...{ seed: Math.floor(Math.random() * 1_000_000), overflow },
        ...{ rates: [20, 90, 120], sides: 3, capacity: 3, durationUs: 1_500_000 },
      }
      const log = await recorded(config)
      for (let machine = 1; machine <= 3; machine++) {
        const events = log.filter((event) => event.machine === machine)
        expect(decided(config, events), `machine ${machine}, seed ${config.seed}`).toEqual(events)
      }
      expect(log.filter(({ kind }) => kind === "received").length).toBeGreaterThan(50)
      expect(log.some(({ kind }) => kind === "dropped")).toBe(overflow !== "backpressure")
    })
})
