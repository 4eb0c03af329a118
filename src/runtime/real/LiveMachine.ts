/**
 * A machine while it lives: the decider's state, its inbox, and how far the store has acknowledged it. All that
 * changes it is synchronous, so its fiber and the readers that fill its inbox never see it half-changed.
 */
import * as Effect from "effect/Effect"
import type { DropReason, MachineEvent } from "../../domain/ClockEvent.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Machine from "../../domain/Machine.ts"
import type { Delivery, Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import type { Overflow } from "../../domain/RunConfig.ts"
import type { LinkStanding } from "../../domain/Standing.ts"
import * as Signal from "../Signal.ts"
import { Inbox } from "./Inbox.ts"
import type { MonotonicClock } from "./MonotonicClock.ts"

type WithoutStamp<T> = T extends unknown ? Omit<T, "atUs" | "queueLength"> : never

export interface LiveMachineOptions {
  readonly state: Machine.MachineState
  readonly tickRateHz: number
  readonly capacity: number
  readonly overflow: Overflow
  readonly clock: MonotonicClock
  /** By sender: what of its messages is disposed of. */
  readonly links?: ReadonlyMap<number, Pick<LinkStanding, "mark" | "passed">>
  /** Takes an event for the log; it is acknowledged later by `acknowledge`. */
  readonly record: (event: MachineEvent) => void
}

export class LiveMachine {
  readonly machine: number
  readonly tickRateHz: number
  readonly inbox: Inbox
  readonly clock: MonotonicClock
  state: Machine.MachineState
  /** Of its last tick, microseconds; for those who watch. */
  latenessUs = 0
  last: MachineEvent | undefined
  private readonly overflow: Overflow
  private readonly record: (event: MachineEvent) => void
  private readonly marks = new Map<number, number>()
  /** Beyond the mark, disposed of in a life before. */
  private readonly passed = new Map<number, Set<number>>()
  private readonly acknowledgement = Signal.make()
  private acknowledged: number
  private lastStampUs = 0
  private stopped = false
  /**
   * What comes before its life has begun waits, as an inbox is empty then. A paused machine stands still; one that is
   * down is gone until it is restarted.
   */
  private condition: "unborn" | "up" | "paused" | "down" = "unborn"
  private readonly recovery = Signal.make()
  /** By sender: the last that was taken out of the inbox, and those refused at the door since. */
  private readonly taken = new Map<number, number>()
  private readonly refused = new Map<number, Set<number>>()

  constructor(options: LiveMachineOptions) {
    this.machine = options.state.machine
    this.tickRateHz = options.tickRateHz
    this.state = options.state
    this.inbox = new Inbox(options.capacity)
    this.clock = options.clock
    this.overflow = options.overflow
    this.record = options.record
    this.acknowledged = options.state.version
    for (const [sender, { mark, passed }] of options.links ?? []) {
      this.marks.set(sender, mark)
      this.taken.set(sender, mark)
      if (passed.size > 0) this.passed.set(sender, new Set(passed))
    }
  }

  /** Waits until no more than W events are ahead of the store. */
  readonly window: Effect.Effect<void> = Effect.suspend(() =>
    this.mayDecide ? Effect.void : Effect.zipRight(this.acknowledgement.wait, this.window),
  )

  get mayDecide(): boolean {
    return this.state.version - this.acknowledged < Limits.maxUnacknowledgedEvents
  }

  acknowledge(version: number): void {
    this.acknowledged = version
    this.acknowledgement.notify()
  }

  /** Calls back at the next acknowledgement. */
  onceAcknowledged(wake: () => void): void {
    this.acknowledgement.once(wake)
  }

  get isUp(): boolean {
    return this.condition === "up"
  }

  get isDown(): boolean {
    return this.condition === "down"
  }

  /** Calls back when it stands still no more. */
  onceUp(wake: () => void): void {
    this.recovery.once(wake)
  }

  pause(): void {
    if (this.isUp) this.condition = "paused"
  }

  unpause(): void {
    if (this.condition === "paused") this.recover()
  }

  /** Its inbox is gone; what lay in it is in flight again. Whoever is at its door must be sent away. */
  crash(): void {
    if (this.isDown) return
    this.condition = "down"
    while (this.inbox.take() !== undefined);
    for (const sender of this.marks.keys()) {
      const mark = this.taken.get(sender) ?? 0
      this.marks.set(sender, mark)
      const passed = [...(this.passed.get(sender) ?? []), ...(this.refused.get(sender) ?? [])]
      this.passed.set(sender, new Set(passed.filter((version) => version > mark).sort((a, b) => a - b)))
    }
    this.refused.clear()
  }

  /** As from its log: the clock and the generator are where its last event left them. */
  restart(downUs: number): void {
    if (!this.isDown) return
    this.put({ input: "resume", downUs })
  }

  private recover(): void {
    this.condition = "up"
    this.recovery.notify()
  }

  private take(): Delivery | undefined {
    const delivery = this.inbox.take()
    if (delivery === undefined) return undefined
    const { sender, sendVersion } = delivery
    this.taken.set(sender, sendVersion)
    const refused = this.refused.get(sender)
    for (const version of refused ?? []) {
      if (version > sendVersion) break
      refused!.delete(version)
    }
    return delivery
  }

  tick(dueUs: number): void {
    const atUs = this.stampUs()
    this.latenessUs = atUs - dueUs
    const taken = Machine.owes(this.state) ? undefined : this.take()
    this.apply(Machine.decide(this.state, { input: "tick", taken, atUs, queueLength: this.inbox.length }))
  }

  /** Anything else than a tick. */
  put(input: WithoutStamp<Exclude<Machine.Input, { input: "tick" }>>): void {
    const at = { atUs: this.stampUs(), queueLength: this.inbox.length }
    this.apply(Machine.decide(this.state, { ...input, ...at } as Machine.Input))
    if (input.input === "start" || input.input === "resume") this.recover()
  }

  stop(reason: "finished" | "interrupted" | "store-lost"): void {
    // One that is down writes nothing more: its stream ends as a crash leaves it.
    if (this.stopped || this.isDown) return
    this.put({ input: "stop", reason, inbox: this.inbox.contents() })
    this.stopped = true
  }

  /** The send version up to which `sender`'s messages are disposed of or in the inbox. */
  markOf(sender: number): number {
    return this.marks.get(sender) ?? 0
  }

  /**
   * Lets a message in, waiting for room or dropping as the policy says. One that was had before is passed
   * over; one that comes after the stop stays in flight. Looking and letting in are one step, since a fiber may
   * give way between two and another fill the room. It is done at once where it can be; else what is left is given.
   */
  accept(message: Message): Effect.Effect<void> | undefined {
    if (!this.isUp) return this.acceptAfter(this.recovery.wait, message)
    if (this.stopped || message.sendVersion <= this.markOf(message.sender)) return undefined
    if (this.passesOver(message)) return undefined
    if (!this.inbox.full) this.arrive(message)
    else if (this.overflow === "backpressure") return this.acceptAfter(this.inbox.room.wait, message)
    else if (!this.mayDecide) return this.acceptAfter(this.window, message)
    else this.drop(message, this.overflow as DropReason)
    return undefined
  }

  private acceptAfter(wait: Effect.Effect<void>, message: Message): Effect.Effect<void> {
    return Effect.flatMap(wait, () => this.accept(message) ?? Effect.void)
  }

  private passesOver({ sender, sendVersion }: Message): boolean {
    const passed = this.passed.get(sender)
    if (passed?.delete(sendVersion) !== true) return false
    if (passed.size === 0) this.passed.delete(sender)
    this.marks.set(sender, sendVersion)
    return true
  }

  private arrive(message: Message): void {
    this.marks.set(message.sender, message.sendVersion)
    this.inbox.push(this.delivered(message))
  }

  private drop(message: Message, reason: DropReason): void {
    if (reason === "drop-newest") {
      const { sender, sendVersion } = message
      this.marks.set(sender, sendVersion)
      const refused = this.refused.get(sender) ?? new Set()
      this.refused.set(sender, refused.add(sendVersion))
      this.put({ input: "drop", dropped: { ...this.delivered(message), reason } })
      return
    }
    this.put({ input: "drop", dropped: { ...this.take()!, reason } })
    this.arrive(message)
  }

  private delivered(message: Message): Delivery {
    return {
      sender: message.sender,
      sendVersion: message.sendVersion,
      senderLamport: message.senderLamport,
      sentAtUs: message.sentAtUs,
      arrivedAtUs: this.stampUs(),
      ...Purpose.carried(message),
    }
  }

  private apply(event: MachineEvent): void {
    this.state = Machine.evolve(this.state, event)
    this.last = event
    this.record(event)
  }

  /** Stamps of one machine, arrivals included, strictly rise. */
  private stampUs(): number {
    this.lastStampUs = Math.max(this.clock.nowUs(), this.lastStampUs + 1)
    return this.lastStampUs
  }
}
