/** What each machine has done so far: a row a machine. `ticks` are those made: internal + sent + received. */
import type { MachineEvent } from "../ClockEvent.ts"
import { peak } from "../Statistics.ts"
import * as Projection from "./Projection.ts"

interface Tally {
  rate: number | null
  internal: number
  sent: number
  received: number
  dropped: number
  lamport: number
  longest: number
}

interface State {
  capacity: number
  readonly machines: Record<number, Tally>
}

const nothingYet = (): Tally => ({
  rate: null,
  internal: 0,
  sent: 0,
  received: 0,
  dropped: 0,
  lamport: 0,
  longest: 0,
})

const count = (tally: Tally, event: MachineEvent, capacity: number): void => {
  switch (event.kind) {
    case "internal":
    case "sent":
    case "received":
    case "dropped":
      tally[event.kind]++
      break
    case "started":
      tally.rate = event.payload.rate
      break
  }
  tally.lamport = event.lamport
  tally.longest = Math.max(tally.longest, peak(event, capacity))
}

export const machines = Projection.define({
  name: "machines",
  version: 1,
  table: {
    columns: {
      machine: "integer",
      name: "text",
      rate: "integer",
      ticks: "integer",
      internal: "integer",
      sent: "integer",
      received: "integer",
      dropped: "integer",
      lamport: "integer",
      max_queue_length: "integer",
    },
    key: ["machine"],
  },
  initial: (): State => ({ capacity: Number.MAX_SAFE_INTEGER, machines: {} }),
  apply: (state, event) => {
    if (event.kind === "run-started") state.capacity = event.payload.capacity
    if (!("lamport" in event)) return Projection.unchanged(state)
    const { machine } = event
    const tally = state.machines[machine] ?? nothingYet()
    state.machines[machine] = tally
    count(tally, event, state.capacity)
    const { rate, internal, sent, received, dropped, lamport, longest } = tally
    const row = {
      machine,
      name: String(machine),
      rate,
      ticks: internal + sent + received,
      internal,
      sent,
      received,
      dropped,
      lamport,
      max_queue_length: longest,
    }
    return { state, changes: [Projection.upsert(row)] }
  },
})
