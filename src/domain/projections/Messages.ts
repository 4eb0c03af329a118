/**
 * Every message with what became of it: a row a recipient of a send; what has not happened yet is null. A message
 * is in flight while it has neither `received_at` nor `dropped_at`.
 *
 * When a message arrived is known once it is taken, dropped, or listed by `stopped`. What a stopped machine had in
 * its inbox is in flight again once the machine is resumed, so its arrival is then taken back.
 */
import { type AnyClockEvent, type Dropped, isSecondCopy } from "../ClockEvent.ts"
import type { Delivery, ImportedDelivery } from "../Message.ts"
import * as Projection from "./Projection.ts"

type Waiting = readonly [sender: number, sendVersion: number]

/** By machine that is stopped, what waits in its inbox. */
type State = Record<number, ReadonlyArray<Waiting>>

type Sent = AnyClockEvent & { readonly kind: "sent" }
type Received = AnyClockEvent & { readonly kind: "received" }

const sent = (event: Sent) =>
  event.payload.recipients.map((recipient) =>
    Projection.insert({
      sender: event.machine,
      send_version: event.version,
      recipient,
      sent_lamport: event.lamport,
      sent_at: event.occurredAtUs,
      arrived_at: null,
      received_at: null,
      received_version: null,
      received_lamport: null,
      dropped_at: null,
      drop_reason: null,
    }),
  )

const received = (
  { machine, occurredAtUs, version, lamport }: Received,
  { sender, sendVersion, arrivedAtUs }: Delivery | ImportedDelivery,
) =>
  Projection.update({
    sender,
    send_version: sendVersion,
    recipient: machine,
    arrived_at: arrivedAtUs,
    received_at: occurredAtUs,
    received_version: version,
    received_lamport: lamport,
  })

const dropped = ({ payload, machine, occurredAtUs }: Dropped) =>
  Projection.update({
    sender: payload.sender,
    send_version: payload.sendVersion,
    recipient: machine,
    arrived_at: payload.arrivedAtUs,
    dropped_at: occurredAtUs,
    drop_reason: payload.reason,
  })

export const messages = Projection.define({
  name: "messages",
  version: 1,
  table: {
    columns: {
      sender: "integer",
      send_version: "integer",
      recipient: "integer",
      sent_lamport: "integer",
      sent_at: "timestamptz",
      arrived_at: "timestamptz",
      received_at: "timestamptz",
      received_version: "integer",
      received_lamport: "integer",
      dropped_at: "timestamptz",
      drop_reason: "text",
    },
    key: ["sender", "send_version", "recipient"],
    indexes: [["recipient", "received_version"], ["sent_at"]],
  },
  initial: (): State => ({}),
  apply: (state, event) => {
    switch (event.kind) {
      case "sent":
        return { state, changes: sent(event) }
      case "received":
        // A receipt of an imported log whose send is not known.
        if (event.payload.sendVersion === null) return Projection.unchanged(state)
        return { state, changes: [received(event, event.payload)] }
      case "dropped":
        if (isSecondCopy(event)) return Projection.unchanged(state)
        return { state, changes: [dropped(event)] }
      case "stopped": {
        const { machine } = event
        const { inbox } = event.payload
        if (inbox.length > 0) state[machine] = inbox.map(({ sender, sendVersion }) => [sender, sendVersion])
        const arrived = inbox.map(({ sender, sendVersion, arrivedAtUs }) =>
          Projection.update({
            sender,
            send_version: sendVersion,
            recipient: machine,
            arrived_at: arrivedAtUs,
          }),
        )
        return { state, changes: arrived }
      }
      case "resumed": {
        const { machine } = event
        const waited = state[machine] ?? []
        delete state[machine]
        const takenBack = waited.map(([sender, send_version]) =>
          Projection.update({ sender, send_version, recipient: machine, arrived_at: null }),
        )
        return { state, changes: takenBack }
      }
      default:
        return Projection.unchanged(state)
    }
  },
})
