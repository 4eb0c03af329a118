/**
 * The sending end of a link, one fiber for each (sender, recipient). It connects, learns the recipient's mark,
 * offers what lies beyond it in order, and writes what its outbox gives, many frames in one write. A cut link
 * is made anew with backoff; the marks see to it that nothing is lost or doubled.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Signal from "../Signal.ts"
import { readPage } from "./CommittedSends.ts"
import * as Connection from "./Connection.ts"
import * as Frame from "./Frame.ts"
import type { LinkTiming } from "./LinkTiming.ts"
import type { MonotonicClock } from "./MonotonicClock.ts"
import { type Next, Outbox } from "./Outbox.ts"
import { bindFailed, isExhaustion, type PortsExhausted } from "./PortsExhausted.ts"

export interface LinkOptions {
  readonly run: string
  readonly secret: Uint8Array
  readonly sender: number
  readonly recipient: number
  readonly host: string
  readonly port: number
  /** The last send version that was committed before the link was made. */
  readonly known: number
  readonly timing: LinkTiming
  readonly clock: MonotonicClock
  readonly log: Pick<EventLogShape, "readSends">
}

type Broken = Connection.ConnectionLost | Frame.MalformedFrame | RunUnknown | StoreUnavailable

/** Twice as long after each failure, up to a bound, less a random part: links cut together come back apart. */
const backoffMs = (failures: number): number =>
  Math.min(Limits.minBackoffMs * 2 ** (failures - 1), Limits.maxBackoffMs) * (1 - Math.random() / 2)

/** All links gather here, one at a time; what is written is a copy of just its size. */
const gathering = Buffer.alloc(Limits.maxBytesPerWrite)

export class Link {
  readonly options: LinkOptions
  private readonly outbox: Outbox
  private readonly work = Signal.make()
  private connection: Connection.Connection | undefined
  /** Why it must stay down, and how much later than they were sent its messages leave, microseconds. */
  private readonly held = new Set<string>()
  private readonly released = Signal.make()
  private delayUs = 0
  /** Since the last time that it was up. */
  private failures = 0

  constructor(options: LinkOptions) {
    this.options = options
    this.outbox = new Outbox(0, options.known)
  }

  /** A message whose `sent` event is committed. */
  offer(message: Message): void {
    this.outbox.offer(message)
    this.work.notify()
  }

  /** Says now and then that this end lives; cuts a connection whose other end has long been silent. */
  pulse(nowMs: number): void {
    const { connection } = this
    if (connection === undefined) return
    const { heartbeatMs, silenceMs } = this.options.timing
    if (nowMs - connection.saidAtMs >= heartbeatMs) connection.say(Frame.heartbeat())
    if (nowMs - connection.heardAtMs >= silenceMs) connection.close()
  }

  /** Cuts it until it is released for the same reason. */
  hold(reason: string): void {
    this.held.add(reason)
    this.connection?.close()
  }

  release(reason: string): void {
    if (this.held.delete(reason) && this.held.size === 0) this.released.notify()
  }

  delay(delayUs: number): void {
    this.delayUs = delayUs
  }

  private readonly free: Effect.Effect<void> = Effect.suspend(() =>
    this.held.size === 0 ? Effect.void : Effect.zipRight(this.released.wait, this.free),
  )

  /** Runs until interrupted. `up` is settled by the first connection: made, or refused by the system. */
  run(up: Deferred.Deferred<void, PortsExhausted>): Effect.Effect<never> {
    const { sender, recipient } = this.options
    return Effect.zipRight(this.free, Effect.scoped(this.live(up))).pipe(
      Effect.tapError((error) => this.reportExhaustion(error, up)),
      Effect.tapError((error) => Effect.logDebug(`link ${sender} to ${recipient} broke: ${error.message}`)),
      Effect.catchAll(() => Effect.suspend(() => Effect.sleep(backoffMs(++this.failures)))),
      Effect.forever,
    )
  }

  private reportExhaustion(
    error: Broken,
    up: Deferred.Deferred<void, PortsExhausted>,
  ): Effect.Effect<boolean> {
    const code = error._tag === "ConnectionLost" ? error.code : undefined
    return isExhaustion(code)
      ? Deferred.fail(up, bindFailed(this.options.sender, { name: "", message: error.message, code: code! }))
      : Effect.succeed(false)
  }

  private live(up: Deferred.Deferred<void, PortsExhausted>) {
    return Effect.gen(this, function* () {
      const connection = yield* this.connect
      yield* Effect.addFinalizer(() => Effect.sync(() => (this.connection = undefined)))
      this.connection = connection
      this.failures = 0
      yield* Deferred.succeed(up, undefined)
      return yield* Effect.raceFirst(this.writing(connection), this.reading(connection))
    })
  }

  private readonly connect = Effect.suspend(() =>
    Effect.gen(this, function* () {
      const { run, secret, sender, recipient, host, port } = this.options
      const connection = yield* Connection.connect(host, port)
      yield* connection.write(Frame.hello({ run, secret, sender, recipient }))
      const answer = yield* connection.read
      if (answer.frame !== "welcome")
        return yield* new Frame.MalformedFrame({
          reason: `must be welcomed, found ${answer.frame === "refused" ? `refused: ${answer.reason}` : answer.frame}`,
        })
      if (answer.mark > this.outbox.last)
        return yield* new Frame.MalformedFrame({
          reason: `its mark must be of what was sent, found ${answer.mark}`,
        })
      this.outbox.rewind(answer.mark)
      return connection
    }).pipe(
      Effect.timeoutFail({
        duration: Duration.millis(Limits.handshakeTimeoutMs),
        onTimeout: () => new Connection.ConnectionLost({ reason: "the handshake took too long" }),
      }),
      Effect.withSpan("Link.connect", {
        captureStackTrace: false,
        attributes: { sender: this.options.sender, recipient: this.options.recipient },
      }),
    ),
  )

  private reading(connection: Connection.Connection): Effect.Effect<never, Broken> {
    return connection.each((frame) => {
      if (frame.frame === "ack") this.outbox.acknowledge(frame.mark)
      else if (frame.frame !== "heartbeat")
        return new Frame.MalformedFrame({ reason: `a recipient must not send a ${frame.frame}` })
      return undefined
    })
  }

  private writing(connection: Connection.Connection): Effect.Effect<never, Broken> {
    return Effect.forever(
      Signal.look(this.work, () => {
        for (let next = this.outbox.next(); next.next !== "idle"; next = this.outbox.next()) {
          const rest = this.carryOn(connection, next)
          if (rest !== undefined) return rest
        }
        return undefined
      }),
    )
  }

  /** Writes what there is; gives what has to be waited for first. */
  private carryOn(
    connection: Connection.Connection,
    next: Exclude<Next, { readonly next: "idle" }>,
  ): Effect.Effect<void, Broken> | undefined {
    if (next.next === "read-log") return this.readBack(next.afterVersion)
    const dueMs = this.leavesInMs(next.message)
    return dueMs > 0 ? Effect.sleep(Duration.millis(dueMs)) : connection.writeNow(this.gather())
  }

  private leavesInMs({ sentAtUs }: Message): number {
    if (this.delayUs === 0) return 0
    return Math.ceil((sentAtUs + this.delayUs - this.options.clock.nowUs()) / 1_000)
  }

  /** As many frames as make one write. */
  private gather(): Buffer {
    let end = 0
    while (end + Frame.purposedBytes <= gathering.length) {
      const next = this.outbox.next()
      if (next.next !== "message" || this.leavesInMs(next.message) > 0) break
      end = Frame.writeMessage(gathering, end, next.message)
      this.outbox.wrote(next.message)
    }
    return Buffer.from(gathering.subarray(0, end))
  }

  private readBack(afterVersion: number) {
    return Effect.map(readPage(this.options.log, this.options, afterVersion), (page) =>
      this.outbox.load(page),
    )
  }
}
