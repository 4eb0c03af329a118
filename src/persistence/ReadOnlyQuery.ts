/**
 * One SELECT of a stranger, through a cursor in a READ ONLY transaction with a time limit: rows come in pages,
 * nothing is changed, and a cursor takes nothing but a single SELECT.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type pg from "pg"
import * as Limits from "../domain/Limits.ts"
import { reasonOf, type StoreError } from "./StoreError.ts"

/** The query is wrong, or may not do what it wants. */
export class QueryRefused extends Data.TaggedError("QueryRefused")<{ readonly reason: string }> {
  override get message() {
    return `Cannot answer the query: ${this.reason}`
  }
}

/** The connection broke, or the time limit ended the query. */
export class QueryEnded extends Data.TaggedError("QueryEnded")<{ readonly reason: string }> {
  override get message() {
    return `Cannot finish the query: ${this.reason}`
  }
}

export interface Page {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly typeOid: number }>
  /** Values as Postgres writes them; null for NULL. */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
}

const asText: pg.CustomTypesConfig = {
  getTypeParser: (() => String) as unknown as pg.CustomTypesConfig["getTypeParser"],
}

const translated = (cause: unknown): QueryRefused | QueryEnded => {
  const code = (cause as { code?: string }).code ?? ""
  const ended = code === "" || /^(08|57|53|25P03|E)/.test(code)
  return ended ? new QueryEnded({ reason: reasonOf(cause) }) : new QueryRefused({ reason: reasonOf(cause) })
}

const attempt = <A>(work: () => Promise<A>) => Effect.tryPromise({ try: work, catch: translated })

/** Extended protocol, so that a second statement after a semicolon is refused rather than run. */
const query = (client: pg.Client, text: string): Promise<pg.QueryArrayResult<Array<string | null>>> =>
  client.query({ text, rowMode: "array", queryMode: "extended", types: asText } as pg.QueryArrayConfig)

const none = Option.none<undefined>()
const more = Option.some(undefined)

/** The pages of the answer; there is at least one, which tells the columns. */
export const pages = (
  stranger: Effect.Effect<pg.Client, StoreError, Scope.Scope>,
  text: string,
  timeLimitMs: number,
): Stream.Stream<Page, QueryRefused | QueryEnded | StoreError> => {
  const begun = Effect.tap(stranger, (client) =>
    attempt(async () => {
      await client.query("begin transaction read only")
      await client.query(`set local statement_timeout = ${Math.ceil(timeLimitMs)}`)
      await client.query("set local search_path = lightcone, public")
    }),
  )
  return Stream.unwrapScoped(
    Effect.gen(function* () {
      const client = yield* begun
      yield* attempt(() => query(client, `declare answer no scroll cursor for ${text.replace(/;\s*$/, "")}`))
      const fetch = Effect.map(
        attempt(() => query(client, `fetch ${Limits.rowsPerFetch} from answer`)),
        (result): Page => ({
          columns: result.fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID })),
          rows: result.rows,
        }),
      )
      return Stream.paginateEffect(undefined, () =>
        Effect.map(fetch, (page) => [page, page.rows.length < Limits.rowsPerFetch ? none : more] as const),
      )
    }),
  )
}
