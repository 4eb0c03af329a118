/**
 * A machine's listening socket and the readers of the connections that it takes. One fiber owns each
 * connection: it reads on demand and waits where the inbox has no room, so backpressure reaches the sender's
 * TCP. Anything malformed is refused and its connection closed, with no effect on the machine.
 */
import { timingSafeEqual } from "node:crypto"
import * as net from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Connection from "./Connection.ts"
import * as Frame from "./Frame.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import { bindFailed, type PortsExhausted } from "./PortsExhausted.ts"

export interface Admission {
  readonly run: string
  readonly secret: Uint8Array
  /** The machines that send to this one. */
  readonly senders: ReadonlySet<number>
}

/** A connection on which a sender has been let in. */
export class Inbound {
  readonly connection: Connection.Connection
  readonly sender: number
  /** While it waits for room it hears nobody, so nobody's silence counts. */
  reading = true
  private readonly machine: LiveMachine
  private acknowledged: number
  private acknowledgedAtMs = performance.now()

  constructor(connection: Connection.Connection, machine: LiveMachine, sender: number) {
    this.connection = connection
    this.machine = machine
    this.sender = sender
    this.acknowledged = machine.markOf(sender)
  }

  /** Acknowledges what has come since the last time; otherwise says now and then that this end lives. */
  pulse(nowMs: number): void {
    const mark = this.machine.markOf(this.sender)
    const due = nowMs - this.acknowledgedAtMs >= Limits.acknowledgementDelayMs
    if (mark > this.acknowledged && (due || mark - this.acknowledged >= Limits.maxHeldMessagesPerLink / 4)) {
      this.acknowledged = mark
      this.acknowledgedAtMs = nowMs
      this.connection.say(Frame.ack(mark))
    } else if (nowMs - this.connection.saidAtMs >= Limits.heartbeatIntervalMs)
      this.connection.say(Frame.heartbeat())
    if (this.reading && nowMs - this.connection.heardAtMs >= Limits.linkSilenceTimeoutMs)
      this.connection.close()
  }
}

export interface Listener {
  readonly port: number
  readonly inbound: ReadonlySet<Inbound>
}

const refusal = (
  hello: Frame.Hello,
  machine: LiveMachine,
  admission: Admission,
): Frame.Refusal | undefined => {
  if (hello.protocol !== Frame.protocolVersion) return "protocol"
  if (!timingSafeEqual(hello.secret, admission.secret)) return "secret"
  if (hello.run !== admission.run) return "run"
  if (hello.recipient !== machine.machine) return "recipient"
  return admission.senders.has(hello.sender) ? undefined : "sender"
}

const admit = (connection: Connection.Connection, machine: LiveMachine, admission: Admission) =>
  Effect.gen(function* () {
    const hello = yield* connection.read
    if (hello.frame !== "hello")
      return yield* new Frame.MalformedFrame({ reason: "a connection must begin with a handshake" })
    const reason = refusal(hello, machine, admission)
    if (reason !== undefined) {
      yield* connection.write(Frame.refused(reason))
      return yield* new Frame.MalformedFrame({ reason: `the handshake has the wrong ${reason}` })
    }
    yield* connection.write(Frame.welcome(machine.markOf(hello.sender)))
    return hello.sender
  }).pipe(
    Effect.timeoutFail({
      duration: Duration.millis(Limits.handshakeTimeoutMs),
      onTimeout: () => new Frame.MalformedFrame({ reason: "the handshake took too long" }),
    }),
  )

const takeIn = (inbound: Inbound, machine: LiveMachine) =>
  Effect.gen(function* () {
    while (true) {
      const frame = yield* inbound.connection.read
      if (frame.frame === "heartbeat") continue
      if (frame.frame !== "message")
        return yield* new Frame.MalformedFrame({ reason: `a sender must not send a ${frame.frame}` })
      inbound.reading = false
      const message: Message = {
        sender: inbound.sender,
        sendVersion: frame.sendVersion,
        senderLamport: frame.senderLamport,
        sentAtUs: frame.sentAtUs,
      }
      yield* machine.accept(message)
      inbound.reading = true
    }
  })

const serve = (
  socket: net.Socket,
  machine: LiveMachine,
  admission: Admission,
  inbound: Set<Inbound>,
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const connection = yield* Connection.own(socket)
    const sender = yield* admit(connection, machine, admission)
    const entry = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const made = new Inbound(connection, machine, sender)
        inbound.add(made)
        return made
      }),
      (made) => Effect.sync(() => inbound.delete(made)),
    )
    yield* takeIn(entry, machine)
  }).pipe(
    Effect.scoped,
    Effect.catchTag("MalformedFrame", (error) =>
      Effect.logWarning(`machine ${machine.machine} closed a connection: ${error.reason}`),
    ),
    Effect.catchTag("ConnectionLost", () => Effect.void),
  )

/** Listens on a free loopback port for as long as the scope is open. */
export const listen = (
  machine: LiveMachine,
  admission: Admission,
): Effect.Effect<Listener, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const inbound = new Set<Inbound>()
    const readers = yield* FiberSet.makeRuntime<never, void>()
    const server = yield* Effect.acquireRelease(
      Effect.async<net.Server, PortsExhausted>((resume) => {
        const made = net.createServer((socket) => {
          readers(serve(socket, machine, admission, inbound))
        })
        made.maxConnections = Limits.maxConnectionsPerListener
        made.once("error", (error) => resume(Effect.fail(bindFailed(machine.machine, error))))
        made.listen({ port: 0, host: "127.0.0.1", backlog: Limits.maxConnectionsPerListener }, () =>
          resume(Effect.succeed(made)),
        )
      }),
      (made) => Effect.sync(() => made.close()),
    )
    return { port: (server.address() as net.AddressInfo).port, inbound }
  })
