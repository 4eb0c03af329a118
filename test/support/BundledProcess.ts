/** A process of the tests that works on an embedded store, as one file: from sources each start takes seconds. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../..", import.meta.url))

export interface BundledProcess {
  readonly file: string
  readonly remove: () => void
}

/** `entry` from the project's root. The folder is within it, where packages and template are found. */
export const bundleProcess = async (entry: string): Promise<BundledProcess> => {
  mkdirSync(join(root, ".test-program"), { recursive: true })
  const folder = mkdtempSync(join(root, ".test-program", "process-"))
  const workers = ["Gate", "PGliteWorker", "TemplateWorker"].map((name) => [
    `embedded/${name}`,
    `src/persistence/embedded/${name}.ts`,
  ])
  await build({
    absWorkingDir: root,
    entryPoints: { process: entry, ...Object.fromEntries(workers) },
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["@electric-sql/pglite", "pg-native", "pg-cloudflare"],
    banner: {
      js: 'import{createRequire as requireOf}from"node:module";const require=requireOf(import.meta.url);',
    },
    logLevel: "error",
  })
  return {
    file: join(folder, "process.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
