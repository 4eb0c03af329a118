/**
 * SQL over HTTP, through a login of its own that may read our schema and nothing else: a read-only transaction alone
 * stops neither functions with side effects nor what a superuser may do.
 */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Limits from "../domain/Limits.ts"
import { connectionPool } from "../persistence/ConnectionPool.ts"
import { decodeDatabaseUrl } from "../persistence/DatabaseUrl.ts"
import { environment } from "../persistence/Environment.ts"
import * as QueryRows from "../persistence/inquiry/QueryRows.ts"
import * as ReadOnlyQuery from "../persistence/ReadOnlyQuery.ts"
import * as Answering from "./Answering.ts"
import { api, SqlQuery } from "./Api.ts"
import * as AtOnce from "./AtOnce.ts"
import * as Body from "./Body.ts"

class NoReader extends Data.TaggedError("NoReader") {
  readonly field = "path"
  override get message() {
    return "Cannot answer queries: LIGHTCONE_READER_URL must name a login that may only read, found nothing"
  }
}

const decode = Body.decode(SqlQuery)

const answer = (query: string) =>
  Effect.gen(function* () {
    const { readerUrl, pgPassword, pgSslRootCert } = yield* environment
    if (readerUrl === undefined) return yield* new NoReader()
    const url = yield* decodeDatabaseUrl(readerUrl, { PGPASSWORD: pgPassword, PGSSLROOTCERT: pgSslRootCert })
    const { dedicatedClient } = yield* connectionPool(url, { maxConnections: 1 })
    const pages = ReadOnlyQuery.pages(dedicatedClient(), query, Limits.sqlTimeLimitMs)
    const rows: Array<Record<string, unknown>> = []
    yield* Stream.runForEachWhile(pages, (page) =>
      Effect.sync(() => {
        rows.push(...page.rows.map((row) => QueryRows.toObject(page, row)))
        return rows.length <= Limits.maxSqlRows
      }),
    )
    return { rows: rows.slice(0, Limits.maxSqlRows), complete: rows.length <= Limits.maxSqlRows }
  }).pipe(Effect.scoped)

export const layer = HttpApiBuilder.group(api, "sql", (handlers) =>
  Effect.gen(function* () {
    const turn = yield* AtOnce.make("queries", Limits.maxSqlAtOnce, Limits.maxSqlWaiting)
    return handlers.handleRaw("sql", ({ request }) =>
      Answering.storeless(Effect.flatMap(decode(request), ({ query }) => turn(answer(query)))),
    )
  }),
)
