/**
 * For the whole run of the tests: one Postgres, on which each test file takes databases of its own, and the command
 * line bundled as an installation has it, as it is started hundreds of times and the sources take a second each.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"
import { startPostgres } from "./Postgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    postgres: { readonly url: string; readonly superuserUrl: string }
    program: string
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Within the project, where its packages and the template of the embedded store are found. */
const bundled = async (): Promise<string> => {
  const bundle = "../../scripts/bundle.mjs"
  const { commandLine, reportPage } = await import(bundle)
  const folder = join(root, ".test-program", String(process.pid))
  await Promise.all([commandLine(root, folder), reportPage(root, folder)])
  return folder
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [{ url, superuserUrl, stop }, folder] = await Promise.all([startPostgres(), bundled()])
  provide("postgres", { url, superuserUrl })
  provide("program", join(folder, "lightcone.js"))
  return async () => {
    rmSync(folder, { recursive: true, force: true })
    await stop()
  }
}
