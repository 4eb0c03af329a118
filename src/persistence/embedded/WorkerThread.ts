/**
 * Starts a worker thread from wherever this code runs: from the bundle in `dist/`, and from the
 * TypeScript sources under tsx, vitest and Deno.
 *
 * Node 20 strips no types, and the loader that tsx puts into a process does not reach its worker threads
 * (neither by inherited flags nor by `--import`). So from sources on Node the thread is given one line of
 * JavaScript that installs the loader in that thread and then imports the file.
 */

import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Worker, type WorkerOptions } from "node:worker_threads"

export type WorkerName = "Gate" | "PGliteWorker" | "TemplateWorker"

/** The file of a thread: beside the one at `here` in the sources, in `folder` of a bundle's directory otherwise. */
export const threadUrl = (here: string, folder: string, name: string): URL => {
  if (here.endsWith(".ts")) return new URL(`./${name}.ts`, here)
  const places = [`./${folder}/${name}.js`, `./${name}.js`, `../${folder}/${name}.js`].map(
    (p) => new URL(p, here),
  )
  return places.find((place) => existsSync(fileURLToPath(place))) ?? places[0]!
}

export const workerUrl = (name: WorkerName): URL => threadUrl(import.meta.url, "embedded", name)

const typescriptLoader = (): string => {
  const commonJs = createRequire(import.meta.url).resolve("tsx/esm/api")
  return pathToFileURL(commonJs.replace(/cjs$/, "mjs")).href
}

export const startWorker = (name: WorkerName, options: WorkerOptions): Worker =>
  startThread(workerUrl(name), options)

/** The thread's output is kept from the terminal: `stderr` of the returned worker must be read. */
export const startThread = (url: URL, options: WorkerOptions): Worker => {
  const quiet = { ...options, execArgv: [], stdout: true, stderr: true }
  if (!url.pathname.endsWith(".ts") || "Deno" in globalThis) return new Worker(url, quiet)
  const code = `import(${JSON.stringify(typescriptLoader())}).then((tsx) => {
    tsx.register()
    return import(${JSON.stringify(url.href)})
  })`
  return new Worker(code, { ...quiet, eval: true })
}
