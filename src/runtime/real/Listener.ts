/**
 * A machine's listening socket and the readers of the connections that are let in. One fiber owns each: it reads
 * on demand and waits where the inbox has no room, so backpressure reaches the sender's TCP. Anything malformed
 * or untrue is refused and its connection closed, with no effect on the machine.
 */
import * as net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import type { Admission } from "./Admission.ts"
import type { CommittedSends } from "./CommittedSends.ts"
import { Inbound, type Inbounds } from "./Inbound.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import { bindFailed, type PortsExhausted } from "./PortsExhausted.ts"
import type { Reason, Refusals } from "./Refusals.ts"

class FrameRefused extends Data.TaggedError("FrameRefused")<{
  readonly cause: Reason
  readonly detail: string
}> {}

export interface ListenerOptions {
  readonly machine: LiveMachine
  readonly host: string
  /** By sender, what the record says it has sent to this machine. */
  readonly sends: ReadonlyMap<number, CommittedSends>
  readonly admission: Admission
  readonly inbounds: Inbounds
  readonly refusals: Refusals
  /** Lets the ticks be made that are due, between two messages. */
  readonly ringDue: () => void
}

const takeIn = (inbound: Inbound, { inbounds, machine, refusals, ringDue }: ListenerOptions) => {
  const { connection, sends } = inbound
  const { sender } = sends

  const accepted = ({ sendVersion }: Message): Effect.Effect<void> | undefined => {
    // A machine that has stopped takes nothing in: what still comes is in flight.
    if (inbound.mark < sendVersion) return Effect.never
    inbound.reading = true
    return undefined
  }
  const meet = (message: Message, isNext: boolean): Effect.Effect<void, FrameRefused> | undefined => {
    if (!isNext)
      return new FrameRefused({
        cause: "never sent",
        detail: `it is not what machine ${sender} sent next by the record`,
      })
    inbounds.prove(inbound)
    const rest = machine.accept(message)
    return rest === undefined
      ? accepted(message)
      : Effect.flatMap(rest, () => accepted(message) ?? Effect.void)
  }
  return connection.each<FrameRefused | RunUnknown | StoreUnavailable>((frame) => {
    if (frame.frame === "heartbeat") return undefined
    if (frame.frame !== "message")
      return new FrameRefused({
        cause: "out of place",
        detail: `machine ${sender}, as a sender, must not send a ${frame.frame}`,
      })
    ringDue()
    const { sendVersion, senderLamport, sentAtUs } = frame
    if (sendVersion <= inbound.mark) {
      refusals.repeated++
      return undefined
    }
    inbound.reading = false
    const message: Message = { sender, sendVersion, senderLamport, sentAtUs, ...Purpose.carried(frame) }
    const isNext = sends.isNext(message, inbound.mark)
    return typeof isNext === "boolean"
      ? meet(message, isNext)
      : Effect.flatMap(isNext, (found) => meet(message, found) ?? Effect.void)
  })
}

const serve = (inbound: Inbound, options: ListenerOptions): Effect.Effect<void> => {
  const { machine } = options.machine
  const refuse = (reason: Reason, detail: string) =>
    Effect.sync(() => {
      options.refusals.refuse("frames", machine, reason, detail)
      inbound.connection.reset()
    })
  return takeIn(inbound, options).pipe(
    Effect.catchTags({
      FrameRefused: ({ cause, detail }) => refuse(cause, detail),
      MalformedFrame: ({ reason }) => refuse("malformed", reason),
      ConnectionLost: () => Effect.void,
      RunUnknown: () => Effect.void,
      StoreUnavailable: () => Effect.void,
    }),
    Effect.ensuring(
      Effect.sync(() => {
        options.inbounds.leave(inbound)
        inbound.connection.close()
      }),
    ),
  )
}

/** Listens on a free port of `host` for as long as the scope is open; succeeds with the port. */
export const listen = (options: ListenerOptions): Effect.Effect<number, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const { admission, host, inbounds, machine, sends } = options
    const readers = yield* FiberSet.makeRuntime<never, void>()
    const door = {
      machine: machine.machine,
      isSender: (sender: number) => sends.has(sender),
      markOf: (sender: number) => machine.markOf(sender),
      letIn: (connection: Inbound["connection"], sender: number) => {
        if (machine.isDown) return connection.reset()
        const inbound = new Inbound(connection, machine, sends.get(sender)!)
        inbounds.enter(inbound)
        inbound.reader = readers(serve(inbound, options))
      },
    }
    const server = yield* Effect.acquireRelease(
      Effect.async<net.Server, PortsExhausted>((resume) => {
        const made = net.createServer((socket) => admission.consider(socket, door))
        // Also later: where the system gives no descriptor for a connection, that one is lost and nothing else.
        made.on("error", (error) => resume(Effect.fail(bindFailed(machine.machine, error))))
        made.listen({ port: 0, host, backlog: Limits.listenBacklog }, () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close()),
    )
    return (server.address() as net.AddressInfo).port
  })
