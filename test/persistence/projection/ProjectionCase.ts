/**
 * One case of the property that live rows equal rebuilt rows: a log with drops, a crash and a resume, written and
 * projected by processes that are killed at random points, against a rebuild where only the log is.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { type Kysely, sql } from "kysely"
import { registry } from "../../../src/domain/projections/Registered.ts"
import * as Random from "../../../src/domain/Random.ts"
import type { Database } from "../../../src/persistence/Database.ts"
import * as EventLogPostgres from "../../../src/persistence/EventLogPostgres.ts"
import type { Tables } from "../../../src/persistence/Tables.ts"
import { keeperOf } from "./Keeper.ts"
import { type Job, logOf, runOf } from "./ProjectionLog.ts"

const owner = "writer"

/** Every row of every table of the registry, as text, in one order. */
export const rowsOf = async (
  db: Kysely<Tables>,
  run: string,
): Promise<Readonly<Record<string, ReadonlyArray<string>>>> => {
  const tables: Record<string, ReadonlyArray<string>> = {}
  for (const { name } of registry) {
    const { rows } = await sql<{ row: string }>`
      select row_to_json(t)::text as row from ${sql.raw(`lightcone.${name}`)} t where run_id = ${run} order by 1`.execute(
      db,
    )
    tables[name] = rows.map(({ row }) => row)
  }
  return tables
}

/** The rows that a rebuild makes in a store that holds the log and nothing else. */
export const rebuilt = async (database: Database, seed: number) => {
  const log = EventLogPostgres.make(database.db)
  const run = runOf(seed)
  const ownership = await Effect.runPromise(log.create(run, owner))
  await Effect.runPromise(log.append(ownership, 0, "all", logOf(seed)))
  await Effect.runPromise(log.release(ownership))
  await Effect.runPromise(keeperOf(database).rebuild(registry))
  return rowsOf(database.db, run)
}

export interface Worker {
  readonly file: string
  readonly remove: () => void
}

/** The worker process as one file, so that it starts at once. */
export const bundleWorker = async (): Promise<Worker> => {
  const root = fileURLToPath(new URL("../../..", import.meta.url))
  const folder = mkdtempSync(join(root, "node_modules", ".projector-"))
  const file = join(folder, "worker.js")
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  const banner =
    'import{createRequire as requireOf}from"node:module";const require=requireOf(import.meta.url);'
  await build({
    absWorkingDir: root,
    entryPoints: {
      worker: "test/persistence/projection/ProjectorProcess.ts",
      "embedded/Gate": "src/persistence/embedded/Gate.ts",
      "embedded/PGliteWorker": "src/persistence/embedded/PGliteWorker.ts",
      "embedded/TemplateWorker": "src/persistence/embedded/TemplateWorker.ts",
    },
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["@electric-sql/pglite", "pg-native", "pg-cloudflare"],
    banner: { js: banner },
    logLevel: "error",
  })
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

interface Running {
  readonly child: ChildProcess
  readonly begun: Promise<void>
  /** Whether all is written and projected; false if it was killed before. */
  readonly ended: Promise<boolean>
}

const start = (worker: Worker, job: Job): Running => {
  const child = spawn(process.execPath, [worker.file, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  let said = ""
  child.stderr!.on("data", (text: Buffer) => {
    said += text
  })
  const begun = new Promise<void>((resolve) => {
    child.stdout!.once("data", () => resolve())
    child.once("close", () => resolve())
  })
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      if (code === 0) resolve(true)
      else if (signal === "SIGKILL") resolve(false)
      else reject(new Error(`the projector ended with ${code}: ${said}`))
    })
  })
  return { child, begun, ended }
}

const kills = 2

/** Has processes write and project a log, each killed -9 some times at a random point; then one that ends. */
export const torture = async (
  worker: Worker,
  jobs: (draw: number) => ReadonlyArray<Job>,
  draw: () => number,
): Promise<number> => {
  let killed = 0
  for (let round = 0; round < kills; round++) {
    const running = jobs(round).map((job) => start(worker, job))
    await Promise.all(
      running.map(async ({ child, begun, ended }) => {
        await begun
        const timer = setTimeout(() => child.kill("SIGKILL"), Random.below(draw(), 160))
        if (!(await ended)) killed++
        clearTimeout(timer)
      }),
    )
  }
  for (const { ended } of jobs(kills).map((job) => start(worker, job))) await ended
  return killed
}

export const temporary = (prefix: string): string => mkdtempSync(join(tmpdir(), prefix))
