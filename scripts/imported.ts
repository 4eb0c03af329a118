/** Makes docs/IMPORTED.md. Run it with: npx tsx scripts/imported.ts */
import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { document, path, table, transcript } from "../test/interchange/import/Document.ts"

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** What a command prints, whatever its exit code. */
const run = (args: ReadonlyArray<string>, cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, ["--import", loader, main, ...args], { cwd }, (_, stdout) => resolve(stdout))
  })

writeFileSync(path, document(await table(), await transcript(run)))
