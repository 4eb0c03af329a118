/** `db`: how other tools reach the store. */
import { spawn } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import type { DatabaseUrl } from "../persistence/DatabaseUrl.ts"
import type { Address } from "../persistence/embedded/EmbeddedStore.ts"
import * as Interruption from "./Interruption.ts"
import { json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"

interface Place {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password: string | undefined
  readonly sslmode?: string
  readonly sslrootcert?: string | undefined
}

const ofUrl = (url: DatabaseUrl): Place => ({
  ...url,
  password: url.password === undefined ? undefined : Redacted.value(url.password),
})

const placeOf = ({ url, embedded }: Store.Connected): Place =>
  url === undefined ? { ...(embedded as { reader: Address }).reader } : ofUrl(url)

/** A URL that libpq takes; the password of a database of the user's own is left for PGPASSWORD or .pgpass. */
const urlOf = (place: Place, withPassword: boolean): string => {
  const secret = withPassword && place.password !== undefined ? `:${encodeURIComponent(place.password)}` : ""
  const parameters = new URLSearchParams()
  const socket = place.host.startsWith("/")
  if (socket) parameters.set("host", place.host)
  if (socket) parameters.set("port", String(place.port))
  if (place.sslmode !== undefined && place.sslmode !== "prefer") parameters.set("sslmode", place.sslmode)
  if (place.sslrootcert !== undefined) parameters.set("sslrootcert", place.sslrootcert)
  const host = socket ? "" : `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`
  const query = parameters.size === 0 ? "" : `?${decodeURIComponent(parameters.toString())}`
  return `postgresql://${encodeURIComponent(place.user)}${secret}@${host}/${encodeURIComponent(place.database)}${query}`
}

const url = (connected: Store.Connected, options: Record<string, unknown>) =>
  Effect.gen(function* () {
    const served = connected.embedded === undefined || connected.embedded.role === "guest"
    const text = urlOf(placeOf(connected), connected.embedded !== undefined)
    if (!served) {
      yield* note(
        "the embedded store is reached only while somebody holds it: start lightcone db serve, or a run, and ask again",
      )
      return 3
    }
    if (options.json === true) yield* json({ url: text })
    else yield* line(text)
    return 0
  })

const serve = (connected: Store.Connected, options: Record<string, unknown>) =>
  Effect.gen(function* () {
    if (connected.embedded === undefined)
      return yield* new UsageError({
        message: "Cannot serve the store: db serve is for the embedded one, and a Postgres serves itself",
      })
    const interruption = yield* Interruption.listen
    const text = urlOf(placeOf(connected), true)
    if (options.json === true) yield* json({ url: text })
    else yield* line(text)
    yield* note("serving until interrupted; in another terminal: lightcone db psql")
    return yield* Effect.raceFirst(interruption.requested, connected.embedded.lost)
  })

/** Variables rather than arguments, so that no password stands in the list of processes. */
const psqlEnvironment = (place: Place): NodeJS.ProcessEnv => ({
  ...process.env,
  PGHOST: place.host,
  PGPORT: String(place.port),
  PGUSER: place.user,
  PGDATABASE: place.database,
  ...(place.password === undefined ? {} : { PGPASSWORD: place.password }),
  ...(place.sslmode === undefined ? {} : { PGSSLMODE: place.sslmode }),
  ...(place.sslrootcert === undefined ? {} : { PGSSLROOTCERT: place.sslrootcert }),
})

const psql = (place: Place) =>
  Effect.async<number, UsageError>((resume) => {
    const child = spawn("psql", ["--set", "ON_ERROR_STOP=0"], {
      stdio: "inherit",
      env: psqlEnvironment(place),
    })
    // Ctrl-C in psql ends a query, not us.
    const ignore = () => {}
    process.on("SIGINT", ignore)
    child.once("error", () =>
      resume(new UsageError({ message: "Cannot start psql: it must be installed and on the PATH" })),
    )
    child.once("exit", (code) => {
      process.off("SIGINT", ignore)
      resume(Effect.succeed(code ?? 1))
    })
    return Effect.sync(() => child.kill())
  })

export const command = (action: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    if (!["url", "serve", "psql"].includes(action))
      return yield* new UsageError({
        message: `Cannot do that with the store: db must be followed by url, serve or psql, found ${JSON.stringify(action)}`,
      })
    const access = action === "serve" ? "write" : "read"
    const connected = yield* Store.connect(access, invocation, Limits.servedStatementLimitMs)
    if (action === "url") return yield* url(connected, options)
    if (action === "psql") return yield* psql(placeOf(connected))
    return yield* serve(connected, options)
  }).pipe(Effect.scoped)
