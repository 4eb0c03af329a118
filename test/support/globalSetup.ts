/**
 * For the whole run of the tests: one Postgres, on which each test file takes databases of its own, and the command
 * line bundled as an installation has it, as it is started hundreds of times and the sources take a second each.
 */
import { rmSync } from "node:fs"
import type { TestProject } from "vitest/node"
import { startPostgres } from "./Postgres.ts"
import { bundleProgram } from "./Program.ts"

declare module "vitest" {
  interface ProvidedContext {
    postgres: { readonly url: string; readonly superuserUrl: string }
    program: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [{ url, superuserUrl, stop }, { folder, program }] = await Promise.all([
    startPostgres(),
    bundleProgram(),
  ])
  provide("postgres", { url, superuserUrl })
  provide("program", program)
  return async () => {
    rmSync(folder, { recursive: true, force: true })
    await stop()
  }
}
