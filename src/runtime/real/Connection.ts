/**
 * A TCP socket as a scoped resource that is read on demand. `read` takes what has come and nothing is taken
 * while nobody reads, so a reader that stops leaves the bytes to TCP, which then holds the sender's. A socket
 * with a `data` listener would go on reading into memory.
 */
import * as net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Frame, FrameDecoder, type Malformed, MalformedFrame } from "./Frame.ts"

export class ConnectionLost extends Data.TaggedError("ConnectionLost")<{
  readonly reason: string
  readonly code?: string | undefined
}> {
  override get message() {
    return `Cannot go on with the connection: ${this.reason}`
  }
}

export class Connection {
  readonly socket: net.Socket
  /** Milliseconds of `performance.now` at which the other end was last heard, and we last said something. */
  heardAtMs = performance.now()
  saidAtMs = performance.now()
  private readonly decoder = new FrameDecoder()
  private ended: ConnectionLost | undefined

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended ??= new ConnectionLost({ reason: error.message, code: error.code })
    })
    socket.on("close", () => {
      this.ended ??= new ConnectionLost({ reason: "the other end closed it" })
    })
  }

  /** Writes, and waits while the socket's buffer is full. */
  write(bytes: Buffer): Effect.Effect<void, ConnectionLost> {
    return Effect.suspend(() => {
      if (this.ended !== undefined) return Effect.fail(this.ended)
      this.saidAtMs = performance.now()
      return this.socket.write(bytes)
        ? Effect.void
        : this.until("drain", () => !this.socket.writableNeedDrain)
    })
  }

  /**
   * Writes a few bytes that must not wait: an acknowledgement, a heartbeat. Nothing is said into a buffer that
   * the other end does not empty, or a peer that never reads would make it grow for ever; false then.
   */
  say(bytes: Buffer): boolean {
    if (this.socket.writableNeedDrain || this.socket.destroyed) return false
    this.saidAtMs = performance.now()
    this.socket.write(bytes)
    return true
  }

  /** The next frame, or what is wrong with it, where its bytes have come. */
  poll(): Frame | Malformed | undefined {
    while (true) {
      const frame = this.decoder.next()
      if (frame !== undefined) return frame
      const chunk: Buffer | null = this.socket.read()
      if (chunk === null) return undefined
      this.heardAtMs = performance.now()
      this.decoder.push(chunk)
    }
  }

  /** The next frame; waits for bytes. */
  readonly read: Effect.Effect<Frame, ConnectionLost | MalformedFrame> = Effect.suspend(() => {
    const frame = this.poll()
    if (frame !== undefined)
      return "frame" in frame
        ? Effect.succeed(frame)
        : Effect.fail(new MalformedFrame({ reason: frame.malformed }))
    if (this.ended !== undefined) return Effect.fail(this.ended)
    return Effect.zipRight(
      this.until("readable", () => this.socket.readableLength > 0),
      this.read,
    )
  })

  close(): void {
    this.socket.destroy()
  }

  /** Closes without a farewell: what the other end still sends costs nothing, and no state stays in the system. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  private until(event: "readable" | "drain", ready: () => boolean): Effect.Effect<void, ConnectionLost> {
    return Effect.async<void, ConnectionLost>((resume) => {
      const { socket } = this
      const settle = () => {
        off()
        resume(this.ended === undefined || ready() ? Effect.void : Effect.fail(this.ended))
      }
      const off = () => {
        for (const name of [event, "end", "close"]) socket.off(name, settle)
      }
      for (const name of [event, "end", "close"]) socket.on(name, settle)
      return Effect.sync(off)
    })
  }
}

export const connect = (host: string, port: number): Effect.Effect<Connection, ConnectionLost, Scope.Scope> =>
  Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => net.connect({ host, port })),
      (socket) => Effect.sync(() => socket.destroy()),
    ),
    (socket) =>
      Effect.async<Connection, ConnectionLost>((resume) => {
        const connection = new Connection(socket)
        socket.once("connect", () => resume(Effect.succeed(connection)))
        socket.once("error", (error: NodeJS.ErrnoException) =>
          resume(Effect.fail(new ConnectionLost({ reason: error.message, code: error.code }))),
        )
      }),
  )
