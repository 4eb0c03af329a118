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
import type { Fault } from "../../domain/Fault.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import { Admission } from "./Admission.ts"
import { CommittedSends } from "./CommittedSends.ts"
import * as Frame from "./Frame.ts"
import { Inbounds } from "./Inbound.ts"
import { Link } from "./Link.ts"
import * as LinkTiming from "./LinkTiming.ts"
import * as Listener from "./Listener.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import type { MonotonicClock } from "./MonotonicClock.ts"
import { Outbox } from "./Outbox.ts"
import { checkDescriptors, mayBeUnproven, type PortsExhausted } from "./PortsExhausted.ts"
import { Refusals } from "./Refusals.ts"
import { Round } from "./Round.ts"

export interface Mesh {
  /** Hands a committed send to its links. */
  readonly send: (event: Sent) => void
  /** What a fault does to links, and to the connections of a machine. */
  readonly fault: (fault: Fault) => void
  /** What came to the machines' ports and was not let in. */
  readonly refusals: Refusals
}

/** How the machines are reached; what is left out is what a run has. */
export interface Network {
  /** The address at which the ports listen; the loopback's if it is not given. */
  readonly host?: string
  readonly timing?: LinkTiming.LinkTiming
  /** Drawn at random for each run. */
  readonly secret?: Uint8Array
  /** The port by which a link reaches its recipient's: for a network with faults in between. */
  readonly route?: (link: {
    readonly sender: number
    readonly recipient: number
    readonly port: number
  }) => number
}

export interface MeshOptions extends Network {
  readonly run: string
  readonly machines: ReadonlyArray<LiveMachine>
  readonly clock: MonotonicClock
  /** Lets the ticks be made that are due, between two messages. */
  readonly ringDue: () => void
  /** The distinct machines that a machine may send to. */
  readonly recipientsOf: (machine: number) => ReadonlyArray<number>
  /** The last send version of a link that was committed before; 0 where there is none. */
  readonly knownOf: (sender: number, recipient: number) => number
  readonly log: Pick<EventLogShape, "readSends">
}

/** All addresses of a host are no address to connect to. */
const reachedAt = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host)

/** The sending ends of a machine's links by recipient, the receiving ends of the same by sender. */
interface Ends {
  readonly links: Map<number, Link>
  readonly sends: Map<number, CommittedSends>
}

export const make = (options: MeshOptions): Effect.Effect<Mesh, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const { run, machines, clock, ringDue, recipientsOf, knownOf, log } = options
    const links = machines.reduce((sum, { machine }) => sum + recipientsOf(machine).length, 0)
    yield* checkDescriptors(machines.length, links)
    const { host = "127.0.0.1", timing = LinkTiming.defaults, route = ({ port }) => port } = options
    const secret = options.secret ?? randomBytes(Frame.secretBytes)
    const refusals = new Refusals()
    const others = mayBeUnproven(machines.length, links)
    const admission = new Admission(run, secret, others, refusals)
    const inbounds = new Inbounds(links + others, refusals)
    const ends = new Map<number, Ends>()
    for (const { machine } of machines) ends.set(machine, { links: new Map(), sends: new Map() })
    const markOf = (sender: number, recipient: number) => machines[recipient - 1]!.markOf(sender)
    for (const { machine: sender } of machines)
      for (const recipient of recipientsOf(sender)) {
        const ahead = new Outbox(markOf(sender, recipient), knownOf(sender, recipient))
        ends.get(recipient)!.sends.set(sender, new CommittedSends({ run, sender, recipient }, log, ahead))
      }

    const ports = new Map<number, number>()
    for (const machine of machines) {
      const { sends } = ends.get(machine.machine)!
      const listening = { machine, host, sends, admission, inbounds, refusals, ringDue }
      ports.set(machine.machine, yield* Listener.listen(listening))
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => admission.close()))

    for (const { machine: sender } of machines)
      for (const recipient of recipientsOf(sender)) {
        const port = route({ sender, recipient, port: ports.get(recipient)! })
        const known = knownOf(sender, recipient)
        const to = { host: reachedAt(host), port }
        const link = new Link({ run, secret, sender, recipient, ...to, timing, clock, known, log })
        ends.get(sender)!.links.set(recipient, link)
      }
    const all = [...ends.values()].flatMap((of) => [...of.links.values()])
    yield* Effect.forEach(all, bringUp, { concurrency: Limits.connectConcurrency, discard: true })

    const say = (lines: ReadonlyArray<string>) =>
      Effect.forEach(lines, (line) => Effect.logWarning(line), { discard: true })
    yield* Effect.addFinalizer(() => say([...refusals.take(performance.now()), ...refusals.rest()]))
    const sending = new Round(all, () => all.length, Limits.linkPulseSteps)
    const receiving = new Round(inbounds, () => inbounds.size, Limits.linkPulseSteps)
    const pulse = () => {
      const nowMs = performance.now()
      sending.step((link) => link.pulse(nowMs))
      receiving.step((inbound) => inbound.pulse(nowMs, timing))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => setInterval(pulse, Limits.linkPulseMs / Limits.linkPulseSteps)),
      (timer) => Effect.sync(() => clearInterval(timer)),
    )
    yield* Effect.suspend(() => {
      const nowMs = performance.now()
      admission.pulse(nowMs)
      return say(refusals.take(nowMs))
    }).pipe(Effect.delay(Duration.millis(Limits.linkPulseMs)), Effect.forever, Effect.forkScoped)
    return {
      refusals,
      send: (event) => deliver(ends, event),
      fault: (fault) => {
        if ("machine" in fault) ofMachine(fault, machines[fault.machine - 1]!, ends, inbounds)
        else ofLink(fault, ends.get(fault.from)!.links.get(fault.to)!)
      },
    }
  })

/** A machine that is gone neither hears nor is heard; back again, it has had no more than its log says. */
const ofMachine = (
  { fault }: Extract<Fault, { machine: number }>,
  machine: LiveMachine,
  ends: ReadonlyMap<number, Ends>,
  inbounds: Inbounds,
): void => {
  const { links, sends } = ends.get(machine.machine)!
  if (fault === "crash") {
    for (const link of links.values()) link.hold(fault)
    inbounds.closeOf(machine)
    for (const [sender, committed] of sends) committed.rewind(machine.markOf(sender))
  }
  if (fault === "restart") for (const link of links.values()) link.release("crash")
}

const ofLink = (fault: Extract<Fault, { from: number }>, link: Link): void => {
  if (fault.fault === "cut") link.hold(fault.fault)
  if (fault.fault === "delay") link.delay(fault.delayUs)
  if (fault.fault !== "heal") return
  link.release("cut")
  link.delay(0)
}

const bringUp = (link: Link): Effect.Effect<void, PortsExhausted, Scope.Scope> =>
  Effect.gen(function* () {
    const up = yield* Deferred.make<void, PortsExhausted>()
    yield* Effect.forkScoped(link.run(up))
    yield* Deferred.await(up)
  })

/** Its recipient is told of a message before it can come. */
const deliver = (ends: ReadonlyMap<number, Ends>, event: Sent): void => {
  const { machine: sender, version: sendVersion, lamport: senderLamport, occurredAtUs: sentAtUs } = event
  const carried = Purpose.carried(event.payload)
  const message: Message = { sender, sendVersion, senderLamport, sentAtUs, ...carried }
  for (const recipient of event.payload.recipients) {
    ends.get(recipient)?.sends.get(sender)?.offer(message)
    ends.get(sender)?.links.get(recipient)?.offer(message)
  }
}
