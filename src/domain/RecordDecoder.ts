/**
 * The events that records tell of: the inverse of `Digest.encoder` for what a virtual run makes. The records are those
 * of docs/SPEC.md, after the header.
 */
import type { MachineEvent } from "./ClockEvent.ts"
import { blockBytes, codes } from "./Digest.ts"
import type { Delivery } from "./Message.ts"

const detailAt = 32
const deliveryBytes = 32
const noPayload = {}

/** Hands every event of whole records to `onEvent`; times count from `startUs`. */
export const decode = (bytes: Uint8Array, startUs: number, onEvent: (event: MachineEvent) => void): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u32 = (at: number): number => view.getUint32(at, true)
  const i64 = (at: number): number => view.getInt32(at + 4, true) * 0x1_0000_0000 + u32(at)
  const delivery = (at: number): Delivery => ({
    sender: u32(at),
    sendVersion: u32(at + 4),
    senderLamport: i64(at + 8),
    sentAtUs: startUs + i64(at + 16),
    arrivedAtUs: startUs + i64(at + 24),
  })
  const list = (at: number): ReadonlyArray<number> =>
    Array.from({ length: u32(at) }, (_, i) => u32(at + 4 + 4 * i))

  for (let at = 0; at < bytes.length; at += blockBytes) {
    const stamp = {
      machine: u32(at),
      version: u32(at + 4),
      occurredAtUs: startUs + i64(at + 16),
      lamport: i64(at + 24),
      queueLength: u32(at + 12),
    }
    const detail = at + detailAt
    switch (u32(at + 8)) {
      case codes.internal:
        onEvent({ ...stamp, kind: "internal", payload: noPayload })
        break
      case codes.sent:
        onEvent({ ...stamp, kind: "sent", payload: { recipients: list(detail) } })
        break
      case codes.received:
        onEvent({ ...stamp, kind: "received", payload: delivery(detail) })
        break
      case codes.started:
        onEvent({
          ...stamp,
          kind: "started",
          payload: { rate: u32(detail), phaseUs: u32(detail + 4), peers: list(detail + 8) },
        })
        break
      case codes.dropNewest:
        onEvent({ ...stamp, kind: "dropped", payload: { ...delivery(detail), reason: "drop-newest" } })
        break
      case codes.dropOldest:
        onEvent({ ...stamp, kind: "dropped", payload: { ...delivery(detail), reason: "drop-oldest" } })
        break
      case codes.finished: {
        const left = u32(detail)
        const from = at + blockBytes
        const inbox = Array.from({ length: left }, (_, i) => delivery(from + deliveryBytes * i))
        onEvent({ ...stamp, kind: "stopped", payload: { reason: "finished", inbox } })
        at += Math.ceil((left * deliveryBytes) / blockBytes) * blockBytes
        break
      }
      default:
        throw new Error(`Cannot decode a record: its kind must be known, found ${u32(at + 8)}`)
    }
  }
}
