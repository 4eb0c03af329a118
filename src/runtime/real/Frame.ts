/**
 * The frames of a link: a little-endian u32 length of what follows, a type byte, a body of fixed width.
 * Lengths are explicit because TCP has no message boundaries; "12" and "13" must never become "1213".
 *
 *   1 hello     magic u32, protocol u16, run 12 bytes, sender u32, recipient u32, secret 16 bytes
 *   2 welcome   mark u32: every send version at or below it is disposed of or in the inbox
 *   3 message   send version u32, sender's clock u32, sent at f64 (microseconds since the epoch)
 *   4 ack       mark u32
 *   5 heartbeat
 *   6 refused   reason u8
 *   7 purposed  a message, and its purpose: code u8, snapshot u32 (0 if none)
 */
import * as Data from "effect/Data"
import { purposeCode } from "../../domain/Digest.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"

export const protocolVersion = 1
export const secretBytes = 16
const magic = 0x4e4f434c
const headerBytes = 5

const Type = { hello: 1, welcome: 2, message: 3, ack: 4, heartbeat: 5, refused: 6, purposed: 7 } as const
const bodyBytes: Readonly<Record<number, number>> = {
  [Type.hello]: 4 + 2 + 12 + 4 + 4 + secretBytes,
  [Type.welcome]: 4,
  [Type.message]: 16,
  [Type.ack]: 4,
  [Type.heartbeat]: 0,
  [Type.refused]: 1,
  [Type.purposed]: 16 + 5,
}

export const refusals = ["protocol", "run", "recipient", "sender", "secret"] as const
export type Refusal = (typeof refusals)[number]

export interface Hello {
  readonly frame: "hello"
  readonly protocol: number
  readonly run: string
  readonly sender: number
  readonly recipient: number
  readonly secret: Uint8Array
}

export type Frame =
  | Hello
  | { readonly frame: "welcome"; readonly mark: number }
  | (Purpose.Purposed & {
      readonly frame: "message"
      readonly sendVersion: number
      readonly senderLamport: number
      readonly sentAtUs: number
    })
  | { readonly frame: "ack"; readonly mark: number }
  | { readonly frame: "heartbeat" }
  | { readonly frame: "refused"; readonly reason: Refusal }

export class MalformedFrame extends Data.TaggedError("MalformedFrame")<{ readonly reason: string }> {
  override get message() {
    return `Cannot read a frame: ${this.reason}`
  }
}

/** What is wrong with bytes, as the decoder finds it: no error yet, as one costs a stranger's connection ten times over. */
export interface Malformed {
  readonly malformed: string
}

const start = (type: number): Buffer => {
  const body = bodyBytes[type]!
  const buffer = Buffer.allocUnsafe(headerBytes + body)
  buffer.writeUInt32LE(1 + body, 0)
  buffer.writeUInt8(type, 4)
  return buffer
}

export const hello = (fields: Omit<Hello, "frame" | "protocol">): Buffer => {
  const buffer = start(Type.hello)
  buffer.writeUInt32LE(magic, 5)
  buffer.writeUInt16LE(protocolVersion, 9)
  buffer.fill(0, 11, 23)
  buffer.write(fields.run, 11, 12, "latin1")
  buffer.writeUInt32LE(fields.sender, 23)
  buffer.writeUInt32LE(fields.recipient, 27)
  buffer.set(fields.secret, 31)
  return buffer
}

const withMark = (type: number, mark: number): Buffer => {
  const buffer = start(type)
  buffer.writeUInt32LE(mark, 5)
  return buffer
}

export const welcome = (mark: number): Buffer => withMark(Type.welcome, mark)
export const ack = (mark: number): Buffer => withMark(Type.ack, mark)
export const heartbeat = (): Buffer => start(Type.heartbeat)

export const refused = (reason: Refusal): Buffer => {
  const buffer = start(Type.refused)
  buffer.writeUInt8(refusals.indexOf(reason), 5)
  return buffer
}

export const messageBytes = headerBytes + 16
export const purposedBytes = messageBytes + 5

/** Writes a message's frame into `target` at `offset`; several of them make one write to the socket. */
export const writeMessage = (target: Buffer, offset: number, message: Message): number => {
  const { purpose, snapshot = 0 } = message
  const bytes = purpose === undefined ? messageBytes : purposedBytes
  target.writeUInt32LE(bytes - 4, offset)
  target.writeUInt8(purpose === undefined ? Type.message : Type.purposed, offset + 4)
  target.writeUInt32LE(message.sendVersion, offset + 5)
  target.writeUInt32LE(message.senderLamport, offset + 9)
  target.writeDoubleLE(message.sentAtUs, offset + 13)
  if (purpose !== undefined) {
    target.writeUInt8(purposeCode[purpose], offset + messageBytes)
    target.writeUInt32LE(snapshot, offset + messageBytes + 1)
  }
  return offset + bytes
}

const readMessage = (bytes: Buffer, at: number): Extract<Frame, { readonly frame: "message" }> => ({
  frame: "message",
  sendVersion: bytes.readUInt32LE(at),
  senderLamport: bytes.readUInt32LE(at + 4),
  sentAtUs: bytes.readDoubleLE(at + 8),
})

const readPurposed = (bytes: Buffer, at: number): Frame | Malformed => {
  const purpose = Purpose.names[bytes.readUInt8(at + 16) - 1]
  const snapshot = bytes.readUInt32LE(at + 17)
  if (purpose === undefined) return { malformed: "an unknown purpose" }
  return { ...readMessage(bytes, at), purpose, ...(snapshot === 0 ? {} : { snapshot }) }
}

const read = (bytes: Buffer, type: number, at: number): Frame | Malformed => {
  switch (type) {
    case Type.message:
      return readMessage(bytes, at)
    case Type.purposed:
      return readPurposed(bytes, at)
    case Type.ack:
      return { frame: "ack", mark: bytes.readUInt32LE(at) }
    case Type.heartbeat:
      return { frame: "heartbeat" }
    case Type.welcome:
      return { frame: "welcome", mark: bytes.readUInt32LE(at) }
    case Type.refused: {
      const reason = refusals[bytes.readUInt8(at)]
      return reason === undefined ? { malformed: "an unknown refusal" } : { frame: "refused", reason }
    }
    default:
      if (bytes.readUInt32LE(at) !== magic)
        return { malformed: "a handshake must begin with the link protocol's magic number" }
      return {
        frame: "hello",
        protocol: bytes.readUInt16LE(at + 4),
        run: bytes.toString("latin1", at + 6, at + 18),
        sender: bytes.readUInt32LE(at + 18),
        recipient: bytes.readUInt32LE(at + 22),
        secret: new Uint8Array(bytes.subarray(at + 26, at + 26 + secretBytes)),
      }
  }
}

/** Cuts a stream of bytes into frames, whatever the chunks that it comes in. */
const nothing = Buffer.alloc(0)

export class FrameDecoder {
  private bytes: Buffer = nothing
  private at = 0

  push(chunk: Buffer): void {
    this.bytes = this.at === this.bytes.length ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk])
    this.at = 0
  }

  /** The next whole frame, `undefined` where more bytes are needed, or what is wrong with the bytes. */
  next(): Frame | Malformed | undefined {
    const left = this.bytes.length - this.at
    if (left < headerBytes) return undefined
    const length = this.bytes.readUInt32LE(this.at)
    const type = this.bytes.readUInt8(this.at + 4)
    if (length > Limits.maxFrameBytes)
      return { malformed: `must be at most ${Limits.maxFrameBytes} bytes, found ${length}` }
    if (bodyBytes[type] !== length - 1)
      return { malformed: `type ${type} with ${length} bytes is none of the protocol's` }
    if (left < 4 + length) return undefined
    const frame = read(this.bytes, type, this.at + headerBytes)
    this.at += 4 + length
    // Thousands of connections would each hold on to its last chunk until the next one comes.
    if (this.at === this.bytes.length) {
      this.bytes = nothing
      this.at = 0
    }
    return frame
  }
}
