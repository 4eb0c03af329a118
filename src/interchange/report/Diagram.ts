/**
 * The columns of the space-time diagram: events as the log has them, and of every message its true ends, from
 * the identities that the log records (sender, send version, recipient), never inferred from clocks. Past
 * `maxEvents`, or several times as many messages, no event is added; messages that were sent before are still followed to
 * their end.
 */
import {
  type AnyClockEvent,
  type AnyMachineEvent,
  type AnyRunEvent,
  isClockEvent,
  isSecondCopy,
  type Logged,
} from "../../domain/ClockEvent.ts"
import { describe } from "../../domain/FaultWords.ts"
import type { Match } from "../../domain/Imported.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Message from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import { type DiagramData, type MessageState, messageStates, type RunMark } from "./ReportData.ts"
import { stretch } from "./Sentences.ts"

/** Enough to name what an event was; a label may be a megabyte. */
const maxLabelCharacters = 200

const shortened = (label: string): string =>
  label.length <= maxLabelCharacters
    ? label
    : `${label.slice(0, maxLabelCharacters)}... (${label.length} characters)`

const stateIndex = (state: MessageState): number => messageStates.indexOf(state)

/** A receipt whose send is not known, or not for sure. */
const remarkOf: Readonly<Partial<Record<Match, string>>> = {
  missing: "its send is not in the log",
  "none-fits": "no send in the log fits it",
  untold: "the log does not say which send it was",
  "one-of-several": "one of several sends that fit it",
}

const heldBack = ({
  heldUs,
  heldFor = "its number",
}: Message.HeldBack & { readonly heldUs: number }): string =>
  `held back for ${stretch(heldUs)} of its time on the network, for ${heldFor}`

export interface Diagram {
  /** `saidUs` is the time by the log, where `atUs` is a place in its order; null where it says none. */
  readonly step: (event: Logged<AnyMachineEvent>, atUs: number, saidUs?: number | null) => void
  readonly mark: (event: Logged<AnyRunEvent>, atUs: number) => void
  readonly finish: (machines: number, endUs: number) => DiagramData
}

/** How a run begins is no mark: it is where its time begins. */
const beginnings: ReadonlySet<string> = new Set([
  "run-requested",
  "run-forked",
  "run-started",
  "run-imported",
])

export const make = (maxEvents: number): Diagram => {
  const kinds: Array<string> = []
  const events = {
    machine: [] as Array<number>,
    version: [] as Array<number>,
    kind: [] as Array<number>,
    atUs: [] as Array<number>,
    lamport: [] as Array<number | null>,
    queueLength: [] as Array<number | null>,
  }
  const messages = {
    send: [] as Array<number>,
    recipient: [] as Array<number>,
    end: [] as Array<number>,
    arrivedUs: [] as Array<number>,
    state: [] as Array<number>,
  }
  const maxMessages = Limits.messagesPerDiagramEvent * maxEvents
  const labels: Record<number, string> = {}
  const remarks: Record<number, string> = {}
  const cuts: Record<number, ReadonlyArray<number>> = {}
  const said: Array<number | null> = []
  const marks: Array<RunMark> = []
  const lives: Array<Array<[number, number]>> = []
  const lastUs: Array<number> = []
  const down: Array<boolean> = []
  /** Messages without an end, by identity. */
  const open = new Map<string, number>()
  const inInbox = new Map<number, Array<number>>()
  let totalEvents = 0

  const kindOf = (kind: string): number => {
    const known = kinds.indexOf(kind)
    return known >= 0 ? known : kinds.push(kind) - 1
  }

  const send = (event: Logged<AnyMachineEvent> & { kind: "sent" }, index: number): void => {
    for (const recipient of event.payload.recipients) {
      const key = Message.nameOf(event.machine, event.version, recipient)
      open.set(key, messages.send.length)
      messages.send.push(index)
      messages.recipient.push(recipient)
      messages.end.push(-1)
      messages.arrivedUs.push(-1)
      messages.state.push(stateIndex("in-flight"))
    }
  }

  const end = (
    delivery: Message.AnyDelivery,
    recipient: number,
    state: MessageState,
    index: number,
    startUs: number | undefined,
  ) => {
    if (delivery.sendVersion === null) return
    const key = Message.nameOf(delivery.sender, delivery.sendVersion, recipient)
    const message = open.get(key)
    if (message === undefined) return
    messages.arrivedUs[message] =
      delivery.arrivedAtUs === null || startUs === undefined ? -1 : delivery.arrivedAtUs - startUs
    messages.state[message] = stateIndex(index < 0 && state !== "in-inbox" ? "later" : state)
    messages.end[message] = index
    if (state !== "in-inbox") open.delete(key)
    else inInbox.set(recipient, [...(inInbox.get(recipient) ?? []), message])
  }

  /** An inbox does not survive: what was in it is on its way again. */
  const offerAgain = (machine: number): void => {
    for (const message of inInbox.get(machine) ?? [])
      if (messages.state[message] === stateIndex("in-inbox")) {
        messages.state[message] = stateIndex("in-flight")
        messages.arrivedUs[message] = -1
      }
    inInbox.delete(machine)
  }

  const live = (event: Logged<AnyMachineEvent>, atUs: number): void => {
    lives[event.machine] ??= []
    const own = lives[event.machine]!
    if (event.kind === "resumed" && own.length > 0 && !down[event.machine])
      own[own.length - 1]![1] = Math.max(lastUs[event.machine]!, atUs - event.payload.downUs)
    if (event.kind === "resumed" || own.length === 0) own.push([atUs, atUs])
    own[own.length - 1]![1] = atUs
    down[event.machine] = event.kind === "stopped"
    lastUs[event.machine] = atUs
  }

  const remark = (payload: AnyClockEvent["payload"], index: number): void => {
    const { purpose, snapshot } = payload
    const said = Purpose.said(payload)
    if (said !== undefined) labels[index] = shortened(said)
    if (purpose === "record" && snapshot !== undefined) cuts[snapshot] = [...(cuts[snapshot] ?? []), index]
  }

  const add = (event: Logged<AnyMachineEvent>, atUs: number): number => {
    events.machine.push(event.machine)
    events.version.push(event.version)
    events.kind.push(kindOf(event.kind))
    events.atUs.push(atUs)
    events.lamport.push(event.lamport)
    return events.queueLength.push(event.queueLength) - 1
  }

  return {
    step: (event, atUs, saidUs) => {
      totalEvents++
      const hasRoom = events.atUs.length < maxEvents && messages.send.length < maxMessages
      const index = hasRoom ? add(event, atUs) : -1
      const startUs = saidUs === undefined ? event.occurredAtUs - atUs : undefined
      if (saidUs !== undefined && index >= 0) said.push(saidUs)
      live(event, atUs)
      if (index >= 0 && isClockEvent(event)) remark(event.payload, index)
      const match = event.kind === "received" ? event.payload.match : undefined
      if (match !== undefined && remarkOf[match] !== undefined && index >= 0) remarks[index] = remarkOf[match]
      if (event.kind === "received" && event.payload.heldUs !== undefined && index >= 0)
        remarks[index] = heldBack({ ...event.payload, heldUs: event.payload.heldUs })
      switch (event.kind) {
        case "sent":
          if (index >= 0) send(event, index)
          break
        case "dropped":
          if (isSecondCopy(event)) break
          end(event.payload, event.machine, event.kind, index, startUs)
          break
        case "received":
          end(event.payload, event.machine, event.kind, index, startUs)
          break
        case "stopped":
          for (const left of event.payload.inbox) end(left, event.machine, "in-inbox", -1, startUs)
          break
        case "resumed":
          offerAgain(event.machine)
          break
      }
    },
    mark: (event, atUs) => {
      if (!beginnings.has(event.kind))
        marks.push({
          atUs,
          kind: event.kind === "fault-injected" ? describe(event.payload) : event.kind,
        })
    },
    finish: (machines, endUs) => {
      for (let machine = 1; machine <= machines; machine++) {
        const own = lives[machine]
        if (own !== undefined && !down[machine]) own[own.length - 1]![1] = endUs
      }
      const livesOf = Array.from({ length: machines }, (_, i) => lives[i + 1] ?? [])
      const columns = said.length === 0 ? events : { ...events, saidUs: said }
      return { kinds, events: columns, messages, labels, remarks, cuts, lives: livesOf, marks, totalEvents }
    },
  }
}
