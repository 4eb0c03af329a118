/**
 * Where an export goes: standard output, a file, or a directory with a file a machine. Files are written beside
 * their places and put there whole, all at the end; what is not finished leaves nothing behind.
 */
import { mkdir, open as openFile, readdir, rename, rm, rmdir, stat } from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { UsageError } from "../domain/UsageError.ts"
import type { Format, Run } from "../interchange/export/Exporter.ts"
import * as SafeNames from "../interchange/export/SafeNames.ts"
import type { Texts } from "../interchange/export/Texts.ts"
import { isRead, out } from "./Output.ts"

export type Place =
  | { readonly to: "stdout" }
  | { readonly to: "file"; readonly path: string; readonly force: boolean }
  | {
      readonly to: "directory"
      readonly path: string
      readonly force: boolean
      readonly extension: string
      readonly isThere: boolean
    }

export interface Target {
  readonly write: (texts: Texts) => Effect.Effect<void, UsageError>
  /** False when nobody reads on. */
  readonly isWanted: () => boolean
  /** Puts the files in their places; their paths. */
  readonly finish: Effect.Effect<ReadonlyArray<string>, UsageError>
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist",
  ENOTDIR: "what should be its directory is a file",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "nothing can be written there",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "its name is too long",
}

const cannotWrite = (path: string, reason: string): UsageError =>
  new UsageError({ message: `Cannot write the export ${path}: ${reason}` })

const attempt = <A>(path: string, work: () => Promise<A>): Effect.Effect<A, UsageError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => {
      const { code = "", message } = error as NodeJS.ErrnoException
      return cannotWrite(path, reasons[code] ?? message)
    },
  })

const found = (path: string) =>
  attempt(path, () =>
    stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined
      throw error
    }),
  )

const taken = "it is there already; --force writes over it"

const mayBeWritten = (path: string, force: boolean): Effect.Effect<void, UsageError> =>
  Effect.flatMap(found(path), (there) => {
    if (there === undefined) return Effect.void
    if (!there.isFile()) return Effect.fail(cannotWrite(path, "it is there and is no file"))
    return force ? Effect.void : Effect.fail(cannotWrite(path, taken))
  })

const hasDirectory = (path: string): Effect.Effect<void, UsageError> =>
  Effect.flatMap(found(dirname(path)), (parent) =>
    parent?.isDirectory() === true
      ? Effect.void
      : Effect.fail(cannotWrite(path, reasons[parent === undefined ? "ENOENT" : "ENOTDIR"]!)),
  )

/** What `--out` means for a format; refused where nothing could be written in the end. */
export const placeOf = (options: Record<string, unknown>, format: Format): Effect.Effect<Place, UsageError> =>
  Effect.gen(function* () {
    const { out: given } = options
    const force = options.force === true
    if (given === undefined || given === "-") return { to: "stdout" }
    const path = String(given)
    if (path === "") return yield* cannotWrite('""', "--out must name a file")
    const isThere = (yield* found(path))?.isDirectory() === true
    if (isThere || path.endsWith("/") || path.endsWith(sep)) {
      const { extension } = format
      if (extension === undefined)
        return yield* cannotWrite(path, `${format.name} is one file, and this names a directory`)
      if (!isThere) yield* hasDirectory(path)
      return { to: "directory", path, force, extension, isThere }
    }
    yield* hasDirectory(path)
    yield* mayBeWritten(path, force)
    return { to: "file", path, force }
  })

const stdout: Target = {
  write: (texts) => Effect.forEach([...texts.values()].flat(), out, { discard: true }),
  isWanted: isRead,
  finish: Effect.succeed([]),
}

interface Files {
  readonly pathOf: (machine: number) => string
  readonly force: boolean
}

const partOf = (path: string): string => `${path}.${process.pid}.part`

/** Steps are carried out whole, so that what removes the parts comes after the last of them. */
const files = ({ pathOf, force }: Files): Effect.Effect<Target, never, Scope.Scope> =>
  Effect.gen(function* () {
    const begun = new Set<string>()
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        for (const path of begun) await rm(partOf(path), { force: true }).catch(() => {})
      }),
    )
    const add = async (path: string, pieces: ReadonlyArray<string>) => {
      const handle = await openFile(partOf(path), begun.has(path) ? "a" : "wx")
      begun.add(path)
      try {
        for (const piece of pieces) await handle.appendFile(piece)
      } finally {
        await handle.close()
      }
    }
    const put = (path: string) =>
      Effect.gen(function* () {
        yield* mayBeWritten(path, force)
        yield* attempt(path, () => rename(partOf(path), path))
        begun.delete(path)
        return path
      })
    return {
      write: (texts) =>
        Effect.forEach(
          texts,
          ([machine, pieces]) => {
            const path = pathOf(machine)
            return Effect.uninterruptible(attempt(path, () => add(path, pieces)))
          },
          { discard: true },
        ),
      isWanted: () => true,
      finish: Effect.suspend(() => Effect.uninterruptible(Effect.forEach([...begun], put))),
    }
  })

const directory = (
  place: Place & { readonly to: "directory" },
  run: Run,
  machines: ReadonlyArray<number>,
): Effect.Effect<Target, UsageError, Scope.Scope> =>
  Effect.gen(function* () {
    const { path, force, extension, isThere } = place
    const name = SafeNames.files(run)
    const pathOf = (machine: number) => join(path, `machine-${name(machine)}.${extension}`)
    if (isThere) {
      const names = new Set(yield* attempt(path, () => readdir(path)))
      const there = machines.map(pathOf).find((file) => names.has(file.slice(join(path, "/").length)))
      if (there !== undefined) yield* mayBeWritten(there, force)
    } else
      yield* Effect.acquireRelease(
        attempt(path, () => mkdir(path)),
        (_, exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.promise(() => rmdir(path).catch(() => {}))),
      )
    return yield* files({ pathOf, force })
  })

/** Open for one export; leaving the scope before `finish` removes what was written. */
export const open = (
  place: Place,
  run: Run,
  machines: ReadonlyArray<number>,
): Effect.Effect<Target, UsageError, Scope.Scope> => {
  if (place.to === "stdout") return Effect.succeed(stdout)
  if (place.to === "file") return files({ pathOf: () => place.path, force: place.force })
  return directory(place, run, machines)
}
