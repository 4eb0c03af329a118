/** Where copied events leave a run: its machines, and what is in inboxes or on its way. Times are from the start. */
import { isSecondCopy, type MachineEvent } from "../../domain/ClockEvent.ts"
import * as Machine from "../../domain/Machine.ts"
import * as Message from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import * as RecordDecoder from "../../domain/RecordDecoder.ts"

export interface CopiedMachine {
  readonly state: Machine.MachineState
  /** Of its schedule, made or missed. */
  readonly ticks: number
  readonly lastUs: number
}

export interface Copied {
  readonly machines: ReadonlyArray<CopiedMachine>
  /** In the order of their sends; which are in inboxes the records do not say. */
  readonly inFlight: ReadonlyArray<{ readonly message: Message.Message; readonly recipient: number }>
  readonly events: number
}

/** `states` are those of the machines before all events. */
export const of = (records: Uint8Array, states: ReadonlyArray<Machine.MachineState>): Copied => {
  const machines = states.map((state) => ({ state, ticks: 0, lastUs: -1 }))
  const inFlight = new Map<string, Copied["inFlight"][number]>()
  let events = 0
  const step = (event: MachineEvent): void => {
    const { machine, version, lamport, occurredAtUs, kind, payload } = event
    const its = machines[machine - 1]!
    its.state = Machine.evolve(its.state, event)
    its.lastUs = occurredAtUs
    if (kind === "internal" || kind === "sent" || kind === "received") its.ticks++
    if (kind === "missed") its.ticks = payload.first + payload.count
    if (kind === "sent") {
      const sent = { sender: machine, sendVersion: version, senderLamport: lamport, sentAtUs: occurredAtUs }
      const message = { ...sent, ...Purpose.carried(payload) }
      for (const recipient of payload.recipients)
        inFlight.set(Message.nameOf(machine, version, recipient), { message, recipient })
    }
    if (kind === "received" || (kind === "dropped" && !isSecondCopy(event)))
      inFlight.delete(Message.nameOf(payload.sender, payload.sendVersion, machine))
  }
  RecordDecoder.decode(records, 0, (event) => {
    events++
    step(event as MachineEvent)
  })
  return { machines, inFlight: [...inFlight.values()], events }
}

/** As many records at a time as a turn makes. */
export function* turns(records: Uint8Array, eventsPerTurn: number): Generator<Uint8Array, void> {
  const view = RecordDecoder.viewOf(records)
  let [from, end, events] = [0, 0, 0]
  while (end < records.length) {
    end += RecordDecoder.lengthAt(view, end)
    if (++events < eventsPerTurn && end < records.length) continue
    yield records.subarray(from, end)
    from = end
    events = 0
  }
}
