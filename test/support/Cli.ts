/** The command line as its users have it: a child process of its own, in an empty directory, with nobody's environment. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import pg from "pg"
import { inject } from "vitest"
import { runStatement } from "./Postgres.ts"
import { createDatabase, sharedPostgres } from "./SharedPostgres.ts"
import type { Identity } from "./Unprivileged.ts"

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

/** For tests that start many processes: a test's own limit would only cut short what is slow on a busy machine. */
export const manyProcessesMs = 240_000

/** Long enough for any command here on a busy machine; a command that hangs is killed and fails its test. */
const patienceMs = 60_000

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  /** Default: a fresh directory, removed afterwards. */
  readonly cwd?: string
  readonly input?: string
  readonly timeoutMs?: number
  /** Whom the process runs as. */
  readonly identity?: Identity
  /** Started by tsx rather than bundled. */
  readonly fromSources?: boolean
  /** The most file descriptors that the process may have. */
  readonly maxDescriptors?: number
}

export interface Finished {
  /** Null if a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Whether the command made an embedded store where it ran. */
  readonly madeStore: boolean
}

export interface Running {
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  /** What standard error held when it first matched; fails if the process ends before. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
  /** The same of standard output. */
  readonly prints: (pattern: RegExp) => Promise<RegExpExecArray>
  /** Closes our end of the process's standard output, once it has said something. */
  readonly closeStdout: () => Promise<void>
  readonly finished: Promise<Finished>
}

/** What a process needs from whoever runs it, and nothing that would choose a store or a colour for it. */
const cleanEnvironment = (env: Readonly<Record<string, string>>): Record<string, string> => {
  const kept = ["PATH", "HOME", "USER", "LANG", "TMPDIR"].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), ...env }
}

const launch = (args: ReadonlyArray<string>, cwd: string, options: Options): ChildProcess => {
  const words = [
    ...(options.fromSources === true ? ["--import", loader, main] : [inject("program")]),
    ...args,
  ]
  const shared = { cwd, env: cleanEnvironment(options.env ?? {}), ...options.identity }
  if (options.maxDescriptors === undefined) return spawn(process.execPath, words, shared)
  const limited = `ulimit -n ${options.maxDescriptors}; exec "$0" "$@"`
  return spawn("sh", ["-c", limited, process.execPath, ...words], shared)
}

/** Starts a command and leaves it running. */
export const start = (args: ReadonlyArray<string>, options: Options = {}): Running => {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), "lightcone-cli-"))
  const child = launch(args, cwd, options)
  let [stdout, stderr, ended] = ["", "", false]
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    tell()
  })
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    tell()
  })
  child.stdin!.on("error", () => {})
  child.stdin!.end(options.input ?? "")
  const deadline = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? patienceMs)
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => {
      clearTimeout(deadline)
      ended = true
      const madeStore = existsSync(join(cwd, ".lightcone"))
      if (options.cwd === undefined) rmSync(cwd, { recursive: true, force: true })
      resolve({ code, stdout, stderr, madeStore })
      tell()
    })
  })
  const seenIn = (text: () => string) => (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text())
        if (match === null && !ended) return
        watchers.delete(look)
        if (match !== null) resolve(match)
        else reject(new Error(`the process ended without ${pattern}, and said:\n${text()}\n${stderr}`))
      }
      watchers.add(look)
      look()
    })
  const closeStdout = () =>
    new Promise<void>((resolve) => {
      child.stdout!.once("data", () => {
        child.stdout!.destroy()
        resolve()
      })
    })
  return {
    pid: child.pid!,
    signal: (name) => child.kill(name),
    says: seenIn(() => stderr),
    prints: seenIn(() => stdout),
    closeStdout,
    finished,
  }
}

/** Runs a command to its end. */
export const lightcone = (args: ReadonlyArray<string>, options: Options = {}): Promise<Finished> =>
  start(args, options).finished

/** The lines of standard error that are no notice of which store is used or made. */
export const complaints = ({ stderr }: Finished): ReadonlyArray<string> =>
  stderr.split("\n").filter((line) => line !== "" && !/^(store: |initialising )/.test(line))

export interface Scratch {
  readonly url: string
  /** Rows of a query by the server's superuser, past Lightcone. */
  readonly sql: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: ReadonlyArray<unknown>,
  ) => Promise<ReadonlyArray<Row>>
  /** A connection of its own, to hold a transaction. */
  readonly connect: () => Promise<pg.Client>
  /** A command on this database. */
  readonly run: (args: ReadonlyArray<string>, options?: Options) => Promise<Finished>
  readonly start: (args: ReadonlyArray<string>, options?: Options) => Running
  readonly drop: () => Promise<void>
}

/** A database of its own on the tests' server, whose URL the commands are given in their environment. */
export const scratchDatabase = async (): Promise<Scratch> => {
  const url = await createDatabase()
  const { superuserUrl } = sharedPostgres()
  const ours = new URL(superuserUrl)
  ours.pathname = new URL(url).pathname
  const pool = new pg.Pool({ connectionString: ours.href, max: 2 })
  pool.on("error", () => {})
  const given = (options: Options = {}): Options => ({
    ...options,
    env: { LIGHTCONE_DATABASE_URL: url, ...options.env },
  })
  return {
    url,
    sql: async <Row extends object>(text: string, values: ReadonlyArray<unknown> = []) =>
      (await pool.query<Row & pg.QueryResultRow>(text, [...values])).rows,
    connect: async () => {
      const client = new pg.Client({ connectionString: ours.href })
      client.on("error", () => {})
      await client.connect()
      return client
    },
    run: (args, options) => lightcone(args, given(options)),
    start: (args, options) => start(args, given(options)),
    drop: async () => {
      await pool.end()
      await runStatement(superuserUrl, `drop database "${ours.pathname.slice(1)}" with (force)`)
    },
  }
}

/** Does `work` for every item, a few at once: a child process mostly waits for its imports. */
export const eachAtOnce = async <A, B>(
  items: ReadonlyArray<A>,
  work: (item: A) => Promise<B>,
): Promise<ReadonlyArray<B>> => {
  const atOnce = 3
  const results = new Array<B>(items.length)
  const entries = items.entries()
  const worker = async () => {
    for (const [i, item] of entries) results[i] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
