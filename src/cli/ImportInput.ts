/** The files of an import, as they can be read more than once: standard input is kept in a file for that long. */
import { createReadStream, createWriteStream } from "node:fs"
import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { UsageError } from "../domain/UsageError.ts"
import type { Input } from "../interchange/import/Import.ts"

/** A text of more than some 128 kB is a large object to V8, and making one takes eighty times as long per byte. */
const chunkBytes = 65_536

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there must be such a file, found none",
  EACCES: "it must be readable, found that this user may not read it",
  EISDIR: "it must be a file, found a directory",
}

const cannotRead = (file: string, error: unknown): UsageError => {
  const { code, message } = error as NodeJS.ErrnoException
  return new UsageError({ message: `Cannot import ${file}: ${reasons[code ?? ""] ?? message}` })
}

const fromFile = (name: string, path: string): Effect.Effect<Input, UsageError> =>
  Effect.tryPromise({
    try: async () => {
      const found = await stat(path)
      if (found.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" })
      return {
        name,
        bytes: found.size,
        open: () => createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>,
      }
    },
    catch: (error) => cannotRead(name, error),
  })

const fromStandardInput: Effect.Effect<Input, UsageError, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "lightcone-import-"))),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
  )
  const path = join(folder, "standard-input")
  yield* Effect.tryPromise({
    try: (signal) => pipeline(process.stdin, createWriteStream(path), { signal }),
    catch: (error) => cannotRead("-", error),
  })
  return yield* fromFile("-", path)
})

/** In the order of their names, as a shell gives them; each once. */
export const open = (
  files: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<Input>, UsageError, Scope.Scope> =>
  Effect.gen(function* () {
    const twice = files.find((file, i) => files.indexOf(file) !== i)
    if (twice !== undefined)
      return yield* new UsageError({ message: `Cannot import ${twice}: each file must be given once` })
    return yield* Effect.forEach(files, (file) => (file === "-" ? fromStandardInput : fromFile(file, file)))
  })
