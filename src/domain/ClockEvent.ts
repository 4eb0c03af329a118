/**
 * The events of a run. Machine 0 is the run's own stream; machines 1..N record clock events (`internal`,
 * `sent`, `received`) and, outside happened-before, what else befalls them. Kinds are only ever added.
 *
 * Times are microseconds since the Unix epoch, queue lengths are messages, clocks are Lamport's.
 *
 * A run of our own says all of this of every event. A log that came from elsewhere may not: `Recorded` is what any
 * run may hold, with null for what is not said, and `Logged` what ours do.
 */
import type { UnderWay } from "./Change.ts"
import type { Fault } from "./Fault.ts"
import type { Imported, Match, Origin } from "./Imported.ts"
import type { AnyDelivery, Delivery, HeldBack } from "./Message.ts"
import type { Purposed } from "./Purpose.ts"
import type { RunConfig } from "./RunConfig.ts"

/** By the run's policy from a full inbox; or, of a modelled network, lost on the way, or a second copy. */
export type DropReason = "drop-newest" | "drop-oldest" | "loss" | "duplicate"
export type MissReason = "overdue" | "store-outage"
export type StopReason = "finished" | "interrupted" | "store-lost"

interface Stamp {
  readonly machine: number
  /** 1, 2, 3, ... in the machine's stream, without a gap. */
  readonly version: number
  readonly occurredAtUs: number
}

/** `Unsaid` is null where the log may leave it out. */
interface MachineStamp<Unsaid> extends Stamp {
  readonly lamport: number | Unsaid
  /** Messages in the inbox after the event. */
  readonly queueLength: number | Unsaid
}

/** What any clock event may bear. */
interface Remarks extends Purposed {
  readonly label?: string
  /** Of an imported event: its line, from 1, and its file's place in the run's list, where that is not the first. */
  readonly line?: number
  readonly file?: number
  /** What the log did not say and we made: the clock from the messages, the time from the order. */
  readonly derived?: ReadonlyArray<Derived>
  /** Of an imported receipt: how its send was found, or why not. */
  readonly match?: Match
  /** Its vector clock as the log has it, by machine. */
  readonly vector?: Readonly<Record<string, number>>
}

export type Derived = "lamport" | "occurredAt"

interface Of<Kind extends string, Payload> {
  readonly kind: Kind
  readonly payload: Payload
}

export interface Internal<Unsaid = never> extends MachineStamp<Unsaid>, Of<"internal", Remarks> {}
export interface Sent<Unsaid = never>
  extends MachineStamp<Unsaid>,
    Of<"sent", Remarks & { readonly recipients: ReadonlyArray<number> }> {}
export interface Received<Unsaid = never, Named = Delivery>
  extends MachineStamp<Unsaid>,
    Of<"received", Remarks & HeldBack & Named> {}

export interface Started
  extends MachineStamp<never>,
    Of<
      "started",
      { readonly rate: number; readonly phaseUs: number; readonly peers: ReadonlyArray<number> }
    > {}
export interface Dropped
  extends MachineStamp<never>,
    Of<"dropped", Delivery & { readonly reason: DropReason }> {}
/** Ticks `first` .. `first + count - 1` of the schedule were not made. */
export interface Missed
  extends MachineStamp<never>,
    Of<"missed", { readonly first: number; readonly count: number; readonly reason: MissReason }> {}
/** What was left in the inbox is in flight again after a resume. */
export interface Stopped
  extends MachineStamp<never>,
    Of<"stopped", { readonly reason: StopReason; readonly inbox: ReadonlyArray<Delivery> }> {}
export interface Resumed extends MachineStamp<never>, Of<"resumed", { readonly downUs: number }> {}

/** The first event of a run that somebody asked for: who carries it out appends `run-started` after it. */
export interface RunRequested
  extends Stamp,
    Of<"run-requested", { readonly config: RunConfig; readonly origin?: Origin }> {}

/** A run, and up to which position another has its log: what comes after is that one's own. */
export interface Parent {
  readonly run: string
  readonly position: number
}

/** How a run was forked: from whom, and what was set otherwise, in words. */
export interface Forking extends Parent {
  readonly set: ReadonlyArray<string>
}

/**
 * The first event of a run that goes on from another's log, its parent's: `run-started` follows with the same
 * configuration, which says what is done otherwise; `set` has that in the words in which it was asked for.
 */
export interface RunForked
  extends Stamp,
    Of<
      "run-forked",
      {
        readonly config: RunConfig
        readonly parent: Parent
        readonly set: ReadonlyArray<string>
        /** Of a real parent's messages that had been sent: when they came, by its record. */
        readonly underWay?: ReadonlyArray<UnderWay>
        readonly origin?: Origin
      }
    > {}
/** `occurredAtUs` is the schedule's start. In a log's first event `origin` marks the copy of a run from elsewhere. */
export interface RunStarted extends Stamp, Of<"run-started", RunConfig & { readonly origin?: Origin }> {}
export interface RunResumed extends Stamp, Of<"run-resumed", { readonly downUs: number }> {}
/** A fault of the configuration, at the time when it was due or as soon after as it could be. */
export interface FaultInjected extends Stamp, Of<"fault-injected", Fault> {}
export interface RunFinished extends Stamp, Of<"run-finished", Record<string, never>> {}

/** The first event of a run that came from elsewhere. */
export interface RunImported extends Stamp, Of<"run-imported", Imported> {}

export type ClockEvent = Internal | Sent | Received
export type MachineEvent = ClockEvent | Started | Dropped | Missed | Stopped | Resumed
export type RunEvent = RunRequested | RunForked | RunStarted | RunResumed | RunFinished | FaultInjected
export type LabEvent = MachineEvent | RunEvent

export type AnyClockEvent = Internal<null> | Sent<null> | Received<null, AnyDelivery>
export type AnyMachineEvent = AnyClockEvent | Exclude<MachineEvent, ClockEvent>
export type AnyRunEvent = RunEvent | RunImported
export type AnyEvent = AnyMachineEvent | AnyRunEvent
export type Kind = AnyEvent["kind"]

/** An event in the log of its run: positions 1, 2, 3, ... in the order of commits. */
export type Logged<E extends AnyEvent = LabEvent> = E & { readonly position: number }
/** The same, of any run. */
export type Recorded = Logged<AnyEvent>

/** Whether it is another copy of a message that is dropped, not the message itself. */
export const isSecondCopy = ({ payload }: Dropped): boolean => payload.reason === "duplicate"

/** Whether what was dropped had not been in the inbox: it is dropped as it comes. */
export const isRefused = (reason: DropReason): boolean => reason !== "drop-oldest"

const clockKinds: ReadonlySet<string> = new Set(["internal", "sent", "received"])

export const isClockEvent = <E extends AnyEvent>(
  event: E,
): event is E & { readonly kind: ClockEvent["kind"] } => clockKinds.has(event.kind)

export const isRunEvent = <E extends AnyEvent>(
  event: E,
): event is E & { readonly kind: AnyRunEvent["kind"] } => event.machine === 0

/** Whether an event says all that those of our own runs say, as nothing but an imported log's may leave out. */
export const isWhole = (event: Recorded): event is Logged => {
  if (event.kind === "run-imported") return false
  if (isRunEvent(event) || !isClockEvent(event)) return true
  if (event.lamport === null || event.queueLength === null) return false
  return (
    event.kind !== "received" ||
    (event.payload.sendVersion !== null &&
      event.payload.arrivedAtUs !== null &&
      event.payload.senderLamport !== null)
  )
}

/** An event's address, the same everywhere: machine/version. */
export const address = (event: { readonly machine: number; readonly version: number }): string =>
  `${event.machine}/${event.version}`
