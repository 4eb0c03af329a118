/**
 * The event log, the port that everything else rests on.
 *
 * One run has one head, and an append advances it by compare-and-set in the transaction that inserts. So
 * positions are 1, 2, 3, ... in the order of commits, a reader's cursor never skips an event that commits
 * late, and an owner that has lost the run (its epoch has been raised) writes nothing. A head for each stream
 * was rejected: a thousand machines would need a thousand compare-and-sets a batch, and positions would need
 * a sequence, whose order is not the order of commits.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { LabEvent, Logged, Recorded, Sent } from "./ClockEvent.ts"
import type { EventRecords } from "./RecordDecoder.ts"

/** The right to append to a run: held by one owner in one epoch, as long as the lease is renewed. */
export interface Ownership {
  readonly run: string
  readonly owner: string
  readonly epoch: number
}

export interface Head {
  readonly position: number
  readonly owner: string | null
  readonly epoch: number
  /** Whether the lease is alive by the store's clock. */
  readonly leased: boolean
  /** For how many milliseconds it still is; 0 if it is not. */
  readonly leasedForMs: number
  readonly lastBatch: string | null
}

export class RunExists extends Data.TaggedError("RunExists")<{ readonly run: string }> {
  override get message() {
    return `Cannot create run ${this.run}: a run of that name exists`
  }
}

export class RunUnknown extends Data.TaggedError("RunUnknown")<{ readonly run: string }> {
  override get message() {
    return `Cannot find run ${this.run}: the store holds no run of that name`
  }
}

/** Another owner's lease is alive. */
export class RunHeld extends Data.TaggedError("RunHeld")<{ readonly run: string; readonly owner: string }> {
  override get message() {
    return `Cannot take run ${this.run}: ${this.owner} is writing it, and its lease is alive`
  }
}

/** The run belongs to a later epoch: whoever gets this error must write nothing more. */
export class Fenced extends Data.TaggedError("Fenced")<{
  readonly run: string
  readonly epoch: number
  readonly foundEpoch: number
  readonly foundOwner: string | null
}> {
  override get message() {
    return `Cannot write run ${this.run}: it was taken over by ${this.foundOwner ?? "nobody"} (epoch ${this.foundEpoch}, ours is ${this.epoch})`
  }
}

/** The head is not where the append expected it, in the right epoch. */
export class HeadMismatch extends Data.TaggedError("HeadMismatch")<{
  readonly run: string
  readonly expected: number
  readonly found: number
  readonly lastBatch: string | null
}> {
  override get message() {
    return `Cannot append to run ${this.run}: its head must be at ${this.expected}, found ${this.found}`
  }
}

/** The store did not answer, or not in time: whether a commit took place is unknown. */
export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{
  readonly doing: string
  readonly reason: string
  readonly cause?: unknown
}> {
  override get message() {
    return `Cannot ${this.doing}: ${this.reason}`
  }
}

export interface ReadFrom {
  readonly run: string
  /** Events after this position. */
  readonly after: number
  /** At most this many events, and of positions up to `after + limit` unless a machine is named. */
  readonly limit: number
  readonly machine?: number
}

export interface EventLogShape {
  /** Makes a run of no events, owned and leased. */
  readonly create: (run: string, owner: string) => Effect.Effect<Ownership, RunExists | StoreUnavailable>

  /** Takes a run whose lease has expired or was given up; raises the epoch. */
  readonly claim: (
    run: string,
    owner: string,
  ) => Effect.Effect<Ownership & { readonly head: number }, RunUnknown | RunHeld | StoreUnavailable>

  /** Appends in one round trip; succeeds with the new head. Either all events are in or none. */
  readonly append: (
    ownership: Ownership,
    expectedHead: number,
    batch: string,
    events: ReadonlyArray<LabEvent>,
  ) => Effect.Effect<number, Fenced | HeadMismatch | RunUnknown | StoreUnavailable>

  /** So many events of records at once are stored well; more would keep others waiting for nothing. */
  readonly recordsPerAppend: number

  /** As `append`, of events that are records: many at once, by the fastest way in that the store has. */
  readonly appendRecords: (
    ownership: Ownership,
    expectedHead: number,
    batch: string,
    records: EventRecords,
  ) => Effect.Effect<number, Fenced | HeadMismatch | RunUnknown | StoreUnavailable>

  /** Prolongs the lease by the store's clock. */
  readonly renew: (ownership: Ownership) => Effect.Effect<void, Fenced | RunUnknown | StoreUnavailable>

  /** Gives the lease up; the run can be claimed at once. */
  readonly release: (ownership: Ownership) => Effect.Effect<void, StoreUnavailable>

  readonly head: (run: string) => Effect.Effect<Head, RunUnknown | StoreUnavailable>

  /** A page of events by position, ascending. An empty page means that the log ends there. */
  readonly read: (from: ReadFrom) => Effect.Effect<ReadonlyArray<Recorded>, RunUnknown | StoreUnavailable>

  /** A page of what one machine sent to another, by version, ascending: the outbox of a link. */
  readonly readSends: (from: {
    readonly run: string
    readonly sender: number
    readonly recipient: number
    readonly afterVersion: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<Logged<Sent>>, RunUnknown | StoreUnavailable>
}

export class EventLog extends Context.Tag("lightcone/EventLog")<EventLog, EventLogShape>() {}
