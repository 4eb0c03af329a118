/** Embedded stores for tests: real directories, real sockets, and holders in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import pg from "pg"
import { afterEach } from "vitest"
import * as EmbeddedStore from "../../../src/persistence/embedded/EmbeddedStore.ts"
import { schemaHash, statements } from "../../../src/persistence/Migrator.ts"

export const schema = { statements, hash: schemaHash }

const cleanups: Array<() => Promise<unknown> | unknown> = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** The path of a directory that does not exist yet and is removed after the test. */
export const freshDirectory = (): string => {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-embedded-"))
  cleanups.push(() => fs.rmSync(parent, { recursive: true, force: true, maxRetries: 5 }))
  return path.join(parent, "store")
}

/** A store open until `close`. */
export const holdStore = async (options: Omit<EmbeddedStore.Options, "schema">) => {
  const scope = await Effect.runPromise(Scope.make())
  const close = (): Promise<void> => Effect.runPromise(Scope.close(scope, Exit.void))
  const opening = Scope.extend(EmbeddedStore.open({ ...options, schema }), scope)
  const store = await Effect.runPromise(Effect.tapError(opening, () => Effect.promise(close)))
  return { store, close }
}

/** A store open until `close` or the test's end, whichever is first. */
export const openStore = async (options: Omit<EmbeddedStore.Options, "schema">) => {
  const held = await holdStore(options)
  cleanups.push(held.close)
  return held
}

/** The error of an open that must fail. */
export const failureOf = (options: Omit<EmbeddedStore.Options, "schema">) =>
  Effect.runPromise(Effect.flip(Effect.scoped(EmbeddedStore.open({ ...options, schema }))))

export const connect = async (
  address: EmbeddedStore.Address | undefined,
  more: pg.ClientConfig & { readonly pipeline?: boolean } = {},
): Promise<pg.Client> => {
  const { password, ...rest } = address!
  const client = new pg.Client(password === undefined ? { ...rest, ...more } : { ...rest, ...more, password })
  client.on("error", () => undefined)
  await client.connect()
  cleanups.push(() => client.end().catch(() => undefined))
  return client
}

export interface HolderProcess {
  readonly process: ChildProcess
  readonly pid: number
  /** What it said once the store was open. */
  readonly said: { readonly socketDirectory: string }
  readonly nextLine: () => Promise<string>
  readonly kill: () => Promise<void>
}

/** A process that opens the store, writes one row after another and tells each once it is acknowledged. */
export const holdElsewhere = async (directory: string): Promise<HolderProcess> => {
  const file = fileURLToPath(new URL("./HolderProcess.ts", import.meta.url))
  const child = spawn(process.execPath, ["--import", "tsx", file, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done) throw new Error("the holder's process ended early")
    return next.value
  }
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL")
    await exited
  }
  cleanups.push(kill)
  const said = JSON.parse(await nextLine()) as HolderProcess["said"]
  return { process: child, pid: child.pid!, said, nextLine, kill }
}
