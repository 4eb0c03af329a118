/** What each machine has done so far: a row a machine. `ticks` are those made: internal + sent + received. */
import { type AnyMachineEvent, isSecondCopy } from "../ClockEvent.ts"
import { peak } from "../Statistics.ts"
import * as Projection from "./Projection.ts"

interface Tally {
  rate: number | null
  internal: number
  sent: number
  received: number
  dropped: number
  lamport: number | null
  longest: number | null
}

interface State {
  capacity: number
  /** By machine from 1 on, where an imported log gives any. */
  names: ReadonlyArray<string>
  readonly machines: Record<number, Tally>
}

const nothingYet = (): Tally => ({
  rate: null,
  internal: 0,
  sent: 0,
  received: 0,
  dropped: 0,
  lamport: 0,
  longest: null,
})

const count = (tally: Tally, event: AnyMachineEvent, capacity: number): void => {
  switch (event.kind) {
    case "internal":
    case "sent":
    case "received":
      tally[event.kind]++
      break
    case "dropped":
      if (!isSecondCopy(event)) tally.dropped++
      break
    case "started":
      tally.rate = event.payload.rate
      break
  }
  tally.lamport = event.lamport
  const longest = peak(event, capacity)
  if (longest !== null) tally.longest = Math.max(tally.longest ?? 0, longest)
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
  initial: (): State => ({ capacity: Number.MAX_SAFE_INTEGER, names: [], machines: {} }),
  apply: (state, event) => {
    if (event.kind === "run-started") state.capacity = event.payload.capacity
    if (event.kind === "run-imported") state.names = event.payload.names
    if (!("lamport" in event)) return Projection.unchanged(state)
    const { machine } = event
    const tally = state.machines[machine] ?? nothingYet()
    state.machines[machine] = tally
    count(tally, event, state.capacity)
    const { rate, internal, sent, received, dropped, lamport, longest } = tally
    const row = {
      machine,
      name: state.names[machine - 1] ?? String(machine),
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
