/**
 * The events that records tell of: the inverse of `Digest.encoder`. The records are those of docs/SPEC.md, after the
 * header, one event after the other; they are whole.
 */
import type { DropReason, FaultInjected, LabEvent, MissReason, StopReason } from "./ClockEvent.ts"
import {
  blockBytes,
  dropCode,
  faultCode,
  heldBack,
  kindCode,
  labelled,
  missCode,
  purposed,
  stopCode,
} from "./Digest.ts"
import type { Delivery, HeldBack } from "./Message.ts"
import * as Purpose from "./Purpose.ts"

/** Where in a record its fields stand. */
export const at = {
  machine: 0,
  version: 4,
  kind: 8,
  code: 10,
  queueLength: 12,
  occurredUs: 16,
  lamport: 24,
  detail: 32,
} as const

/** The same of a delivery. */
export const inDelivery = {
  sender: 0,
  sendVersion: 4,
  senderLamport: 8,
  sentUs: 16,
  arrivedUs: 24,
  bytes: 32,
} as const

/** Events as records: what a virtual run's engine makes. */
export interface EventRecords {
  readonly bytes: Uint8Array
  /** How many they tell of. */
  readonly events: number
  /** What their times count from, microseconds since the Unix epoch. */
  readonly startUs: number
  /** Of the run's own stream before them: faults, of which records tell no version, follow it. */
  readonly runVersion: number
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const two32 = 0x1_0000_0000
export const i64 = (view: DataView, from: number): number =>
  view.getInt32(from + 4, true) * two32 + view.getUint32(from, true)

const blocks = (bytes: number): number => Math.ceil(bytes / blockBytes) * blockBytes

/** Bytes of the blocks that follow for a list of which `here` machines are in the first. */
const beyond = (count: number, here: number): number => (count > here ? blocks((count - here) * 4) : 0)

const recipientsInFirst = 7
const peersInFirst = 5

const codeAt = (view: DataView, record: number): number => view.getUint16(record + at.code, true)

/** Bytes of purpose and label, which follow from there on. */
const remarkBytes = (view: DataView, record: number, from: number): number => {
  const code = codeAt(view, record)
  const purpose = (code & purposed) === 0 ? 0 : blockBytes
  return purpose + ((code & labelled) === 0 ? 0 : blocks(4 + view.getUint32(from + purpose, true)))
}

/** Blocks behind a receipt's first, by its flags: of a purpose, and of a hold-back. */
const extra = [0, 1, 1, 2]

/** Bytes of the record that begins there, with the blocks that follow its first. */
export const lengthAt = (view: DataView, record: number): number => {
  switch (view.getUint16(record + at.kind, true)) {
    case kindCode.internal:
      return blockBytes + remarkBytes(view, record, record + blockBytes)
    case kindCode.sent: {
      const list = blockBytes + beyond(view.getUint32(record + at.detail, true), recipientsInFirst)
      return list + remarkBytes(view, record, record + list)
    }
    case kindCode.received:
      return blockBytes * (1 + extra[codeAt(view, record)]!)
    case kindCode.started:
      return blockBytes + beyond(view.getUint32(record + at.detail + 8, true), peersInFirst)
    case kindCode.stopped:
      return blockBytes + blocks(view.getUint32(record + at.detail, true) * inDelivery.bytes)
    default:
      return blockBytes
  }
}

const named = <Name extends string>(codes: Readonly<Record<Name, number>>): ReadonlyArray<Name> => {
  const names: Array<Name> = []
  for (const name in codes) names[codes[name]] = name
  return names
}
const dropReasons: ReadonlyArray<DropReason> = named(dropCode)
const missReasons: ReadonlyArray<MissReason> = named(missCode)
const stopReasons: ReadonlyArray<StopReason> = named(stopCode)
const faults: ReadonlyArray<FaultInjected["payload"]["fault"]> = named(faultCode)

/** How many sets of flags. */
const flagsOf = { internal: 4, sent: 4, received: 4 }

/** How many codes each kind has, from 0 or from 1 on, by its own code. */
const codesOf: ReadonlyArray<{ readonly first: number; readonly end: number }> = Object.entries(
  kindCode,
).reduce<Array<{ readonly first: number; readonly end: number }>>((all, [kind, at]) => {
  const reasons = {
    dropped: dropReasons,
    missed: missReasons,
    stopped: stopReasons,
    "fault-injected": faults,
  }
  const named = reasons[kind as keyof typeof reasons]
  const end = named?.length ?? flagsOf[kind as keyof typeof flagsOf] ?? 1
  all[at] = { first: named === undefined ? 0 : 1, end }
  return all
}, [])

const noPayload = {}
const text = new TextDecoder()

/** Hands every event of whole records to `onEvent`, and gives the version at which the run's own stream then is. */
export const decode = (
  bytes: Uint8Array,
  startUs: number,
  onEvent: (event: LabEvent) => void,
  runVersion = 1,
): number => {
  const view = viewOf(bytes)
  let version = runVersion
  const u32 = (from: number): number => view.getUint32(from, true)
  const delivery = (from: number): Delivery => ({
    sender: u32(from + inDelivery.sender),
    sendVersion: u32(from + inDelivery.sendVersion),
    senderLamport: i64(view, from + inDelivery.senderLamport),
    sentAtUs: startUs + i64(view, from + inDelivery.sentUs),
    arrivedAtUs: startUs + i64(view, from + inDelivery.arrivedUs),
  })
  const held = (from: number): HeldBack => {
    const heldUs = i64(view, from)
    const sender = u32(from + 8)
    return sender === 0 ? { heldUs } : { heldUs, heldFor: `${sender}/${u32(from + 12)}` }
  }
  /** What follows a receipt's delivery. */
  const more = (record: number, code: number): HeldBack & Purpose.Purposed => {
    const purposeFrom = record + blockBytes
    const isPurposed = (code & purposed) !== 0
    const heldFrom = purposeFrom + (isPurposed ? blockBytes : 0)
    return {
      ...((code & heldBack) === 0 ? {} : held(heldFrom)),
      ...(isPurposed ? purpose(purposeFrom) : {}),
    }
  }
  const list = (from: number): ReadonlyArray<number> =>
    Array.from({ length: u32(from) }, (_, i) => u32(from + 4 + 4 * i))
  const label = (from: number): { readonly label: string } => ({
    label: text.decode(bytes.subarray(from + 4, from + 4 + u32(from))),
  })
  const purpose = (from: number): Purpose.Purposed => {
    const [code, snapshot, tokens] = [u32(from), u32(from + 4), u32(from + 8)]
    const name = Purpose.names[code - 1]
    if (name === undefined)
      throw new Error(`Cannot decode a record: its purpose must be known, found ${code}`)
    return {
      purpose: name,
      ...(snapshot === 0 ? {} : { snapshot }),
      ...(tokens === 0 ? {} : { tokens: tokens - 1 }),
    }
  }
  const remarks = (code: number, from: number) => {
    const isPurposed = (code & purposed) !== 0
    return {
      ...(isPurposed ? purpose(from) : {}),
      ...((code & labelled) === 0 ? {} : label(from + (isPurposed ? blockBytes : 0))),
    }
  }
  const faultOf = (record: number): FaultInjected => {
    const from = record + at.detail
    const fault = faults[view.getUint16(record + at.code, true)]!
    const [first, second, delayUs, atUs] = [
      u32(from),
      u32(from + 4),
      i64(view, from + 8),
      i64(view, from + 16),
    ]
    const place = second === 0 ? { machine: first } : { from: first, to: second }
    const payload = { fault, ...place, ...(fault === "delay" ? { delayUs } : {}), atUs }
    const occurredAtUs = startUs + i64(view, record + at.occurredUs)
    return { machine: 0, version: ++version, occurredAtUs, kind: "fault-injected", payload } as FaultInjected
  }

  for (let record = 0; record < bytes.length; record += lengthAt(view, record)) {
    const stamp = {
      machine: u32(record + at.machine),
      version: u32(record + at.version),
      occurredAtUs: startUs + i64(view, record + at.occurredUs),
      lamport: i64(view, record + at.lamport),
      queueLength: u32(record + at.queueLength),
    }
    const detail = record + at.detail
    const kind = view.getUint16(record + at.kind, true)
    const code = view.getUint16(record + at.code, true)
    const known = codesOf[kind]
    if (known === undefined || code < known.first || code >= known.end)
      throw new Error(`Cannot decode a record: its kind must be known, found ${kind} (code ${code})`)
    switch (kind) {
      case kindCode.internal: {
        const payload = code === 0 ? noPayload : remarks(code, record + blockBytes)
        onEvent({ ...stamp, kind: "internal", payload })
        break
      }
      case kindCode.sent: {
        const recipients = list(detail)
        const end = record + blockBytes + beyond(recipients.length, recipientsInFirst)
        const payload = code === 0 ? { recipients } : { recipients, ...remarks(code, end) }
        onEvent({ ...stamp, kind: "sent", payload })
        break
      }
      case kindCode.received: {
        const payload = delivery(detail)
        onEvent({
          ...stamp,
          kind: "received",
          payload: code === 0 ? payload : { ...payload, ...more(record, code) },
        })
        break
      }
      case kindCode.started: {
        const payload = { rate: u32(detail), phaseUs: u32(detail + 4), peers: list(detail + 8) }
        onEvent({ ...stamp, kind: "started", payload })
        break
      }
      case kindCode.dropped:
        onEvent({
          ...stamp,
          kind: "dropped",
          payload: { ...delivery(detail), reason: dropReasons[code]! },
        })
        break
      case kindCode.missed: {
        const payload = { first: i64(view, detail), count: i64(view, detail + 8), reason: missReasons[code]! }
        onEvent({ ...stamp, kind: "missed", payload })
        break
      }
      case kindCode.stopped: {
        const from = record + blockBytes
        const inbox = Array.from({ length: u32(detail) }, (_, i) => delivery(from + inDelivery.bytes * i))
        onEvent({ ...stamp, kind: "stopped", payload: { reason: stopReasons[code]!, inbox } })
        break
      }
      case kindCode.resumed:
        onEvent({ ...stamp, kind: "resumed", payload: { downUs: i64(view, detail) } })
        break
      case kindCode["fault-injected"]:
        onEvent(faultOf(record))
        break
    }
  }
  return version
}

export const events = ({ bytes, startUs, runVersion }: EventRecords): ReadonlyArray<LabEvent> => {
  const all: Array<LabEvent> = []
  decode(bytes, startUs, (event) => all.push(event), runVersion)
  return all
}

export interface Extent {
  readonly events: number
  /** How many of them are faults. */
  readonly faults: number
  /** The latest time of any, microseconds from the start. */
  readonly lastUs: number
}

export const extentOf = (bytes: Uint8Array): Extent => {
  const view = viewOf(bytes)
  let [count, faultCount, lastUs] = [0, 0, 0]
  for (let record = 0; record < bytes.length; record += lengthAt(view, record)) {
    count++
    if (view.getUint16(record + at.kind, true) === kindCode["fault-injected"]) faultCount++
    lastUs = Math.max(lastUs, i64(view, record + at.occurredUs))
  }
  return { events: count, faults: faultCount, lastUs }
}

/** Where the record after the first `count` begins. */
export const offsetOf = (bytes: Uint8Array, count: number): number => {
  const view = viewOf(bytes)
  let record = 0
  for (let i = 0; i < count; i++) record += lengthAt(view, record)
  return record
}
