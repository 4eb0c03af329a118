/**
 * `doctor`: whether the store and this machine are as Lightcone needs them, a line each. Nothing is changed. What does not
 * hold says what must and how, with exit code 1; what is only worth knowing is a note.
 *
 * `--json` prints an array of {check, state, found, remedy}: state is "good", "note" or "bad"; remedy is null unless bad.
 */
import * as Effect from "effect/Effect"
import { sql } from "kysely"
import type pg from "pg"
import * as Migrator from "../persistence/Migrator.ts"
import * as Query from "../persistence/Query.ts"
import { harmless, json, line } from "./Output.ts"
import { type Invocation, version } from "./Program.ts"
import * as Projections from "./Projections.ts"
import * as Store from "./Store.ts"

interface Finding {
  readonly check: string
  readonly state: "good" | "note" | "bad"
  readonly found: string
  readonly remedy: string | null
}

const good = (check: string, found: string): Finding => ({ check, state: "good", found, remedy: null })
const noted = (check: string, found: string): Finding => ({ check, state: "note", found, remedy: null })
const bad = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: "bad",
  found,
  remedy,
})

const leastNode = [20, 20]

const versions = (): Finding => {
  const { node, deno } = process.versions as { readonly node: string; readonly deno?: string }
  const found = `lightcone ${version()} on ${deno === undefined ? `Node ${node}` : `Deno ${deno}`}`
  const [major = 0, minor = 0] = node.split(".").map(Number)
  const isOld = major < leastNode[0]! || (major === leastNode[0] && minor < leastNode[1]!)
  return isOld && deno === undefined
    ? bad("versions", found, "Node must be 20.20 or later")
    : good("versions", found)
}

interface Facts {
  readonly server: string
  readonly ssl: boolean | null
  readonly synchronous: string
  readonly fsync: string
  readonly client_port: number | null
  readonly now_ms: number
}

const look = (client: pg.Client) =>
  Query.run("look at the server", async () => {
    const begunMs = Date.now()
    const { rows } = await client.query<Facts>(
      `select current_setting('server_version') as server,
        (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl,
        current_setting('synchronous_commit') as synchronous, current_setting('fsync') as fsync,
        inet_client_port() as client_port,
        (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`,
    )
    return { facts: rows[0]!, begunMs, endedMs: Date.now() }
  })

const ourPort = (client: pg.Client): number | undefined =>
  (client as unknown as { readonly connection: { readonly stream: { readonly localPort?: number } } })
    .connection.stream.localPort

/** What the server sees of our connection is ours, unless somebody stands between. */
const between = ({ client_port }: Facts, client: pg.Client): Finding => {
  const port = ourPort(client)
  if (client_port === null || port === undefined)
    return good("pooler", "a socket of this machine, nobody between")
  return client_port === port
    ? good("pooler", "nobody between")
    : noted(
        "pooler",
        "a pooler or proxy stands between; transaction mode will do, and LIGHTCONE_DIRECT_URL goes past it",
      )
}

const clock = (nowMs: number, begunMs: number, endedMs: number): Finding => {
  const offMs = nowMs < begunMs ? nowMs - begunMs : nowMs > endedMs ? nowMs - endedMs : 0
  const found = `the store's clock is ${Math.abs(offMs) < 1 ? "this machine's" : `${Math.round(Math.abs(offMs))} ms ${offMs < 0 ? "behind" : "ahead of"} ours`}, an answer took ${endedMs - begunMs} ms`
  return Math.abs(offMs) < 1_000
    ? good("clock", found)
    : bad("clock", found, "both clocks must be set by NTP, or events of a resumed run are stamped late")
}

const durability = ({ fsync, synchronous }: Facts, isEmbedded: boolean): Finding => {
  if (isEmbedded) return noted("durability", "embedded: survives a killed process, a power cut it may not")
  return fsync === "on" && synchronous !== "off"
    ? good("durability", `fsync on, synchronous_commit ${synchronous}`)
    : bad(
        "durability",
        `fsync ${fsync}, synchronous_commit ${synchronous}`,
        "both must be on, or a crash of the server loses what it acknowledged",
      )
}

const tls = ({ ssl }: Facts, isEmbedded: boolean): Finding =>
  isEmbedded
    ? good("tls", "not needed: the store is this machine's own")
    : ssl === true
      ? good("tls", "the connection is encrypted")
      : noted("tls", "the connection is plain text; sslmode=verify-full in the URL asks for more")

interface Rights {
  readonly writes: boolean
  readonly changes: boolean
  readonly who: string
}

const rights = (db: Query.Db) =>
  Effect.map(
    Query.run("look at the rights", () =>
      sql<Rights>`
        select current_user as who,
          has_table_privilege('lightcone.log', 'insert') and has_table_privilege('lightcone.run_heads', 'update') as writes,
          has_table_privilege('lightcone.log', 'update') or has_table_privilege('lightcone.log', 'delete') as changes`.execute(
        db,
      ),
    ),
    ({ rows: [row] }): Finding => {
      const { who, writes, changes } = row!
      if (!writes) return noted("rights", `${who} may read, and not write`)
      return changes
        ? noted(
            "rights",
            `${who} may write, and also change events; docs/OPERATIONS.md has a role that may not`,
          )
        : good("rights", `${who} may write events, and neither change nor delete them`)
    },
  )

const schema = (db: Query.Db) =>
  Migrator.pending(db).pipe(
    Effect.map((pending) =>
      pending.length === 0
        ? good("schema", `at ${Migrator.migrations[Migrator.migrations.length - 1]!.name}`)
        : bad("schema", `lacks ${pending.map(({ name }) => name).join(", ")}`, "run: lightcone migrate"),
    ),
    Effect.catchTag("SchemaTooNew", (error) =>
      Effect.succeed(bad("schema", error.message, "use a newer Lightcone")),
    ),
  )

/** What only a store with our schema can be asked. */
const inside = (connected: Store.Connected, invocation: Invocation) =>
  Effect.gen(function* () {
    const { db } = connected.database
    const registry = yield* Projections.registry
    const { log } = yield* Effect.map(
      Effect.promise(() => import("../persistence/EventLogPostgres.ts")),
      ({ make }) => ({ log: make(db) }),
    )
    const lagging = yield* Projections.keeper(connected.database, log, registry, invocation).lagging
    const behind = lagging.filter(({ leased }) => !leased)
    return [
      ...(connected.embedded === undefined ? [yield* rights(db)] : []),
      behind.length === 0
        ? good("projections", "every run's are at its head")
        : noted(
            "projections",
            `${behind.length} are behind their runs; whoever asks, or lightcone project, brings them up`,
          ),
    ]
  })

const examine = (connected: Store.Connected, invocation: Invocation) =>
  Effect.gen(function* () {
    const { database, embedded, where } = connected
    const isEmbedded = embedded !== undefined
    const client = yield* database.stranger
    const { facts, begunMs, endedMs } = yield* look(client)
    const atSchema = yield* schema(database.db)
    return [
      versions(),
      good("store", `${isEmbedded ? "embedded, in" : "Postgres at"} ${where}, version ${facts.server}`),
      tls(facts, isEmbedded),
      ...(isEmbedded ? [] : [between(facts, client)]),
      clock(facts.now_ms, begunMs, endedMs),
      durability(facts, isEmbedded),
      atSchema,
      ...(atSchema.state === "bad" ? [] : yield* inside(connected, invocation)),
    ]
  })

const marks = { good: "ok  ", note: "note", bad: "BAD " } as const

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const findings: ReadonlyArray<Finding> = yield* examine(
      yield* Store.connect("read", invocation),
      invocation,
    )
    if (options.json === true) yield* json(findings)
    else
      for (const { check, state, found, remedy } of findings)
        yield* line(
          harmless(`${marks[state]}  ${check.padEnd(11)}  ${found}${remedy === null ? "" : `; ${remedy}`}`),
        )
    return findings.some(({ state }) => state === "bad") ? 1 : 0
  }).pipe(Effect.scoped)
