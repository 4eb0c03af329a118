/**
 * The events of a run. Machine 0 is the run's own stream; machines 1..N record clock events (`internal`,
 * `sent`, `received`) and, outside happened-before, what else befalls them. Kinds are only ever added.
 *
 * Times are microseconds since the Unix epoch, queue lengths are messages, clocks are Lamport's.
 */
import type { Delivery } from "./Message.ts"
import type { RunConfig } from "./RunConfig.ts"

export type DropReason = "drop-newest" | "drop-oldest"
export type MissReason = "overdue" | "store-outage"
export type StopReason = "finished" | "interrupted" | "store-lost"

interface Stamp {
  readonly machine: number
  /** 1, 2, 3, ... in the machine's stream, without a gap. */
  readonly version: number
  readonly occurredAtUs: number
}

interface MachineStamp extends Stamp {
  readonly lamport: number
  /** Messages in the inbox after the event. */
  readonly queueLength: number
}

interface Of<Kind extends string, Payload> {
  readonly kind: Kind
  readonly payload: Payload
}

export interface Internal extends MachineStamp, Of<"internal", { readonly label?: string }> {}
export interface Sent
  extends MachineStamp,
    Of<"sent", { readonly recipients: ReadonlyArray<number>; readonly label?: string }> {}
export interface Received extends MachineStamp, Of<"received", Delivery> {}

export interface Started
  extends MachineStamp,
    Of<
      "started",
      { readonly rate: number; readonly phaseUs: number; readonly peers: ReadonlyArray<number> }
    > {}
export interface Dropped extends MachineStamp, Of<"dropped", Delivery & { readonly reason: DropReason }> {}
/** Ticks `first` .. `first + count - 1` of the schedule were not made. */
export interface Missed
  extends MachineStamp,
    Of<"missed", { readonly first: number; readonly count: number; readonly reason: MissReason }> {}
/** What was left in the inbox is in flight again after a resume. */
export interface Stopped
  extends MachineStamp,
    Of<"stopped", { readonly reason: StopReason; readonly inbox: ReadonlyArray<Delivery> }> {}
export interface Resumed extends MachineStamp, Of<"resumed", { readonly downUs: number }> {}

/** `occurredAtUs` of `run-started` is the schedule's start. */
export interface RunStarted extends Stamp, Of<"run-started", RunConfig> {}
export interface RunResumed extends Stamp, Of<"run-resumed", { readonly downUs: number }> {}
export interface RunFinished extends Stamp, Of<"run-finished", Record<string, never>> {}

export type ClockEvent = Internal | Sent | Received
export type MachineEvent = ClockEvent | Started | Dropped | Missed | Stopped | Resumed
export type RunEvent = RunStarted | RunResumed | RunFinished
export type LabEvent = MachineEvent | RunEvent
export type Kind = LabEvent["kind"]

/** An event in the log of its run: positions 1, 2, 3, ... in the order of commits. */
export type Logged<E extends LabEvent = LabEvent> = E & { readonly position: number }

export const isClockEvent = (event: LabEvent): event is ClockEvent =>
  event.kind === "internal" || event.kind === "sent" || event.kind === "received"

export const isRunEvent = (event: LabEvent): event is RunEvent => event.machine === 0

/** An event's address, the same everywhere: machine/version. */
export const address = (event: { readonly machine: number; readonly version: number }): string =>
  `${event.machine}/${event.version}`
