/**
 * The length of every machine's inbox as a step function of time: a row at each arrival, at each taking or drop
 * from the head, and where a resumed machine finds its inbox empty.
 *
 * When a message arrived is known once it leaves the inbox, or once `stopped` lists it. The inbox is first in,
 * first out, so arrivals are revealed in order, and the length after arrival number k of a life is k less the
 * disposals before it. Only disposals since the last revealed arrival can come before the next one: what is kept
 * is no more than the inbox was long.
 *
 * An imported log seldom says when messages arrived. Of it there is a row wherever the length that events record has
 * changed.
 */
import { type AnyMachineEvent, type Dropped, isRefused, isWhole, type Received } from "../ClockEvent.ts"
import * as Projection from "./Projection.ts"

interface Inbox {
  /** Arrivals revealed, and disposals, of this life. */
  arrivals: number
  disposals: number
  /** When those disposals were that came after the last revealed arrival, ascending, microseconds. */
  since: Array<number>
  /** As the last event recorded it. */
  length: number
  /** Whether nothing but recorded lengths is known: of an imported log, whose machines never started. */
  readonly sampled?: true
}

type State = Record<number, Inbox>

const born = (): Inbox => ({ arrivals: 0, disposals: 0, since: [], length: 0 })

const unborn = (): Inbox => ({ ...born(), length: -1, sampled: true })

const step = (machine: number, atUs: number, length: number) =>
  Projection.insert({ machine, at: atUs, queue_length: length })

const reveal = (machine: number, inbox: Inbox, arrivedAtUs: number) => {
  let earlier = 0
  while (earlier < inbox.since.length && inbox.since[earlier]! < arrivedAtUs) earlier++
  if (earlier > 0) inbox.since = inbox.since.slice(earlier)
  inbox.arrivals++
  return step(machine, arrivedAtUs, inbox.arrivals - inbox.disposals + inbox.since.length)
}

/** A message leaves from the head. */
const dispose = ({ machine, occurredAtUs, queueLength, payload }: Received | Dropped, inbox: Inbox) => {
  const arrived = reveal(machine, inbox, payload.arrivedAtUs)
  inbox.disposals++
  inbox.since.push(occurredAtUs)
  return [arrived, step(machine, occurredAtUs, queueLength)]
}

/** Lengths as they were recorded, and no more. */
const sample = (state: State, inbox: Inbox, { machine, occurredAtUs, queueLength }: AnyMachineEvent) => {
  if (queueLength === null || queueLength === inbox.length) return Projection.unchanged(state)
  inbox.length = queueLength
  return { state, changes: [step(machine, occurredAtUs, queueLength)] }
}

export const queueLengths = Projection.define({
  name: "queue_lengths",
  version: 1,
  table: {
    columns: { machine: "integer", at: "timestamptz", queue_length: "integer" },
    indexes: [["machine", "at"], ["at"]],
  },
  initial: (): State => ({}),
  apply: (state, event) => {
    if (!("lamport" in event)) return Projection.unchanged(state)
    const { machine, occurredAtUs } = event
    const inbox = state[machine] ?? (event.kind === "started" ? born() : unborn())
    state[machine] = inbox
    if (inbox.sampled || !isWhole(event)) return sample(state, inbox, event)
    const before = inbox.length
    inbox.length = event.queueLength
    switch (event.kind) {
      case "received":
        return { state, changes: dispose(event, inbox) }
      case "dropped":
        return isRefused(event.payload.reason)
          ? Projection.unchanged(state)
          : { state, changes: dispose(event, inbox) }
      case "stopped":
        return {
          state,
          changes: event.payload.inbox.map(({ arrivedAtUs }) => reveal(machine, inbox, arrivedAtUs)),
        }
      case "resumed":
        state[machine] = born()
        return { state, changes: before > 0 ? [step(machine, occurredAtUs, 0)] : [] }
      default:
        return Projection.unchanged(state)
    }
  },
})
