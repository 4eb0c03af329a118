/** A report written to a file: reads each run once, and never writes over what is no report of ours. */
import { createWriteStream } from "node:fs"
import { open, rename, rm, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import { comparer } from "../domain/prediction/Comparison.ts"
import type { Measured } from "../domain/prediction/Measured.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as Collect from "../interchange/report/Collect.ts"
import * as Page from "../interchange/report/Page.ts"
import type { Section } from "../interchange/report/Table.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as ReportAsset from "./ReportAsset.ts"
import * as RunOptions from "./RunOptions.ts"
import * as Summary from "./Summary.ts"

export interface Reported {
  readonly run: string
  /** Default: "run RUN". */
  readonly title?: string
}

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

/** One reading of the log gives the analysis and what the figures show. */
const readRun = (
  log: EventLogShape,
  { run, title }: Reported,
  progress: (position: number) => void,
): Effect.Effect<Page.RunOfReport, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const collection = Collect.make()
    const tapped: EventLogShape = {
      ...log,
      read: (from) => Effect.tap(log.read(from), (page) => page.forEach(collection.step)),
    }
    const { config, verdict, statistics, measured, digest } = yield* analyse(tapped, run, progress)
    const collected = collection.finish()
    const foretold = config === undefined ? undefined : foretell(config, measured)
    return {
      run,
      title: title ?? `run ${run}`,
      commandLine: config === undefined ? undefined : RunOptions.commandLine(config),
      digest,
      collected,
      statistics,
      verdict,
      comparison: foretold?.comparison ?? [],
      growth: foretold?.growth ?? [],
    }
  })

/** Theory, where the configuration is one that can be run. */
const foretell = (given: RunConfig.RunConfig, measured: Measured) =>
  Either.map(RunConfig.decode(given), (config) => {
    const { prediction, compare } = comparer(config)
    const points = prediction.fixedPoints.filter(({ stable }) => stable)
    return {
      comparison: compare(measured),
      growth: Array.from({ length: config.machines }, (_, i) => ({
        queueGrowthHz: points.map(({ machines }) => machines[i]!.queueGrowthHz),
        clockRateHz: points.map(({ machines }) => machines[i]!.clockRateHz),
      })),
    }
  }).pipe(Either.getOrUndefined)

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
    Effect.forEach(runs, (reported) =>
      readRun(log, reported, (position) => options.progress?.(reported.run, position)),
    ),
    file,
    options,
  )

/** The same without a log: title and sections. */
export const writeSections = (
  file: string,
  options: Required<Pick<ReportOptions, "title" | "sections">>,
): Effect.Effect<Written, UsageError> => writePage(Effect.succeed([]), file, options)

const writePage = <E>(
  reading: Effect.Effect<ReadonlyArray<Page.RunOfReport>, E>,
  file: string,
  options: ReportOptions,
): Effect.Effect<Written, E | UsageError> =>
  Effect.gen(function* () {
    yield* mayBeWritten(file)
    const asset = yield* ReportAsset.load
    const read = yield* reading
    const names = read.map(({ run }) => run)
    const bytes = yield* write(
      file,
      Page.pieces({
        title: options.title ?? (read.length === 1 ? read[0]!.title : `${read.length} runs`),
        runs: read,
        sections: options.sections ?? [],
        invariants: Summary.invariants,
        asset,
      }),
    )
    return { runs: names, file, bytes }
  })
