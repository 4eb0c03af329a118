/** The event log over Kysely and `pg`: the same statements for a native Postgres and the embedded store. */
import * as Effect from "effect/Effect"
import { type CompiledQuery, type RawBuilder, sql } from "kysely"
import type { Logged, Sent } from "../domain/ClockEvent.ts"
import {
  type EventLogShape,
  Fenced,
  type Head,
  HeadMismatch,
  type Ownership,
  RunExists,
  RunHeld,
  RunUnknown,
  type StoreUnavailable,
} from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import * as RecordDecoder from "../domain/RecordDecoder.ts"
import type { Lend } from "./Database.ts"
import * as EventCodec from "./EventCodec.ts"
import * as Query from "./Query.ts"
import { isOurDefect } from "./StoreError.ts"
import type { Log } from "./Tables.ts"

const lease = sql.raw(`clock_timestamp() + interval '${Limits.leaseDurationMs} milliseconds'`)

const lastVersion = sql.lit(Limits.maxPosition)

/**
 * Names, with the run's number, the lock that an append by COPY has for as long as it is open. It keeps nobody out, but
 * tells who holds the head's row: an owner that was stopped on the way holds it for as long as it is not heard of.
 */
const copying = sql.lit(0x4c43)

interface HeadRow {
  readonly run_key: number
  readonly head: number
  readonly epoch: number
  readonly owner: string | null
  readonly leased_for_ms: number
  readonly last_batch: string | null
}

type Advance<V> = Readonly<Record<keyof Ownership | "expectedHead" | "batch" | "count", V>>

/** The head moves if it is where and whose it should be; no row if not. */
const advance = (to: Advance<unknown>): RawBuilder<{ run_key: number; head: number }> => sql`
  update lightcone.run_heads set head = head + ${to.count}, last_batch = ${to.batch}
  where run_id = ${to.run} and head = ${to.expectedHead} and epoch = ${to.epoch} and owner = ${to.owner}
  returning run_key, head`

/** Where the parameters of an append stand in the list of them; the columns' lists come after these. */
const place: Advance<number> = { run: 0, owner: 1, epoch: 2, expectedHead: 3, batch: 4, count: 5 }
const places = Object.keys(place).length

/**
 * One round trip: the head moves and the events come in, or neither. Appends differ in their parameters only, and to put
 * the statement together for each was a third of what a busy recorder left to the garbage collector. So it is compiled
 * once, with places for parameters, and takes a list of them.
 */
const compileAppend = (
  db: Query.Db,
): ((parameters: ReadonlyArray<unknown>) => CompiledQuery<{ head: number }>) => {
  const names = EventCodec.columns.map(([name]) => sql.ref(name))
  const arrays = EventCodec.columns.map(([, type], i) => sql`${places + i}::${sql.raw(type)}[]`)
  const compiled = sql<{ head: number }>`
    with advanced as (${advance(place)}), inserted as (
      insert into lightcone.log (run_key, position, ${sql.join(names)})
      select advanced.run_key, ${place.expectedHead}::integer + event.place::integer, ${sql.join(names.map((name) => sql`event.${name}`))}
      from advanced, unnest(${sql.join(arrays)}) with ordinality as event (${sql.join(names)}, place)
    )
    select head from advanced`.compile(db)
  const order = compiled.parameters as ReadonlyArray<number>
  return (parameters) => ({ ...compiled, parameters: order.map((at) => parameters[at]) })
}

/** Records come in by COPY where connections that take it are lent, else as other events do. */
export const make = (db: Query.Db, lend?: Lend): EventLogShape => {
  const headRow = (run: string) =>
    Effect.flatMap(
      Query.run(`look at the head of run ${run}`, () =>
        sql<HeadRow>`
          select run_key, head, epoch, owner, last_batch, greatest(0, coalesce(extract(epoch from lease_until - clock_timestamp()) * 1000, 0))::float8 as leased_for_ms
          from lightcone.run_heads where run_id = ${run}`.execute(db),
      ),
      ({ rows: [row] }) => (row === undefined ? Effect.fail(new RunUnknown({ run })) : Effect.succeed(row)),
    )

  /** Why an append or a renewal found no row to change. */
  const refused = (ownership: Ownership, expectedHead: number) =>
    Effect.flatMap(
      headRow(ownership.run),
      (found): Effect.Effect<never, Fenced | HeadMismatch> =>
        found.epoch !== ownership.epoch || found.owner !== ownership.owner
          ? Effect.fail(
              new Fenced({
                run: ownership.run,
                epoch: ownership.epoch,
                foundEpoch: found.epoch,
                foundOwner: found.owner,
              }),
            )
          : Effect.fail(
              new HeadMismatch({
                run: ownership.run,
                expected: expectedHead,
                found: found.head,
                lastBatch: found.last_batch,
              }),
            ),
    )

  const create: EventLogShape["create"] = (run, owner) =>
    Effect.flatMap(
      Query.run(`create run ${run}`, () =>
        sql<{ epoch: number }>`
          insert into lightcone.run_heads (run_id, owner, lease_until) values (${run}, ${owner}, ${lease})
          on conflict (run_id) do nothing returning epoch`.execute(db),
      ),
      ({ rows: [row] }) =>
        row === undefined
          ? Effect.fail(new RunExists({ run }))
          : Effect.succeed({ run, owner, epoch: row.epoch }),
    )

  /** Of an owner whose lease has run out: it could not be committed before another has the run, so it must not be after. */
  const endOpenAppend = (run: string) =>
    lend === undefined
      ? Effect.void
      : Query.run(`end what a former owner of run ${run} left open`, () =>
          sql`
            select pg_terminate_backend(pid) from pg_locks, lightcone.run_heads
            where run_id = ${run} and (lease_until is null or lease_until <= clock_timestamp())
              and locktype = 'advisory' and classid = ${copying} and objid = run_key::oid and granted
              and database = (select oid from pg_database where datname = current_database())`.execute(db),
        )

  const claim: EventLogShape["claim"] = (run, owner) =>
    Effect.zipRight(endOpenAppend(run), claimed(run, owner))

  const claimed: EventLogShape["claim"] = (run, owner) =>
    Effect.flatMap(
      Query.run(`claim run ${run}`, () =>
        sql<{ epoch: number; head: number }>`
          update lightcone.run_heads set epoch = epoch + 1, owner = ${owner}, lease_until = ${lease}
          where run_id = ${run} and (lease_until is null or lease_until <= clock_timestamp())
          returning epoch, head`.execute(db),
      ),
      ({ rows: [row] }) =>
        row !== undefined
          ? Effect.succeed({ run, owner, ...row })
          : Effect.flatMap(headRow(run), (found) =>
              Effect.fail(new RunHeld({ run, owner: found.owner ?? "somebody" })),
            ),
    )

  const appendStatement = compileAppend(db)
  const append: EventLogShape["append"] = (ownership, expectedHead, batch, events) =>
    Query.run(`append to run ${ownership.run}`, () => {
      const { run, owner, epoch } = ownership
      const lists = EventCodec.toColumns(events)
      return db.executeQuery(
        appendStatement([run, owner, epoch, expectedHead, batch, events.length, ...lists]),
      )
    }).pipe(
      Effect.catchIf((error) => isOurDefect(error.cause), Effect.die),
      Effect.flatMap(({ rows: [row] }) =>
        row === undefined ? refused(ownership, expectedHead) : Effect.succeed(row.head),
      ),
      Effect.withSpan("EventLog.append", {
        captureStackTrace: false,
        attributes: { run: ownership.run, events: events.length },
      }),
    )

  const appendRecords: EventLogShape["appendRecords"] = (ownership, expectedHead, batch, records) =>
    lend === undefined
      ? Effect.suspend(() => append(ownership, expectedHead, batch, RecordDecoder.events(records)))
      : Query.run(`append to run ${ownership.run}`, async (signal) => {
          const { copyIn } = await import("./RecordCopy.ts")
          const advancing = sql<{ run_key: number; head: number }>`
            with advanced as (${advance({ ...ownership, expectedHead, batch, count: records.events })})
            select run_key, head, pg_try_advisory_xact_lock(${copying}, run_key) from advanced`.compile(db)
          return lend((client) => copyIn(client, advancing, expectedHead, records, signal))
        }).pipe(
          Effect.catchIf((error) => isOurDefect(error.cause), Effect.die),
          Effect.flatMap((head) => (head === null ? refused(ownership, expectedHead) : Effect.succeed(head))),
          Effect.withSpan("EventLog.appendRecords", {
            captureStackTrace: false,
            attributes: { run: ownership.run, events: records.events },
          }),
        )

  const renew: EventLogShape["renew"] = (ownership) =>
    Query.run(`renew the lease of run ${ownership.run}`, () =>
      sql<{ head: number }>`
        update lightcone.run_heads set lease_until = ${lease}
        where run_id = ${ownership.run} and epoch = ${ownership.epoch} and owner = ${ownership.owner}
        returning head`.execute(db),
    ).pipe(
      Effect.flatMap(({ rows: [row] }) => (row === undefined ? refused(ownership, 0) : Effect.void)),
      Effect.catchTag("HeadMismatch", Effect.die),
    )

  /** Without its owner no renewal that is still under way can take the lease up again. */
  const release: EventLogShape["release"] = ({ run, owner, epoch }) =>
    Effect.asVoid(
      Query.run(`give up the lease of run ${run}`, () =>
        sql`
          update lightcone.run_heads set lease_until = null, owner = null
          where run_id = ${run} and epoch = ${epoch} and owner = ${owner}`.execute(db),
      ),
    )

  const head = (run: string): Effect.Effect<Head, RunUnknown | StoreUnavailable> =>
    Effect.map(headRow(run), (row) => ({
      position: row.head,
      owner: row.owner,
      epoch: row.epoch,
      leased: row.leased_for_ms > 0,
      leasedForMs: row.leased_for_ms,
      lastBatch: row.last_batch,
    }))

  const keys = new Map<string, number>()

  /** A page of a run. An empty one may be of a run that was deleted, or whose name was then given again. */
  const pageOf = (
    run: string,
    doing: string,
    query: (key: number) => RawBuilder<Log>,
  ): Effect.Effect<ReadonlyArray<Log>, RunUnknown | StoreUnavailable> =>
    Effect.gen(function* () {
      const rowsOf = (key: number) => Query.run(doing, () => query(key).execute(db))
      const known = keys.get(run)
      if (known !== undefined) {
        const { rows } = yield* rowsOf(known)
        if (rows.length > 0) return rows
        keys.delete(run)
      }
      const { run_key } = yield* headRow(run)
      keys.set(run, run_key)
      return run_key === known ? [] : (yield* rowsOf(run_key)).rows
    })

  /** Sixty-four positions share a key of the index, so both their share and the position itself are asked for. */
  const page = (key: number, after: number, last: number): RawBuilder<Log> => sql<Log>`
    select * from lightcone.log
    where run_key = ${key} and position / 64 between ${after}::integer / 64 and ${last}::integer / 64
      and position > ${after} and position <= ${last}
    order by position`

  /**
   * Where `after` is an event of the stream, as from the second page on, the page is so many versions from its
   * own. Both ends are said: for a database never analysed, a planner sorts the whole rest to get at a limit.
   */
  const stream = (key: number, machine: number, after: number, limit: number): RawBuilder<Log> => {
    const start = sql`(
      select version from lightcone.log
      where run_key = ${key} and position / 64 = ${after}::integer / 64 and position = ${after}
        and machine = ${machine})`
    const before = after === 0 ? sql`0` : start
    return sql<Log>`
      select * from lightcone.log
      where run_key = ${key} and machine = ${machine} and position > ${after}
        and version > coalesce(${before}, 0) and version <= coalesce(${before} + ${limit}::integer, ${lastVersion})
      order by version limit ${limit}`
  }

  const read: EventLogShape["read"] = ({ run, after, limit, machine }) =>
    Effect.map(
      pageOf(run, `read run ${run}`, (key) =>
        machine === undefined
          ? page(key, after, Math.min(after + limit, Limits.maxPosition))
          : stream(key, machine, after, limit),
      ),
      (rows) => rows.map(EventCodec.fromRow),
    )

  const readSends: EventLogShape["readSends"] = ({ run, sender, recipient, afterVersion, limit }) =>
    Effect.map(
      pageOf(
        run,
        `read what machine ${sender} of run ${run} sent`,
        (key) => sql<Log>`
          select * from lightcone.log
          where run_key = ${key} and machine = ${sender} and version > ${afterVersion}
            and kind = ${sql.lit(EventCodec.codeOf("sent"))}
            and ${String(recipient)} = any (string_to_array(recipients, ','))
          order by version limit ${limit}`,
      ),
      (rows) => rows.map((row) => EventCodec.fromRow(row) as Logged<Sent>),
    )

  const recordsPerAppend = lend === undefined ? Limits.eventsPerEmbeddedBlock : Limits.eventsPerBlock
  return { create, claim, append, recordsPerAppend, appendRecords, renew, release, head, read, readSends }
}
