/**
 * The bytes whose SHA-256 is a run's digest: its events in fixed-width records, so that two implementations,
 * or a run and its copy, agree on every bit or differ. docs/SPEC.md states the encoding for other languages.
 *
 * Hashing is left to the caller, who has a hash that streams. Records are blocks of 64 bytes, the block of
 * SHA-256, written in place into one growing buffer: an event allocates nothing. A digest of JSON was rejected:
 * it would hang on the order of keys and on how numbers are printed, and costs twenty times as much.
 */
import type {
  DropReason,
  FaultInjected,
  LabEvent,
  MachineEvent,
  MissReason,
  StopReason,
} from "./ClockEvent.ts"
import type { Delivery, HeldBack } from "./Message.ts"
import * as Purpose from "./Purpose.ts"

type Purposed = Purpose.Purposed

/** Of the encoding; the first word of what is digested. */
export const version = 1

export const blockBytes = 64
const detailAt = 32
const two32 = 0x1_0000_0000
const initialBlocks = 1_024

export const kindCode = {
  internal: 1,
  sent: 2,
  received: 3,
  started: 4,
  dropped: 5,
  missed: 6,
  stopped: 7,
  resumed: 8,
  "fault-injected": 9,
} as const satisfies Record<(MachineEvent | FaultInjected)["kind"], number>

export const dropCode = {
  "drop-newest": 1,
  "drop-oldest": 2,
  loss: 3,
  duplicate: 4,
} as const satisfies Record<DropReason, number>
export const missCode = { overdue: 1, "store-outage": 2 } as const satisfies Record<MissReason, number>
export const stopCode = { finished: 1, interrupted: 2, "store-lost": 3 } as const satisfies Record<
  StopReason,
  number
>
export const faultCode = {
  pause: 1,
  resume: 2,
  crash: 3,
  restart: 4,
  cut: 5,
  heal: 6,
  delay: 7,
} as const satisfies Record<FaultInjected["payload"]["fault"], number>
export const purposeCode = Object.fromEntries(Purpose.names.map((name, i) => [name, i + 1])) as Readonly<
  Record<Purpose.Name, number>
>

/** Kind and reason as the third word of a record has them. */
const coded = (kind: number, code = 0): number => kind + code * 0x1_0000

/** The flags of an event that has a label, and of one that has a purpose; a purpose's block comes first. */
export const labelled = 1
export const purposed = 2

/** The flag of a receipt that was held back. */
export const heldBack = 1

export interface Encoder {
  /** Appends the records of an event; of machine 0 only faults have any. */
  readonly write: (event: LabEvent) => void
  /** The bytes since the last `take`, valid until the next `write`. */
  readonly take: () => Uint8Array
}

const purposeFlag = ({ purpose }: Purposed): number => (purpose === undefined ? 0 : purposed)

const codeOf = (event: MachineEvent): number => {
  switch (event.kind) {
    case "dropped":
      return dropCode[event.payload.reason]
    case "missed":
      return missCode[event.payload.reason]
    case "stopped":
      return stopCode[event.payload.reason]
    case "internal":
    case "sent":
      return (event.payload.label === undefined ? 0 : labelled) + purposeFlag(event.payload)
    case "received":
      return (event.payload.heldUs === undefined ? 0 : heldBack) + purposeFlag(event.payload)
    default:
      return 0
  }
}

/** An encoder of a run whose schedule starts at `startUs`, microseconds since the Unix epoch. */
export const encoder = (startUs: number): Encoder => {
  const text = new TextEncoder()
  let bytes = new Uint8Array(initialBlocks * blockBytes)
  let view = new DataView(bytes.buffer)
  let end = 0

  /** The offset of `count` new blocks; those past the first of an event come back as zeros. */
  const reserve = (count: number): number => {
    const at = end
    end += count * blockBytes
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, end))
      larger.set(bytes.subarray(0, at))
      bytes = larger
      view = new DataView(bytes.buffer)
    }
    return at
  }

  const zeros = (count: number): number => {
    const at = reserve(count)
    bytes.fill(0, at, end)
    return at
  }

  const u32 = (at: number, value: number): void => view.setUint32(at, value, true)

  /** Two's complement, so that times before the start are kept too. */
  const i64 = (at: number, value: number): void => {
    const high = Math.floor(value / two32)
    view.setUint32(at, value - high * two32, true)
    view.setInt32(at + 4, high, true)
  }

  const clear = (from: number, to: number): void => {
    for (let at = from; at < to; at += 4) u32(at, 0)
  }

  const delivery = (at: number, carried: Delivery): void => {
    u32(at, carried.sender)
    u32(at + 4, carried.sendVersion)
    i64(at + 8, carried.senderLamport)
    i64(at + 16, carried.sentAtUs - startUs)
    i64(at + 24, carried.arrivedAtUs - startUs)
  }

  /** A count and what it counts, in the block from `at` on and in following blocks. */
  const list = (at: number, blockEnd: number, machines: ReadonlyArray<number>): void => {
    u32(at, machines.length)
    const here = Math.min(machines.length, (blockEnd - at) / 4 - 1)
    for (let i = 0; i < here; i++) u32(at + 4 + 4 * i, machines[i]!)
    clear(at + 4 + 4 * here, blockEnd)
    if (here === machines.length) return
    const more = zeros(Math.ceil(((machines.length - here) * 4) / blockBytes))
    for (let i = here; i < machines.length; i++) u32(more + 4 * (i - here), machines[i]!)
  }

  const label = (value: string | undefined): void => {
    if (value === undefined) return
    const encoded = text.encode(value)
    const at = zeros(Math.ceil((4 + encoded.length) / blockBytes))
    u32(at, encoded.length)
    bytes.set(encoded, at + 4)
  }

  /** Its code, the snapshot or 0, and one more than the tokens, or 0 where none are told. */
  const purpose = ({ purpose, snapshot, tokens }: Purposed): void => {
    if (purpose === undefined) return
    const at = zeros(1)
    u32(at, purposeCode[purpose])
    u32(at + 4, snapshot ?? 0)
    u32(at + 8, tokens === undefined ? 0 : tokens + 1)
  }

  const held = ({ heldUs, heldFor = "0/0" }: HeldBack): void => {
    if (heldUs === undefined) return
    const at = zeros(1)
    const [sender, version] = heldFor.split("/").map(Number)
    i64(at, heldUs)
    u32(at + 8, sender!)
    u32(at + 12, version!)
  }

  const inbox = (detail: number, blockEnd: number, left: ReadonlyArray<Delivery>): void => {
    u32(detail, left.length)
    clear(detail + 4, blockEnd)
    const at = zeros(Math.ceil((left.length * 32) / blockBytes))
    for (let i = 0; i < left.length; i++) delivery(at + 32 * i, left[i]!)
  }

  const stamp = (at: number, event: MachineEvent): void => {
    u32(at, event.machine)
    u32(at + 4, event.version)
    u32(at + 8, coded(kindCode[event.kind], codeOf(event)))
    u32(at + 12, event.queueLength)
    i64(at + 16, event.occurredAtUs - startUs)
    i64(at + 24, event.lamport)
  }

  const detail = (at: number, event: MachineEvent) => {
    const from = at + detailAt
    const to = at + blockBytes
    switch (event.kind) {
      case "internal":
        clear(from, to)
        purpose(event.payload)
        return label(event.payload.label)
      case "sent":
        list(from, to, event.payload.recipients)
        purpose(event.payload)
        return label(event.payload.label)
      case "received":
        delivery(from, event.payload)
        purpose(event.payload)
        return held(event.payload)
      case "dropped":
        return delivery(from, event.payload)
      case "started":
        u32(from, event.payload.rate)
        u32(from + 4, event.payload.phaseUs)
        return list(from + 8, to, event.payload.peers)
      case "missed":
        i64(from, event.payload.first)
        i64(from + 8, event.payload.count)
        return clear(from + 16, to)
      case "stopped":
        return inbox(from, to, event.payload.inbox)
      case "resumed":
        i64(from, event.payload.downUs)
        return clear(from + 8, to)
    }
  }

  /** Without its version, which depends on how often the run was resumed. */
  const fault = ({ occurredAtUs, payload }: FaultInjected): void => {
    const at = zeros(1)
    u32(at + 8, coded(kindCode["fault-injected"], faultCode[payload.fault]))
    i64(at + 16, occurredAtUs - startUs)
    u32(at + detailAt, "machine" in payload ? payload.machine : payload.from)
    u32(at + detailAt + 4, "machine" in payload ? 0 : payload.to)
    i64(at + detailAt + 8, payload.fault === "delay" ? payload.delayUs : 0)
    i64(at + detailAt + 16, payload.atUs)
  }

  u32(zeros(1), version)
  return {
    write: (event) => {
      if (event.kind === "fault-injected") return fault(event)
      if (event.machine === 0) return
      const at = reserve(1)
      stamp(at, event as MachineEvent)
      detail(at, event as MachineEvent)
    },
    take: () => {
      const taken = bytes.subarray(0, end)
      end = 0
      return taken
    },
  }
}
