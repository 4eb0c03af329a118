/** A database of a test's own on the Postgres of the suite, empty, opened as the command line opens one. */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Kysely } from "kysely"
import * as Database from "../../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"
import type { Tables } from "../../src/persistence/Tables.ts"
import { runStatement } from "../support/Postgres.ts"
import { createDatabase, sharedPostgres } from "../support/SharedPostgres.ts"

export interface OpenDatabase {
  readonly url: string
  readonly db: Kysely<Tables>
  /** Runs statements as the superuser. */
  readonly execute: (...statements: ReadonlyArray<string>) => Promise<void>
  /** A new role that may connect to the database and nothing else. */
  readonly role: (prefix: string) => Promise<{ readonly name: string; readonly url: string }>
  readonly close: () => Promise<void>
}

const inDatabase = (server: string, database: string): string => {
  const url = new URL(server)
  url.pathname = new URL(database).pathname
  return url.href
}

export const openDatabase = async (at?: string): Promise<OpenDatabase> => {
  const url = at ?? (await createDatabase())
  const superuser = inDatabase(sharedPostgres().superuserUrl, url)
  const scope = await Effect.runPromise(Scope.make())
  const open = Effect.flatMap(decodeDatabaseUrl(url), Database.open)
  const { db } = await Effect.runPromise(Scope.extend(open, scope))
  return {
    url,
    db,
    execute: async (...statements) => {
      for (const statement of statements) await runStatement(superuser, statement)
    },
    role: async (prefix) => {
      const name = `${prefix}_${randomBytes(4).toString("hex")}`
      await runStatement(superuser, `create role ${name} login password 'known'`)
      const own = new URL(url)
      own.username = name
      own.password = "known"
      return { name, url: own.href }
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}
