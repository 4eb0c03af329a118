/**
 * The directory of an experiment: made or found, held by one process at a time, and written so that a crash at
 * any moment leaves each file either old or new.
 */
import * as fs from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { UsageError } from "../domain/UsageError.ts"
import { takeLock } from "../persistence/embedded/Lock.ts"

export interface Directory {
  readonly path: string
  /** The text of a file in it; undefined where there is none. */
  readonly read: (name: string) => Effect.Effect<string | undefined, UsageError>
  /** Replaces a file, on the disk once it succeeds; directories on the way are made. */
  readonly write: (name: string, text: string) => Effect.Effect<void, UsageError>
  /** Does something with a path in the directory, told like the rest where it fails. */
  readonly attempt: <A>(name: string, work: (path: string) => A) => Effect.Effect<A, UsageError>
}

/** The file that makes a directory an experiment's. */
export const stateFile = "experiment.json"
/** Who works in it: beside the results, but out of sight. */
const lockDirectory = ".experiment"

const meanings: Readonly<Record<string, string>> = {
  EACCES: "no right to write there",
  EPERM: "no right to write there",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "there is a file of that name",
}

const refused = (path: string, cause: unknown): UsageError => {
  const { code = "", message } = cause as NodeJS.ErrnoException
  return new UsageError({ message: `Cannot write ${path}: ${meanings[code] ?? message}` })
}

const attemptAt = <A>(path: string, work: () => A): Effect.Effect<A, UsageError> =>
  Effect.try({ try: work, catch: (cause) => refused(path, cause) })

/** Node's own recursive mkdir never returns where a parent is there and takes nothing, as in /proc. */
const makeDirectory = (path: string): void => {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  fs.mkdirSync(path)
}

const synced = (path: string): void => {
  const descriptor = fs.openSync(path, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Temp, fsync, rename, fsync of the directory. Only the holder of the lock writes, so one name beside does. */
const replace = (path: string, text: string): void => {
  const aside = `${path}.new`
  makeDirectory(dirname(path))
  fs.writeFileSync(aside, text)
  synced(aside)
  fs.renameSync(aside, path)
  synced(dirname(path))
}

const ours = new Set([stateFile, `${stateFile}.new`, lockDirectory])

/** A directory that is somebody's is left alone. */
const checkOurs = (path: string): Effect.Effect<void, UsageError> =>
  Effect.flatMap(
    attemptAt(path, () => fs.readdirSync(path)),
    (names) => {
      const strange = names.filter((name) => !ours.has(name))
      return names.includes(stateFile) || strange.length === 0
        ? Effect.void
        : new UsageError({
            message: `Cannot use ${path}: must be empty, absent or an experiment's own, found ${strange.slice(0, 3).join(", ")}${strange.length > 3 ? ", ..." : ""}; --out names another`,
          })
    },
  )

const lock = (path: string): Effect.Effect<void, UsageError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const taken = yield* attemptAt(path, () => {
        makeDirectory(join(path, lockDirectory))
        return takeLock(join(path, lockDirectory), "write")
      })
      if ("lock" in taken) return taken.lock
      const { pid, host, since } = taken.heldBy
      return yield* new UsageError({
        message: `Cannot use ${path}: process ${pid} on ${host} has been working on this experiment since ${since}; --out names another`,
      })
    }),
    (held) => Effect.sync(held.release),
  ).pipe(Effect.asVoid)

export const take = (path: string): Effect.Effect<Directory, UsageError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* attemptAt(path, () => makeDirectory(resolve(path)))
    yield* checkOurs(path)
    yield* lock(path)
    return {
      path,
      read: (name) =>
        attemptAt(join(path, name), () =>
          fs.existsSync(join(path, name)) ? fs.readFileSync(join(path, name), "utf8") : undefined,
        ),
      write: (name, text) => attemptAt(join(path, name), () => replace(join(path, name), text)),
      attempt: (name, work) => attemptAt(join(path, name), () => work(join(path, name))),
    }
  })
