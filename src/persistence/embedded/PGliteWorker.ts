/**
 * The thread in which PGlite runs. A statement blocks it until it is done, so it does nothing else: the gate
 * owns the clients, and ends this thread when a statement must be ended.
 */

import { parentPort, workerData } from "node:worker_threads"
import { PGlite } from "@electric-sql/pglite"
import * as DataFiles from "./DataFiles.ts"
import { type EngineCommand, type EngineEvent, type EngineStart, guestRole } from "./EngineProtocol.ts"
import * as ServerWords from "./ServerWords.ts"

/** Answers are passed on in pieces of about this size: large enough that a hop is cheap. */
const pieceBytes = 64 * 1024

const port = parentPort!
const start = workerData as EngineStart
const log = ServerWords.makeLog()
let files: DataFiles.Fingerprint = []
const unsent = new Int32Array(start.unsentBytes)

const say = (event: EngineEvent, transfer: Array<ArrayBuffer> = []): void => port.postMessage(event, transfer)

/** Settings of this server, on top of PGlite's: its log is kept small, as nothing else bounds it. */
const startParams = [
  ...PGlite.defaultStartParams,
  ...["min_wal_size=32MB", "max_wal_size=64MB", "wal_init_zero=off", "shared_buffers=64MB"].flatMap(
    (setting) => ["-c", setting],
  ),
]

const postPiece = (pieces: ReadonlyArray<Uint8Array>, size: number): void => {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  Atomics.add(unsent, 0, size)
  say({ kind: "output", bytes }, [bytes.buffer])
  for (
    let waiting = Atomics.load(unsent, 0);
    waiting > start.maxUnsentBytes;
    waiting = Atomics.load(unsent, 0)
  ) {
    Atomics.wait(unsent, 0, waiting)
  }
}

/**
 * After a PANIC the server must not go on: PGlite reports it like any error, and would spin in the next statement.
 * What it answers for files that were deleted is held back, as it writes on into what nobody will find.
 */
const execute = async (database: PGlite, bytes: Uint8Array, silent: boolean): Promise<void> => {
  let pieces: Array<Uint8Array> = []
  let size = 0
  let panic: string | undefined
  let diskFull: string | undefined
  const flush = (): void => {
    if (size > 0) postPiece(pieces, size)
    pieces = []
    size = 0
  }
  await database.execProtocolRawStream(bytes, {
    syncToFs: false,
    onRawData: (raw) => {
      panic ??= ServerWords.panicIn(raw)
      diskFull ??= ServerWords.diskFullIn(raw)
      if (silent || panic !== undefined) return
      pieces.push(raw.slice())
      size += raw.length
      if (size >= pieceBytes) flush()
    },
  })
  if (panic !== undefined) throw new Error(panic)
  DataFiles.mustBe(start.pgdata, files)
  flush()
  say({ kind: "done", inTransaction: database.isInTransaction(), diskFull })
}

const prepare = async (database: PGlite): Promise<string> => {
  const known = await database.query(`select 1 from pg_roles where rolname = '${guestRole}'`)
  if (known.rows.length === 0) {
    await database.exec(`create role ${guestRole}; grant pg_read_all_data to ${guestRole}`)
  }
  const version = await database.query<{ server_version: string }>("show server_version")
  return version.rows[0]!.server_version
}

/** Files that are gone are the reason of whatever else went wrong. */
const reasonOf = (cause: unknown): string => {
  try {
    DataFiles.mustBe(start.pgdata, files)
    return log.lastWords() ?? (cause instanceof Error ? cause.message : String(cause))
  } catch (lost) {
    return (lost as Error).message
  }
}

const open = async (module: WebAssembly.Module): Promise<void> => {
  // Before it starts: PGlite takes a directory without its files for a new one and runs initdb in it.
  files = DataFiles.fingerprint(start.pgdata)
  const database = await PGlite.create({
    dataDir: start.pgdata,
    pgliteWasmModule: module,
    startParams,
    onStderr: log.hear,
  })
  const serverVersion = await prepare(database)
  port.on("message", (command: EngineCommand) => {
    if (command.kind === "close") attempt(database.close().then(() => say({ kind: "closed" })))
    if (command.kind === "execute") attempt(execute(database, command.bytes, command.silent))
  })
  say({ kind: "ready", serverVersion })
}

const attempt = (work: Promise<void>): void => {
  work.catch((cause: unknown) => say({ kind: "failed", reason: reasonOf(cause) }))
}

port.once("message", (command: EngineCommand) => {
  if (command.kind === "open") attempt(open(command.module))
})
