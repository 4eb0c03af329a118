/**
 * The network of a run: every machine's listener and every link, up before the run starts and gone with its
 * scope. One pulse for all of them sends acknowledgements and heartbeats.
 */
import { randomBytes } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Sent } from "../../domain/ClockEvent.ts"
import type { EventLogShape } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Frame from "./Frame.ts"
import { Link } from "./Link.ts"
import * as Listener from "./Listener.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import { checkDescriptors, type PortsExhausted } from "./PortsExhausted.ts"

export interface Mesh {
  /** Hands a committed send to its links. */
  readonly send: (event: Sent) => void
}

export interface MeshOptions {
  readonly run: string
  readonly machines: ReadonlyArray<LiveMachine>
  /** The distinct machines that a machine may send to. */
  readonly recipientsOf: (machine: number) => ReadonlyArray<number>
  /** The last send version of a link that was committed before; 0 where there is none. */
  readonly knownOf: (sender: number, recipient: number) => number
  readonly log: Pick<EventLogShape, "readSends">
}

const pulse = (links: Iterable<Link>, listeners: Iterable<Listener.Listener>): void => {
  const nowMs = performance.now()
  for (const link of links) link.pulse(nowMs)
  for (const listener of listeners) for (const inbound of listener.inbound) inbound.pulse(nowMs)
}

const sendersOf = (options: MeshOptions): Map<number, Set<number>> => {
  const senders = new Map(options.machines.map(({ machine }) => [machine, new Set<number>()]))
  for (const { machine } of options.machines)
    for (const recipient of options.recipientsOf(machine)) senders.get(recipient)?.add(machine)
  return senders
}

export const make = (options: MeshOptions): Effect.Effect<Mesh, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const { run, machines, recipientsOf, knownOf, log } = options
    const links = machines.reduce((sum, { machine }) => sum + recipientsOf(machine).length, 0)
    yield* checkDescriptors(machines.length, links)
    const secret = randomBytes(Frame.secretBytes)
    const senders = sendersOf(options)
    const listeners = new Map<number, Listener.Listener>()
    for (const machine of machines)
      listeners.set(
        machine.machine,
        yield* Listener.listen(machine, { run, secret, senders: senders.get(machine.machine)! }),
      )

    const linksOf = new Map<number, Map<number, Link>>()
    for (const { machine } of machines)
      linksOf.set(
        machine,
        new Map(
          recipientsOf(machine).map((recipient) => {
            const { port } = listeners.get(recipient)!
            const known = knownOf(machine, recipient)
            return [recipient, new Link({ run, secret, sender: machine, recipient, port, known, log })]
          }),
        ),
      )
    const all = [...linksOf.values()].flatMap((of) => [...of.values()])
    yield* Effect.forEach(all, bringUp, { concurrency: Limits.connectConcurrency, discard: true })
    yield* Effect.sync(() => pulse(all, listeners.values())).pipe(
      Effect.delay(Duration.millis(Limits.linkPulseMs)),
      Effect.forever,
      Effect.forkScoped,
    )
    return { send: (event) => deliver(linksOf.get(event.machine)!, event) }
  })

const bringUp = (link: Link): Effect.Effect<void, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const up = yield* Deferred.make<void, PortsExhausted>()
    yield* Effect.forkScoped(link.run(up))
    yield* Deferred.await(up)
  })

const deliver = (links: ReadonlyMap<number, Link>, event: Sent): void => {
  const message: Message = {
    sender: event.machine,
    sendVersion: event.version,
    senderLamport: event.lamport,
    sentAtUs: event.occurredAtUs,
  }
  for (const recipient of event.payload.recipients) links.get(recipient)?.offer(message)
}
