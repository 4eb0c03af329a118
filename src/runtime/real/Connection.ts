/**
 * A TCP socket as a scoped resource that is read on demand. `read` takes what has come and nothing is taken
 * while nobody reads, so a reader that stops leaves the bytes to TCP, which then holds the sender's. A socket
 * with a `data` listener would go on reading into memory.
 */
import * as net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Signal from "../Signal.ts"
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
  /** Bytes have come, a full buffer was emptied, or it is over. */
  private readonly stirred = Signal.make()
  private isHeard = false

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended ??= new ConnectionLost({ reason: error.message, code: error.code })
    })
    socket.on("close", () => {
      this.ended ??= new ConnectionLost({ reason: "the other end closed it" })
      this.stirred.notify()
    })
    socket.on("drain", this.stirred.notify)
  }

  /** Writes, and waits while the socket's buffer is full. */
  write(bytes: Buffer): Effect.Effect<void, ConnectionLost> {
    return Effect.suspend(() => this.writeNow(bytes) ?? Effect.void)
  }

  /** As `write`, at once; what is left of it, if anything. */
  writeNow(bytes: Buffer): Effect.Effect<void, ConnectionLost> | undefined {
    if (this.ended !== undefined) return Effect.fail(this.ended)
    this.saidAtMs = performance.now()
    return this.socket.write(bytes) ? undefined : this.until(() => !this.socket.writableNeedDrain)
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
    if (frame !== undefined) return "frame" in frame ? Effect.succeed(frame) : malformed(frame)
    return Effect.zipRight(
      this.until(() => this.socket.readableLength > 0),
      this.read,
    )
  })

  /**
   * Gives each frame to `take` as soon as it is there. Where that gives an effect, something has to be waited for, and no
   * frame is looked at before it is over. Most messages need none, and so cost no turn of a fiber and leave no object
   * behind that lives until the next one comes: a thousand machines had the collector copy some megabytes of these
   * sixteen times a second.
   */
  each<E>(
    take: (frame: Frame) => Effect.Effect<void, E> | undefined,
  ): Effect.Effect<never, ConnectionLost | MalformedFrame | E> {
    return Effect.forever(
      Signal.look<void, ConnectionLost | MalformedFrame | E>(this.stirs, () => {
        for (let frame = this.poll(); frame !== undefined; frame = this.poll()) {
          const rest = "frame" in frame ? take(frame) : malformed(frame)
          if (rest !== undefined) return rest
        }
        return this.ended && Effect.fail(this.ended)
      }),
    )
  }

  close(): void {
    this.socket.destroy()
  }

  /** Closes without a farewell: what the other end still sends costs nothing, and no state stays in the system. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  private readonly stirs = {
    once: (wake: () => void): void => {
      this.stirred.once(wake)
      // Not before somebody waits: until then what comes is left to TCP.
      if (this.isHeard) return
      this.isHeard = true
      this.socket.on("readable", this.stirred.notify)
    },
  }

  private until(isReady: () => boolean): Effect.Effect<void, ConnectionLost> {
    return Signal.look(this.stirs, () => (isReady() ? Effect.void : this.ended && Effect.fail(this.ended)))
  }
}

const malformed = (frame: Malformed): Effect.Effect<never, MalformedFrame> =>
  Effect.fail(new MalformedFrame({ reason: frame.malformed }))

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
