/**
 * Snapshots of a running system (Chandy and Lamport 1985, "Distributed Snapshots: Determining Global States of
 * Distributed Systems"). What there is to record are tokens: every machine begins with some, and an ordinary message
 * takes one along. A machine that records its state sends a marker along each of its links before anything else; one
 * that receives the first marker of a snapshot records its state and takes that link for empty; of its other links it
 * records what comes in until their markers do. Links are first in, first out, and no message is lost.
 *
 * Any machine may begin the next snapshot as soon as its part in the last is complete, and several may at once: then it
 * is one snapshot with several beginners, as the paper allows. Numbers need no agreement, since markers of a link come
 * in their order.
 */
import type { ClockEvent, Received } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { Purposed } from "../Purpose.ts"
import * as Deed from "./Deed.ts"

export interface SnapshotState {
  readonly workload: "snapshot"
  /** Whose links lead here, ascending, and where its own lead: shared by all states of the machine. */
  readonly from: ReadonlyArray<number>
  readonly links: ReadonlyArray<number>
  readonly tokens: number
  /** The last snapshot for which it has recorded its state; 0 if none. */
  readonly recorded: number
  readonly owes: "nothing" | "record" | "marker"
  /** By the place of the sender in `from`: ordinary messages and markers received. */
  readonly received: ReadonlyArray<number>
  readonly markers: ReadonlyArray<number>
  /** Of the snapshots up to `recorded` whose markers have not all come, oldest first: `received` at the recording. */
  readonly open: ReadonlyArray<ReadonlyArray<number>>
}

/** What every machine begins with. */
export const initialTokens = 10

export const initial = (from: ReadonlyArray<number>, links: ReadonlyArray<number>): SnapshotState => {
  const none = new Array<number>(from.length).fill(0)
  return {
    workload: "snapshot",
    from,
    links,
    tokens: initialTokens,
    recorded: 0,
    owes: "nothing",
    received: none,
    markers: none,
    open: [],
  }
}

const record = ({ recorded, tokens }: SnapshotState): Deed.Deed =>
  Deed.internal({ purpose: "record", snapshot: recorded + 1, tokens })

/** What it does before it takes a message. */
export const due = (state: SnapshotState): Deed.Deed | undefined => {
  if (state.owes === "record") return record(state)
  if (state.owes === "marker") return Deed.send(state.links, { purpose: "marker", snapshot: state.recorded })
  return undefined
}

/** What it does with an empty inbox: the highest side begins a snapshot, others send as ever, if there are tokens. */
export const wish = (
  state: SnapshotState,
  roll: number,
  sides: number,
  recipients: ReadonlyArray<number>,
): Deed.Deed => {
  if (roll === sides && state.open.length === 0) return record(state)
  return recipients.length > 0 && recipients.length <= state.tokens ? Deed.send(recipients) : Deed.internal()
}

/** What a receipt says beyond what the message does: of a marker, what the link held. */
export const noted = (state: SnapshotState, { sender, purpose }: Delivery): Purposed => {
  if (purpose !== "marker") return {}
  const at = state.from.indexOf(sender)
  const complete = state.recorded - state.open.length
  const snapshot = state.markers[at]! + 1
  const atRecording = state.open[snapshot - complete - 1]
  return { tokens: atRecording === undefined ? 0 : state.received[at]! - atRecording[at]! }
}

const counted = (list: ReadonlyArray<number>, at: number): ReadonlyArray<number> => {
  const copy = list.slice()
  copy[at]!++
  return copy
}

/** Without the snapshots whose markers have all come. */
const closed = (state: SnapshotState): SnapshotState => {
  const complete = Math.min(...state.markers)
  const { open, recorded } = state
  const done = Math.min(open.length, Math.max(0, complete - (recorded - open.length)))
  return done === 0 ? state : { ...state, open: open.slice(done) }
}

const receive = (state: SnapshotState, { payload }: Received): SnapshotState => {
  const at = state.from.indexOf(payload.sender)
  if (payload.purpose !== "marker")
    return { ...state, tokens: state.tokens + 1, received: counted(state.received, at) }
  const markers = counted(state.markers, at)
  return closed({ ...state, markers, owes: markers[at]! > state.recorded ? "record" : state.owes })
}

export const evolve = (state: SnapshotState, event: ClockEvent): SnapshotState => {
  if (event.kind === "received") return receive(state, event)
  if (event.payload.purpose === "record")
    return closed({
      ...state,
      recorded: state.recorded + 1,
      open: [...state.open, state.received],
      owes: "marker",
    })
  if (event.kind === "internal") return state
  return event.payload.purpose === "marker"
    ? { ...state, owes: "nothing" }
    : { ...state, tokens: state.tokens - event.payload.recipients.length }
}
