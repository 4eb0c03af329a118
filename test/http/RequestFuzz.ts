/** Requests that nobody would send, one after the other from a seed; what an instance may answer to them. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Random from "../../src/domain/Random.ts"
import * as Configuration from "../../src/http/Configuration.ts"

export interface Fuzzed {
  readonly path: string
  readonly init: RequestInit
}

const pieces = [
  "0",
  "1",
  "-1",
  "1.5",
  "1e9",
  "99999999999999999999",
  "NaN",
  "latest",
  "zzzzzzzzzzzz",
  "abc",
  "",
  " ",
  "%00",
  "%ff",
  "%C3%28",
  "..",
  "../..",
  "%2e%2e%2f",
  "'",
  "' or 1=1 --",
  "'); drop table lightcone.log; --",
  "{}",
  "[]",
  "null",
  "true",
  "<script>alert(1)</script>",
  "🙂",
  "\u202e",
  "WyJ4Il0",
  "WzFd",
  "WzEsMl0",
  "bnVsbA",
  "machines",
  "clock_history",
  "queue_lengths",
  "messages",
  "predictions",
  "jsonl",
  "shiviz",
  "1/2",
  "2/17",
  "%",
  "%%",
  "a".repeat(300),
  "text/event-stream",
  "Bearer x",
  "2147483648",
  "4096",
  "4097",
]

const roots = [
  "/",
  "/runs",
  "/runs/latest",
  "/runs/latest/events",
  "/runs/latest/projections",
  "/runs/latest/projections/machines",
  "/runs/latest/projections/clock_history",
  "/runs/latest/projections/messages",
  "/runs/latest/projections/predictions",
  "/runs/latest/projections/queue_lengths",
  "/runs/latest/why/1/2",
  "/runs/latest/relate",
  "/runs/latest/clocks",
  "/runs/latest/verification",
  "/runs/latest/prediction",
  "/runs/latest/report",
  "/runs/latest/export",
  "/prediction",
  "/health",
  "/ready",
  "/metrics",
  "/openapi.json",
  "/docs",
  "/sql",
  "/runs/latest/stop",
  "/runs/latest/status",
  "/report",
  "/report?run=latest",
]

const names = [
  "after",
  "after",
  "after",
  "limit",
  "machine",
  "a",
  "b",
  "format",
  "config",
  "query",
  "x",
  "status",
  "run",
  "after[]",
  "__proto__",
]
const inCursors = [0, 1, -1, 2 ** 31, 1e300, 1.5, "x", "", "\u0000", null, true, [], {}]

const methods = [
  ...["GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET"],
  ...["POST", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"],
]

const postedTo = ["/runs", "/runs", "/sql", "/sql", "/runs/latest/stop"]
const headerNames = [
  "accept",
  "last-event-id",
  "authorization",
  "idempotency-key",
  "content-type",
  "if-none-match",
  "range",
  "x-forwarded-for",
  "cookie",
  "traceparent",
]
const bodies = [
  "",
  "{",
  "{}",
  "[]",
  "null",
  '"x"',
  '{"query":"select 1"}',
  '{"query":"drop table lightcone.log"}',
  '{"machines":1e9}',
  '{"machines":-1}',
  '{"rates":[0]}',
  '{"seed":1.5}',
  '{"__proto__":{"a":1}}',
  '{"mode":"real","durationUs":1}',
  '{"machines":null,"seed":"x"}',
  '{"rates":"1,2,3"}',
  '{"latency":{}}',
  '{"faults":[{}]}',
  '{"mode":[],"sides":1e400}',
  '{"seed":9007199254740993}',
  '{"durationUs":-0}',
  "\u0000",
  "x".repeat(5_000),
  `[${"[".repeat(2_000)}`,
]

/** Printable for a header; the rest no client could send. */
const headerValue = (text: string): string => text.replace(/[^\x21-\x7e]/g, "?") || "x"

/** Whether it stops a run, or asks for one of a configuration that can be run. */
const mayChange = (path: string, body: string): boolean => {
  if (path.includes("stop")) return true
  if (!path.startsWith("/runs")) return false
  try {
    return Either.isRight(Effect.runSync(Effect.either(Configuration.decode(JSON.parse(body), "body"))))
  } catch {
    return false
  }
}

export const fuzz = (seed: number) => {
  const draw = Random.draws(seed, Random.Purpose.configuration, 1)
  const below = (n: number): number => Random.below(draw(), n)
  const of = <A>(list: ReadonlyArray<A>): A => list[below(list.length)]!
  const garbled = (text: string): string => {
    if (text.length === 0 || below(3) > 0) return text
    const at = below(text.length)
    return text.slice(0, at) + String.fromCharCode(33 + below(90)) + text.slice(at + below(3))
  }
  /** Looks like a cursor, and holds anything. */
  const cursor = (): string =>
    Buffer.from(JSON.stringify(Array.from({ length: 1 + below(3) }, () => of(inCursors)))).toString(
      "base64url",
    )
  const value = (): string => {
    if (below(3) === 0) return cursor()
    return below(3) === 0
      ? of(pieces)
      : encodeURIComponent(garbled(of(pieces)).replace(/\p{Surrogate}/gu, ""))
  }
  const path = (method: string): string => {
    let made = of(method === "POST" && below(4) > 0 ? postedTo : roots)
    for (let more = below(5) === 0 ? 1 + below(2) : 0; more > 0; more--)
      made += `/${below(2) === 0 ? of(pieces) : encodeURIComponent(of(pieces))}`
    if (below(8) === 0) made = `/${garbled(made.slice(1))}`
    const query = Array.from({ length: below(4) }, () => `${of(names)}=${value()}`)
    return query.length === 0 ? made : `${made}${made.includes("?") ? "&" : "?"}${query.join("&")}`
  }
  return (token: string): Fuzzed => {
    const method = of(methods)
    const headers: Record<string, string> = {}
    for (let more = below(3); more > 0; more--) headers[of(headerNames)] = headerValue(of(pieces))
    const made = path(method)
    const body = garbled(of(bodies))
    // Let in, but where something might by chance be asked for that can be done.
    if (below(8) > 0 && !(method === "POST" && mayChange(made, body)))
      headers.authorization = `Bearer ${token}`
    if (below(2) === 0) headers["content-type"] = "application/json"
    return { path: made, init: { method, headers, ...(["GET", "HEAD"].includes(method) ? {} : { body }) } }
  }
}

/** What is wrong with an answer; undefined where nothing is. */
export const complaint = async (fuzzed: Fuzzed, response: Response): Promise<string | undefined> => {
  const { status } = response
  const told = `${fuzzed.init.method} ${fuzzed.path} (${JSON.stringify(fuzzed.init.headers)}) was answered by ${status}`
  if (status >= 500) return told
  if (status < 400) {
    // A stream goes on; what was asked is answered.
    if (response.headers.get("content-type")?.startsWith("text/event-stream") === true)
      await response.body?.cancel()
    else await response.arrayBuffer()
    return undefined
  }
  if (fuzzed.init.method === "HEAD") return undefined
  if (response.headers.get("content-type") !== "application/problem+json")
    return `${told}, which is no problem+json`
  const body = JSON.parse(await response.text())
  if (body.status !== status || typeof body.detail !== "string")
    return `${told}, which says ${JSON.stringify(body)}`
  if (typeof body.field !== "string" || body.field === "")
    return `${told}, which names no field: ${body.detail}`
  return undefined
}

/** Longer than the slowest answer takes on a busy machine. */
export const limitMs = 10_000

/** The answer, or what is wrong with there being none; a handler that hangs is not waited for. */
export const answered = async (
  fuzzed: Fuzzed,
  answering: Promise<Response>,
): Promise<{ readonly status: number; readonly complaint: string | undefined }> => {
  let deadline: NodeJS.Timeout | undefined
  const told = `${fuzzed.init.method} ${fuzzed.path} (${JSON.stringify(fuzzed.init.headers)})`
  const late = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(new Error(`nothing within ${limitMs} ms`)), limitMs)
  })
  try {
    const response = await Promise.race([answering, late])
    return { status: response.status, complaint: await Promise.race([complaint(fuzzed, response), late]) }
  } catch (error) {
    return { status: 0, complaint: `${told} was answered by ${error}` }
  } finally {
    clearTimeout(deadline)
  }
}

type Rows = ReadonlyArray<Record<string, unknown>>

/** All that a request could have written: the rows of every table counted, and the heads. */
export const holdings = async (query: (text: string) => Promise<Rows>): Promise<string> => {
  const tables = await query("select tablename from pg_tables where schemaname = 'lightcone' order by 1")
  const counts = tables.map(
    ({ tablename }) => `select '${tablename}' as held, count(*)::text as rows from lightcone."${tablename}"`,
  )
  const heads = "select 'heads', coalesce(json_agg(h order by run_key)::text, '') from lightcone.run_heads h"
  return JSON.stringify(await query([...counts, heads].join(" union all ")))
}
