/** Runs as files: a report, and the formats of the field. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Beginning from "../domain/Beginning.ts"
import * as Limits from "../domain/Limits.ts"
import { invariants } from "../domain/verification/Invariants.ts"
import { runOf } from "../interchange/export/Exporter.ts"
import { formatOf, formats } from "../interchange/export/Formats.ts"
import * as Texts from "../interchange/export/Texts.ts"
import * as Page from "../interchange/report/Page.ts"
import { InvalidField, respond } from "./Answering.ts"
import { api } from "./Api.ts"
import * as ReadableRun from "./ReadableRun.ts"
import * as RunComparison from "./RunComparison.ts"
import * as RunReference from "./RunReference.ts"
import { readRun, titleOf } from "./RunReport.ts"
import type { Store } from "./StoreAccess.ts"
import * as WebAsset from "./WebAsset.ts"

const report = (store: Store, references: ReadonlyArray<string>) =>
  ReadableRun.readingAll(store, references, (runs) =>
    Effect.gen(function* () {
      const asset = yield* WebAsset.load("report")
      const read = yield* Effect.forEach(runs, (run) => readRun(store.log, { run }, () => {}))
      const compared = yield* RunComparison.compared(store.log, read)
      const page: Page.ReportPage = { title: titleOf(read), ...compared, invariants, asset }
      return HttpServerResponse.stream(Stream.encodeText(Stream.fromIterable(Page.pieces(page))), {
        contentType: "text/html; charset=utf-8",
        headers: { "content-security-policy": Page.policy(asset.script) },
      })
    }),
  )

const runsAsked = (given: string | ReadonlyArray<string> | undefined) => {
  const runs = typeof given === "string" ? [given] : (given ?? [])
  return runs.length >= 1 && runs.length <= Limits.maxReportedRuns
    ? Effect.succeed(runs)
    : Effect.fail(
        new InvalidField({
          field: "run",
          problem: `must be given once for each run of the report, 1 to ${Limits.maxReportedRuns} times, found ${runs.length}`,
        }),
      )
}

const formatAsked = (name: string | undefined) => {
  const format = formatOf(name)
  return format === undefined
    ? Effect.fail(
        new InvalidField({
          field: "format",
          problem: `must be one of ${formats.map((one) => one.name).join(", ")}, found ${name === undefined ? "nothing" : JSON.stringify(name.slice(0, 60))}`,
        }),
      )
    : Effect.succeed(format)
}

const exported = (store: Store, reference: string, name: string | undefined) =>
  Effect.gen(function* () {
    const format = yield* formatAsked(name)
    const run = yield* RunReference.resolve(store, reference)
    const { position: head } = yield* store.log.head(run)
    const known = runOf(yield* store.log.read({ run, after: 0, limit: Beginning.events }))
    if (known === undefined)
      return yield* new InvalidField({
        field: "run",
        problem: "must have begun to be exported, found no run-started",
      })
    const machines = Array.from({ length: known.count + 1 }, (_, machine) => machine)
    const { gather, end } = Texts.make(format, { ...known, run, machines, alone: false }, false)
    const isWanted = ({ kind, machine }: { readonly kind: string; readonly machine: number }): boolean =>
      format.kinds === "all" || (machine > 0 && (format.kinds === "machines" || clockKinds.has(kind)))
    const text = (pieces: Texts.Texts): string => (pieces.get(0) ?? []).join("")
    const pages = Stream.paginateEffect(0, (after) =>
      Effect.map(
        store.log.read({ run, after, limit: Math.min(Limits.eventsPerPage, head - after) }),
        (page) => {
          const last = page[page.length - 1]?.position ?? head
          return [
            text(gather(page.filter(isWanted))),
            last < head ? Option.some(last) : Option.none<number>(),
          ] as const
        },
      ),
    )
    const all = Stream.concat(
      pages,
      Stream.suspend(() => Stream.make(text(end()))),
    )
    return HttpServerResponse.stream(Stream.encodeText(all), {
      contentType: "application/octet-stream",
      headers: { "content-disposition": `attachment; filename="${run}.${format.name}"` },
    })
  })

const clockKinds = new Set(["internal", "sent", "received"])

export const layer = HttpApiBuilder.group(api, "files", (handlers) =>
  handlers
    .handle("report", ({ path }) => respond((store) => report(store, [path.run])))
    .handle("reports", ({ urlParams }) =>
      respond((store) => Effect.flatMap(runsAsked(urlParams.run), (runs) => report(store, runs))),
    )
    .handle("export", ({ path, urlParams }) =>
      respond((store) => exported(store, path.run, urlParams.format)),
    ),
)
