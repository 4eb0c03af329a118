/** The event log in memory: for tests, and for whoever wants a run that leaves nothing behind. */
import * as Effect from "effect/Effect"
import type { LabEvent, Logged, Sent } from "../domain/ClockEvent.ts"
import {
  type EventLogShape,
  Fenced,
  HeadMismatch,
  type Ownership,
  RunExists,
  RunHeld,
  RunUnknown,
} from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as RecordDecoder from "../domain/RecordDecoder.ts"

interface StoredRun {
  readonly events: Array<Logged>
  readonly versions: Map<number, number>
  owner: string | null
  epoch: number
  leaseUntilMs: number
  lastBatch: string | null
}

/** Streams rise by one: whatever else is offered would not be in a Postgres either. */
const checkVersions = (stored: StoredRun, events: ReadonlyArray<LabEvent>): Map<number, number> => {
  const versions = new Map(stored.versions)
  for (const { machine, version } of events) {
    if (version <= (versions.get(machine) ?? 0))
      throw new Error(`Cannot append ${machine}/${version}: the stream is at ${versions.get(machine)}`)
    versions.set(machine, version)
  }
  return versions
}

/** `nowMs` is the clock that leases go by. */
export const make = (nowMs: () => number = () => performance.now()): EventLogShape => {
  const runs = new Map<string, StoredRun>()

  const find = (run: string): Effect.Effect<StoredRun, RunUnknown> =>
    Effect.suspend(() => {
      const stored = runs.get(run)
      return stored === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(stored)
    })

  const owned = ({ run, owner, epoch }: Ownership): Effect.Effect<StoredRun, RunUnknown | Fenced> =>
    Effect.flatMap(find(run), (stored) =>
      stored.epoch === epoch && stored.owner === owner
        ? Effect.succeed(stored)
        : Effect.fail(new Fenced({ run, epoch, foundEpoch: stored.epoch, foundOwner: stored.owner })),
    )

  const append: EventLogShape["append"] = (ownership, expected, batch, events) =>
    Effect.flatMap(owned(ownership), (stored) => {
      const found = stored.events.length
      if (found !== expected)
        return Effect.fail(
          new HeadMismatch({ run: ownership.run, expected, found, lastBatch: stored.lastBatch }),
        )
      return Effect.sync(() => {
        const versions = checkVersions(stored, events)
        for (const [machine, version] of versions) stored.versions.set(machine, version)
        for (const event of events) stored.events.push({ ...event, position: stored.events.length + 1 })
        stored.lastBatch = batch
        return stored.events.length
      })
    })

  return {
    create: (run, owner) =>
      Effect.suspend(() => {
        if (runs.has(run)) return Effect.fail(new RunExists({ run }))
        const leaseUntilMs = nowMs() + Limits.leaseDurationMs
        runs.set(run, { events: [], versions: new Map(), owner, epoch: 1, leaseUntilMs, lastBatch: null })
        return Effect.succeed({ run, owner, epoch: 1 })
      }),

    claim: (run, owner) =>
      Effect.flatMap(find(run), (stored) => {
        if (stored.leaseUntilMs > nowMs())
          return Effect.fail(new RunHeld({ run, owner: stored.owner ?? "somebody" }))
        stored.owner = owner
        stored.epoch++
        stored.leaseUntilMs = nowMs() + Limits.leaseDurationMs
        return Effect.succeed({ run, owner, epoch: stored.epoch, head: stored.events.length })
      }),

    append,

    recordsPerAppend: Limits.eventsPerBlock,

    appendRecords: (ownership, expected, batch, records) =>
      Effect.suspend(() => append(ownership, expected, batch, RecordDecoder.events(records))),

    renew: (ownership) =>
      Effect.map(owned(ownership), (stored) => {
        stored.leaseUntilMs = nowMs() + Limits.leaseDurationMs
      }),

    release: (ownership) =>
      owned(ownership).pipe(
        Effect.tap((stored) =>
          Effect.sync(() => {
            stored.leaseUntilMs = Number.NEGATIVE_INFINITY
          }),
        ),
        Effect.ignore,
      ),

    head: (run) =>
      Effect.map(find(run), (stored) => ({
        position: stored.events.length,
        owner: stored.owner,
        epoch: stored.epoch,
        leased: stored.leaseUntilMs > nowMs(),
        leasedForMs: Math.max(0, stored.leaseUntilMs - nowMs()),
        lastBatch: stored.lastBatch,
      })),

    read: ({ run, after, limit, machine }) =>
      Effect.map(find(run), ({ events }) =>
        machine === undefined
          ? events.slice(after, after + limit)
          : events
              .slice(after)
              .filter((event) => event.machine === machine)
              .slice(0, limit),
      ),

    readSends: ({ run, sender, recipient, afterVersion, limit }) =>
      Effect.map(find(run), ({ events }) =>
        events
          .filter(
            (event): event is Logged<Sent> =>
              event.kind === "sent" &&
              event.machine === sender &&
              event.version > afterVersion &&
              event.payload.recipients.includes(recipient),
          )
          .slice(0, limit),
      ),
  }
}
