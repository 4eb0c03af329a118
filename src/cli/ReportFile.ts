/** A report written to a file: reads each run once, and never writes over what is no report of ours. */
import { createWriteStream } from "node:fs"
import { open, rename, rm, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import { UsageError } from "../domain/UsageError.ts"
import { invariants } from "../domain/verification/Invariants.ts"
import * as RunComparison from "../http/RunComparison.ts"
import { type Reported, readRun, titleOf } from "../http/RunReport.ts"
import * as WebAsset from "../http/WebAsset.ts"
import * as Page from "../interchange/report/Page.ts"
import type { Section } from "../interchange/report/Table.ts"

export interface ReportOptions {
  /** Default: names the run, or how many they are. */
  readonly title?: string
  /** What comes before the runs. */
  readonly sections?: ReadonlyArray<Section>
  /** Hears of the position up to which a run has been read. */
  readonly progress?: (run: string, position: number) => void
}

export interface Written {
  readonly runs: ReadonlyArray<string>
  readonly file: string
  readonly bytes: number
}

const headBytes = 512

/** Somebody's own file is not ours to replace. */
const mayBeWritten = (file: string): Effect.Effect<void, UsageError> =>
  Effect.tryPromise({
    try: async () => {
      const found = await stat(file).catch(() => undefined)
      if (found === undefined) return
      if (!found.isFile()) throw new Error("it is there and is no file")
      const handle = await open(file)
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
        const ours = buffer.subarray(0, bytesRead).includes(Page.mark)
        if (!ours && found.size > 0)
          throw new Error("it is there and is no report of ours; choose another --out")
      } finally {
        await handle.close()
      }
    },
    catch: (error) => cannotWrite(file, error),
  })

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist",
  ENOTDIR: "what should be its directory is a file",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "nothing can be written there",
  ENOSPC: "the disk is full",
}

const cannotWrite = (file: string, error: unknown): UsageError => {
  const code = (error as NodeJS.ErrnoException).code
  const reason = reasons[code ?? ""] ?? (error instanceof Error ? error.message : String(error))
  return new UsageError({ message: `Cannot write the report ${file}: ${reason}` })
}

/** Written beside its place and put there whole, so that nobody opens half a report. */
const write = (file: string, pieces: Iterable<string>): Effect.Effect<number, UsageError> =>
  Effect.tryPromise({
    try: async () => {
      const partial = `${file}.${process.pid}.part`
      try {
        await pipeline(Readable.from(pieces), createWriteStream(partial, { flags: "wx" }))
        await rename(partial, file)
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
      return (await stat(file)).size
    },
    catch: (error) => cannotWrite(file, error),
  })

/** Writes one HTML file about these runs, which must be in the log; of no runs, about what the sections say. */
export const writeReport = (
  log: EventLogShape,
  runs: ReadonlyArray<Reported>,
  file: string,
  options: ReportOptions = {},
): Effect.Effect<Written, RunUnknown | StoreUnavailable | UsageError> =>
  writePage(
    Effect.flatMap(
      Effect.forEach(runs, (reported) =>
        readRun(log, reported, (position) => options.progress?.(reported.run, position)),
      ),
      (read) => RunComparison.compared(log, read),
    ),
    file,
    options,
  )

/** The same without a log: title and sections. */
export const writeSections = (
  file: string,
  options: Required<Pick<ReportOptions, "title" | "sections">>,
): Effect.Effect<Written, UsageError> => writePage(Effect.succeed({ runs: [], sections: [] }), file, options)

const writePage = <E>(
  reading: Effect.Effect<RunComparison.Compared, E>,
  file: string,
  options: ReportOptions,
): Effect.Effect<Written, E | UsageError> =>
  Effect.gen(function* () {
    yield* mayBeWritten(file)
    const asset = yield* WebAsset.load("report")
    const { runs: read, sections } = yield* reading
    const names = read.map(({ run }) => run)
    const bytes = yield* write(
      file,
      Page.pieces({
        title: options.title ?? titleOf(read),
        runs: read,
        sections: [...(options.sections ?? []), ...sections],
        invariants: invariants,
        asset,
      }),
    )
    return { runs: names, file, bytes }
  })
