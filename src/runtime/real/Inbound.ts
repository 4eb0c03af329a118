/**
 * Connections on which a sender has been let in. Whoever knows the secret can open some, so none counts for the
 * sender's until it has brought the next message of the record: that one replaces the one before, which is then
 * half-open, and nobody can push it out. The others are bounded together, and the oldest of them goes first.
 */
import * as FiberId from "effect/FiberId"
import * as Limits from "../../domain/Limits.ts"
import type { CommittedSends } from "./CommittedSends.ts"
import type { Connection } from "./Connection.ts"
import * as Frame from "./Frame.ts"
import type { LinkTiming } from "./LinkTiming.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import type { Refusals } from "./Refusals.ts"

interface Interruptible {
  readonly unsafeInterruptAsFork: (by: FiberId.FiberId) => void
}

export class Inbound {
  readonly connection: Connection
  readonly machine: LiveMachine
  readonly sends: CommittedSends
  /** While it waits for room it hears nobody, so nobody's silence counts. */
  reading = true
  /** The fiber that reads it. */
  reader: Interruptible | undefined
  private acknowledged: number
  private acknowledgedAtMs = performance.now()

  constructor(connection: Connection, machine: LiveMachine, sends: CommittedSends) {
    this.connection = connection
    this.machine = machine
    this.sends = sends
    this.acknowledged = this.mark
  }

  get mark(): number {
    return this.machine.markOf(this.sends.sender)
  }

  /** Acknowledges what has come since the last time; otherwise says now and then that this end lives. */
  pulse(nowMs: number, timing: LinkTiming): void {
    const { mark } = this
    const due = nowMs - this.acknowledgedAtMs >= Limits.acknowledgementDelayMs
    if (mark > this.acknowledged && (due || mark - this.acknowledged >= Limits.maxHeldMessagesPerLink / 4)) {
      if (this.connection.say(Frame.ack(mark))) {
        this.acknowledged = mark
        this.acknowledgedAtMs = nowMs
      }
    } else if (nowMs - this.connection.saidAtMs >= timing.heartbeatMs) this.connection.say(Frame.heartbeat())
    if (this.reading && nowMs - this.connection.heardAtMs >= timing.silenceMs) this.connection.close()
  }

  /** Also where its reader waits for room, and so does not look at the socket. */
  close(): void {
    this.connection.reset()
    this.reader?.unsafeInterruptAsFork(FiberId.none)
  }
}

export class Inbounds {
  private readonly unproven = new Set<Inbound>()
  private readonly proven = new Map<CommittedSends, Inbound>()
  private readonly mostUnproven: number
  private readonly refusals: Refusals

  constructor(mostUnproven: number, refusals: Refusals) {
    this.mostUnproven = mostUnproven
    this.refusals = refusals
  }

  enter(inbound: Inbound): void {
    for (const oldest of this.unproven) {
      if (this.unproven.size < this.mostUnproven) break
      this.unproven.delete(oldest)
      oldest.close()
      this.refusals.refuse(
        "connections",
        oldest.machine.machine,
        "too many",
        "it brought no message while too many others came",
      )
    }
    this.unproven.add(inbound)
  }

  leave(inbound: Inbound): void {
    this.unproven.delete(inbound)
    if (this.proven.get(inbound.sends) === inbound) this.proven.delete(inbound.sends)
  }

  /** It has brought the next message of the record. */
  prove(inbound: Inbound): void {
    const before = this.proven.get(inbound.sends)
    if (before === inbound) return
    this.unproven.delete(inbound)
    this.proven.set(inbound.sends, inbound)
    before?.close()
  }

  /** Ends what stands at a machine's door. */
  closeOf(machine: LiveMachine): void {
    for (const inbound of [...this.unproven, ...this.proven.values()])
      if (inbound.machine === machine) inbound.close()
  }

  get size(): number {
    return this.unproven.size + this.proven.size
  }

  *[Symbol.iterator](): Iterator<Inbound> {
    yield* this.unproven
    yield* this.proven.values()
  }
}
