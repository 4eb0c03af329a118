/** The Postgres of `globalSetup.ts`, as test files reach it. */
import { inject } from "vitest"
import { createDatabaseOn } from "./Postgres.ts"
import "./globalSetup.ts"

/** The shared server: an ordinary role's URL, and its superuser's. */
export const sharedPostgres = (): { readonly url: string; readonly superuserUrl: string } =>
  inject("postgres")

/** A new empty database on it, owned by the ordinary role of the URL. */
export const createDatabase = (name?: string): Promise<string> => createDatabaseOn(sharedPostgres(), name)
