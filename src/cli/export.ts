/** `export`: a run, or a part of it, in a format of the field. */
import { stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Beginning from "../domain/Beginning.ts"
import { type Context, type Format, type Run, runOf } from "../interchange/export/Exporter.ts"
import { formatOf, formats } from "../interchange/export/Formats.ts"
import * as Texts from "../interchange/export/Texts.ts"
import * as LogExtent from "../persistence/LogExtent.ts"
import { pages, reader } from "./ExportReading.ts"
import * as Target from "./ExportTarget.ts"
import * as Window from "./ExportWindow.ts"
import * as Interruption from "./Interruption.ts"
import { line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as Store from "./Store.ts"

const names = formats.map(({ name }) => name)

const formatAsked = (given: unknown) => {
  const format = formatOf(given)
  const found = given === undefined ? "none" : JSON.stringify(given)
  return format === undefined
    ? Window.refuse(`--format must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, found ${found}`)
    : Effect.succeed(format)
}

const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`

const told = (paths: ReadonlyArray<string>, place: Target.Place, events: number, run: string) =>
  Effect.gen(function* () {
    const sizes = yield* Effect.forEach(paths, (path) =>
      Effect.promise(() => stat(path).then(({ size: bytes }) => bytes)),
    )
    const bytes = sizes.reduce((sum, part) => sum + part, 0)
    const where =
      place.to === "directory"
        ? `${paths.length} ${paths.length === 1 ? "file" : "files"} in ${place.path}`
        : paths[0]!
    yield* line(`wrote ${where}, ${size(bytes)}: ${events} events of run ${run}`)
  })

const beginningOf = (store: Store.Store, run: string) =>
  Effect.gen(function* () {
    const log = yield* store.log.read({ run, after: 0, limit: Beginning.events })
    const known = runOf(log)
    return known === undefined
      ? yield* Window.refuse(
          `run ${run} must begin with run-started, run-requested, run-forked or run-imported, found ${log[0]?.kind ?? "no event yet"}`,
        )
      : known
  })

interface Job {
  readonly store: Store.Store
  readonly run: string
  readonly runKey: number
  readonly known: Run
  readonly format: Format
  readonly place: Target.Place
  readonly window: Window.Window
  readonly extent: LogExtent.Extent
}

const carryOut = (job: Job, invocation: Invocation) =>
  Effect.gen(function* () {
    const { store, run, format, place, window, extent, known } = job
    const target = yield* Target.open(
      place,
      known,
      window.chosen.filter((machine) => machine > 0),
    )
    const context: Context = { ...known, run, machines: window.chosen, alone: false }
    const { gather, end } = Texts.make(format, context, place.to === "directory")
    const showing = place.to !== "stdout" || !process.stdout.isTTY
    const bar = ProgressBar.make("exporting", "events", {
      ...invocation,
      quiet: invocation.quiet || !showing,
    })
    const read = yield* reader(store, run, job.runKey, window)
    yield* pages(run, read, extent, (page) =>
      Effect.gen(function* () {
        yield* target.write(gather(page.filter(window.holds)))
        const position = Math.min(page[page.length - 1]!.position, extent.last)
        bar.show(position - extent.first + 1, extent.last - extent.first + 1)
        return target.isWanted()
      }),
    )
    yield* target.write(end())
    return yield* target.finish
  }).pipe(Effect.scoped)

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const format = yield* formatAsked(options.format)
    const asked = yield* Window.decode(options)
    const place = yield* Target.placeOf(options, format)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const { runKey, position: head, growing } = yield* LogExtent.head(store.database.db, run)
    const known = yield* beginningOf(store, run)
    const window = yield* Window.resolve(asked, known, format.kinds, head)
    const extent = yield* Window.extent(store.database.db, run, runKey, head, window, known)
    const interruption = yield* Interruption.listen
    const job: Job = { store, run, runKey, known, format, place, window, extent }
    const done = yield* Effect.raceFirst(carryOut(job, invocation), interruption.requested)
    if (typeof done === "number") return done
    if (growing && !invocation.quiet)
      yield* note(`run ${run} is still being written: exported up to position ${extent.last}`)
    if (place.to === "stdout") return 0
    yield* told(done, place, extent.events, run)
    if (format.next !== undefined && !invocation.quiet) yield* note(`next: ${format.next}`)
    return 0
  }).pipe(Effect.scoped)
