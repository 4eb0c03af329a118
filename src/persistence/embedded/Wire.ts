/**
 * The parts of Postgres' wire protocol (version 3) that a gate in front of a server needs: where messages end,
 * and the few messages that the gate says itself.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** What a client may say before it has started up: the code that follows the first length. */
export const startupCode = {
  protocolMajor: 3,
  cancel: 80_877_102,
  tls: 80_877_103,
  gssEncryption: 80_877_104,
} as const

export const typeOf = (letter: string): number => letter.charCodeAt(0)

const message = (letter: string, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.writeUInt8(typeOf(letter), 0)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.from(`${value.replaceAll("\0", "")}\0`, "utf8")

export const authenticationOk = message("R", int32(0))
export const passwordWanted = message("R", int32(3))
export const sync = message("S")
export const query = (sql: string): Buffer => message("Q", text(sql))
export const parameterStatus = (name: string, value: string): Buffer => message("S", text(name), text(value))
export const backendKey = (pid: number, secret: number): Buffer => message("K", int32(pid), int32(secret))
export const onlyVersion30 = message("v", int32(0), int32(0))
export const readyForQuery = (status: "I" | "T" | "E"): Buffer => message("Z", Buffer.from(status))

/** What goes wrong for a client, by its SQLSTATE. */
export interface Complaint {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export const errorResponse = (severity: "ERROR" | "FATAL", complaint: Complaint): Buffer => {
  const field = (letter: string, value: string): Buffer => Buffer.concat([Buffer.from(letter), text(value)])
  const hint = complaint.hint === undefined ? [] : [field("H", complaint.hint)]
  return message(
    "E",
    field("S", severity),
    field("V", severity),
    field("C", complaint.code),
    field("M", complaint.message),
    ...hint,
    Buffer.from([0]),
  )
}

/** Whether there is an ErrorResponse among the whole messages in `bytes`. */
export const holdsError = (bytes: Buffer): boolean => {
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    if (bytes[at] === typeOf("E")) return true
  }
  return false
}

/** A text that ends in a zero byte, from `start` on. */
export const textAt = (bytes: Buffer, start: number): string => {
  const end = bytes.indexOf(0, start)
  return bytes.toString("utf8", start, end < 0 ? bytes.length : end)
}

/** Bytes as they come, given out in the pieces that were asked for; joined only when a piece is complete. */
export class ByteQueue {
  private chunks: Array<Buffer> = []
  length = 0

  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.length += chunk.length
  }

  /** The first `count` bytes without taking them; undefined until they are there. */
  peek(count: number): Buffer | undefined {
    if (this.length < count) return undefined
    if (this.chunks.length > 1 && this.chunks[0]!.length < count) this.chunks = [Buffer.concat(this.chunks)]
    return count === 0 ? Buffer.alloc(0) : this.chunks[0]!.subarray(0, count)
  }

  take(count: number): Buffer | undefined {
    const bytes = this.peek(count)
    if (bytes === undefined || count === 0) return bytes
    const first = this.chunks[0]!
    if (first.length === count) this.chunks.shift()
    else this.chunks[0] = first.subarray(count)
    this.length -= count
    return bytes
  }

  clear(): void {
    this.chunks = []
    this.length = 0
  }
}

/** Lets whole messages of the server pass and holds back one that is cut, so that an error can follow any. */
export class WholeMessages {
  private readonly held = new ByteQueue()

  push(chunk: Buffer): Buffer | undefined {
    const first = this.held.length === 0 ? chunk : undefined
    if (first === undefined) this.held.push(chunk)
    const bytes = first ?? this.held.peek(this.held.length)!
    let end = 0
    while (end + 5 <= bytes.length) {
      const next = end + 1 + bytes.readInt32BE(end + 1)
      if (next > bytes.length) break
      end = next
    }
    this.held.clear()
    if (end < bytes.length) this.held.push(bytes.subarray(end))
    return end === 0 ? undefined : bytes.subarray(0, end)
  }

  clear(): void {
    this.held.clear()
  }
}
