/**
 * A run's events and messages as the diagram looks things up in them: columns by index of the event (in the order
 * of the log) or of the message (in the order of the sends), and for each machine its events in their order.
 */
import type { DiagramData, MessageState } from "../src/interchange/report/ReportData.ts"

export interface SpaceTimeData {
  readonly machines: number
  /** By number from 1 on; a machine without one is called by its number. */
  readonly names: ReadonlyArray<string>
  /** Where the axis is the order of events, a second stands for an event. */
  readonly axis: "time" | "order"
  readonly axisTitle: string
  readonly endUs: number
  readonly kinds: ReadonlyArray<string>
  readonly machine: Int32Array
  readonly version: Int32Array
  readonly kind: Uint8Array
  readonly atUs: Float64Array
  /** -1 where an imported log does not say it, as the next. */
  readonly lamport: Int32Array
  readonly queueLength: Int32Array
  /** By the log, where the axis is the order of events; null where it says none. */
  readonly saidUs: ReadonlyArray<number | null> | undefined
  readonly labels: Readonly<Record<number, string>>
  /** Of receipts: how the send was found, or for what the message was held back. */
  readonly remarks: Readonly<Record<number, string>>
  /** 1 for events of happened-before: internal, sent, received. */
  readonly isClockEvent: Uint8Array
  /** Entry m: the events of machine m, ascending; entry 0 is empty. */
  readonly ofMachine: ReadonlyArray<Int32Array>
  /** The place of an event among those of its machine. */
  readonly place: Int32Array
  readonly send: Int32Array
  readonly recipient: Int32Array
  /** The event that received or dropped it, -1 if there is none. */
  readonly end: Int32Array
  readonly arrivedUs: Float64Array
  readonly state: Uint8Array
  /** Messages that event i sent: from entry i up to entry i + 1, exclusively. */
  readonly firstMessage: Int32Array
  /** The message that event i received or dropped, -1 if none. */
  readonly messageTaken: Int32Array
  readonly cuts: DiagramData["cuts"]
  readonly lives: DiagramData["lives"]
  readonly marks: DiagramData["marks"]
}

const clockKinds = new Set(["internal", "sent", "received"])

/** As `messageStates` of the report has them, by index. */
export const State = {
  received: 0,
  dropped: 1,
  "in-inbox": 2,
  "in-flight": 3,
  later: 4,
} as const satisfies Record<MessageState, number>

type Axis = Pick<SpaceTimeData, "names" | "axis" | "axisTitle">

export const make = (
  machines: number,
  endUs: number,
  diagram: DiagramData,
  { names = [], axis = "time", axisTitle = "seconds" }: Partial<Axis> = {},
): SpaceTimeData => {
  const { events, messages, kinds, labels, remarks, cuts, lives, marks } = diagram
  const count = events.atUs.length
  const machine = new Int32Array(events.machine)
  const kind = new Uint8Array(events.kind)
  const send = new Int32Array(messages.send)
  const end = new Int32Array(messages.end)
  const { ofMachine, place } = byMachine(machines, machine)
  const messageTaken = new Int32Array(count).fill(-1)
  for (let k = 0; k < end.length; k++) if (end[k]! >= 0) messageTaken[end[k]!] = k
  return {
    machines,
    names,
    axis,
    axisTitle,
    endUs,
    kinds,
    machine,
    version: new Int32Array(events.version),
    kind,
    atUs: new Float64Array(events.atUs),
    lamport: Int32Array.from(events.lamport, orUnknown),
    queueLength: Int32Array.from(events.queueLength, orUnknown),
    saidUs: events.saidUs,
    labels,
    remarks,
    isClockEvent: kind.map((k) => (clockKinds.has(kinds[k]!) ? 1 : 0)),
    ofMachine,
    place,
    send,
    recipient: new Int32Array(messages.recipient),
    end,
    arrivedUs: new Float64Array(messages.arrivedUs),
    state: new Uint8Array(messages.state),
    firstMessage: firstOf(send, count),
    messageTaken,
    cuts,
    lives,
    marks,
  }
}

const orUnknown = (value: number | null): number => value ?? -1

const byMachine = (machines: number, machine: Int32Array) => {
  const counts = new Int32Array(machines + 1)
  const place = machine.map((m) => counts[m]!++)
  const ofMachine = Array.from(counts, (length) => new Int32Array(length))
  machine.forEach((m, i) => {
    ofMachine[m]![place[i]!] = i
  })
  return { ofMachine, place }
}

/** Messages are in the order of their sends, so those of one event lie side by side. */
const firstOf = (send: Int32Array, count: number): Int32Array => {
  const first = new Int32Array(count + 1)
  for (const event of send) first[event + 1]!++
  for (let i = 0; i < count; i++) first[i + 1]! += first[i]!
  return first
}

/** The event at an address (machine/version), -1 if there is none. */
export const find = (data: SpaceTimeData, address: string): number => {
  const match = /^(\d+)\/(\d+)$/.exec(address)
  if (match === null) return -1
  const [machine, version] = [Number(match[1]), Number(match[2])]
  return (data.ofMachine[machine] ?? []).find((i) => data.version[i] === version) ?? -1
}

export const addressOf = (data: SpaceTimeData, event: number): string =>
  `${data.machine[event]}/${data.version[event]}`

/** The first of a machine's events that is not before a time, as its place. */
export const placeAt = (data: SpaceTimeData, machine: number, us: number): number => {
  const own = data.ofMachine[machine]!
  let [low, high] = [0, own.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (data.atUs[own[middle]!]! < us) low = middle + 1
    else high = middle
  }
  return low
}
