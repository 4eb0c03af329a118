/** One Postgres for the whole run of the tests; each test file takes databases of its own on it. */
import type { TestProject } from "vitest/node"
import { startPostgres } from "./Postgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    postgres: { readonly url: string; readonly superuserUrl: string }
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { url, superuserUrl, stop } = await startPostgres()
  provide("postgres", { url, superuserUrl })
  return stop
}
