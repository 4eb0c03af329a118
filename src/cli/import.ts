/**
 * `import`: a log from elsewhere, or a run of ours, into the store; all of it or nothing.
 *
 * `--json` prints {run, format, files, machines, names, events, internal, sent, received, matches, notes,
 * notUnderstood}; `--dry-run --json` the same without run, and with `first`, the first events as they are understood.
 */
import * as Effect from "effect/Effect"
import * as Beginning from "../domain/Beginning.ts"
import { address, isClockEvent, type Recorded } from "../domain/ClockEvent.ts"
import { toIso } from "../domain/EventPayload.ts"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import type { Format } from "../interchange/import/Format.ts"
import { formats } from "../interchange/import/Formats.ts"
import * as Import from "../interchange/import/Import.ts"
import * as Mapped from "../interchange/import/Mapped.ts"
import * as ImportWriter from "../persistence/ImportWriter.ts"
import * as ImportInput from "./ImportInput.ts"
import * as Interruption from "./Interruption.ts"
import * as NameInLine from "./NameInLine.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import { newRunId } from "./Recording.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

const mostFirst = 10

const refuse = (problem: string) => new UsageError({ message: `Cannot import ${problem}` })

/** A group with a name makes it a regular expression; anything else names fields. */
const mapped = (map: string): Effect.Effect<Format, UsageError> =>
  Effect.try({
    try: () => (map.includes("(?<") ? Mapped.byPattern(map) : Mapped.byFields(map)),
    catch: (error) => new UsageError({ message: (error as Error).message }),
  })

const formatOf = (options: Record<string, unknown>): Effect.Effect<Format | undefined, UsageError> => {
  const { format, map } = options
  if (map !== undefined) return mapped(String(map))
  if (format === undefined) return Effect.succeed(undefined)
  const found = formats.find(({ name }) => name === format)
  return found === undefined
    ? Effect.fail(
        refuse(
          `this: --format must be ${formats.map(({ name }) => name).join(", ")}, found ${JSON.stringify(format)}`,
        ),
      )
    : Effect.succeed(found)
}

const failure = (error: unknown): UsageError | Import.GoesBack => {
  if (error instanceof Import.GoesBack) return error
  if (error instanceof Import.Refused) return refuse(error.message)
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== undefined && typeof code === "string" && /^E[A-Z]+$/.test(code))
    return refuse(`the files: ${message}`)
  throw error
}

/** Reads a log as often as it takes, at most twice: `consume` must begin anew each time. */
const reading = <A, R>(
  prepared: Import.Prepared,
  consume: (
    pages: AsyncIterable<ReadonlyArray<Recorded>>,
  ) => Effect.Effect<A, UsageError | Import.GoesBack | Store.StoreFailure, R>,
) =>
  Effect.gen(function* () {
    let outcome: Import.Outcome | undefined
    const once = (unsorted: boolean) =>
      consume(
        Import.events(
          prepared,
          (found) => {
            outcome = found
          },
          unsorted,
        ),
      )
    const result = yield* Effect.catchIf(
      once(false),
      (error): error is Import.GoesBack => error instanceof Import.GoesBack,
      () => once(true),
    )
    return { result, outcome: outcome! }
  })

const notUnderstoodLines = ({ findings }: Import.Outcome): ReadonlyArray<string> => {
  const { notUnderstood, strange } = findings
  return [
    ...notUnderstood.map(({ file, line, text }) => `not understood: ${file}:${line}: ${text}`),
    ...(strange > notUnderstood.length ? [`... and ${strange - notUnderstood.length} more lines`] : []),
  ]
}

/** What was understood, for people and as JSON. */
const describe = ({ first, tally, findings }: Import.Outcome, events: number) => {
  const imported = first.kind === "run-imported" ? first.payload : undefined
  const ours = Beginning.of([first])
  return {
    format: imported?.format ?? "lightcone",
    files: imported?.files ?? ours?.origin?.files ?? [],
    machines: imported?.machines ?? ours?.config.machines ?? 0,
    names: imported?.names ?? [],
    events,
    internal: tally?.internal ?? null,
    sent: tally?.sent ?? null,
    received: tally?.received ?? null,
    matches: tally?.matches ?? null,
    says: imported?.says ?? null,
    notes: imported?.notes ?? [],
    notUnderstood: findings.notUnderstood,
  }
}

const words: Readonly<Record<string, string>> = {
  message: "by the message's name",
  clock: "by sender and clock",
  vector: "by vector clocks",
  order: "as the next of its link",
  fits: "by what fits the clocks",
  "one-of-several": "one of several that fit",
  missing: "whose send is not in the log",
  "none-fits": "that no send fits",
  untold: "of which the log does not say enough",
}

const summaryLines = (described: ReturnType<typeof describe>): ReadonlyArray<string> => [
  `${described.events} events of ${described.machines} machines, from ${described.format}: ${described.files.map(NameInLine.whole).join(", ")}`,
  ...NameInLine.legend(described.names),
  ...(described.matches === null
    ? []
    : [
        `${described.internal} internal, ${described.sent} sent, ${described.received} received`,
        ...Object.entries(described.matches).map(
          ([match, count]) => `  ${count} ${count === 1 ? "receipt" : "receipts"} ${words[match]}`,
        ),
      ]),
  ...described.notes,
]

const what = (event: Recorded): string => {
  switch (event.kind) {
    case "sent":
      return event.payload.recipients.length === 0
        ? "to nobody known"
        : `to ${event.payload.recipients.join(" and ")}`
    case "received":
      return event.payload.sendVersion === null
        ? `from ${event.payload.sender ?? "nobody known"}, ${words[event.payload.match ?? "untold"]}`
        : `${event.payload.sender}/${event.payload.sendVersion}, found ${words[event.payload.match ?? ""] ?? ""}`
    default:
      return ""
  }
}

const row = (event: Recorded, files: ReadonlyArray<string>): ReadonlyArray<string | number> => {
  if (!isClockEvent(event)) return ["", address(event), event.kind, toIso(event.occurredAtUs), "", "", ""]
  const { payload } = event
  return [
    `${files[(payload.file ?? 1) - 1]}:${payload.line ?? ""}`,
    address(event),
    event.kind,
    payload.derived?.includes("occurredAt") ? "" : toIso(event.occurredAtUs),
    event.lamport === null ? "" : `${event.lamport}${payload.derived?.includes("lamport") ? " (ours)" : ""}`,
    event.queueLength ?? "",
    `${what(event)}${payload.label === undefined ? "" : ` (${payload.label})`}`,
  ]
}

const dry = (prepared: Import.Prepared, asJson: boolean) =>
  Effect.gen(function* () {
    const { result, outcome } = yield* reading(prepared, (pages) =>
      Effect.tryPromise({
        try: async () => {
          const first: Array<Recorded> = []
          let events = 0
          for await (const page of pages) {
            events += page.length
            first.push(...page.filter(isClockEvent).slice(0, mostFirst - first.length))
          }
          return { first, events }
        },
        catch: failure,
      }),
    )
    const described = describe(outcome, result.events)
    if (asJson) {
      yield* json({ ...described, first: result.first })
      return 0
    }
    const header = ["line", "event", "kind", "time", "clock", "queue", ""]
    for (const text of [
      ...table(
        header,
        result.first.map((event) => row(event, described.files)),
      ),
      "",
      ...summaryLines(described),
      ...notUnderstoodLines(outcome),
      "",
      "nothing was stored; without --dry-run it would be",
    ])
      yield* line(harmless(text))
    return 0
  })

const store = (prepared: Import.Prepared, asJson: boolean, invocation: Invocation) =>
  Effect.gen(function* () {
    const opened = yield* Store.open("write", invocation)
    const run = newRunId()
    const { result: events, outcome } = yield* reading(prepared, (pages) =>
      ImportWriter.write(opened.database, run, pages, failure),
    )
    if (events <= Limits.eventsProjectedAtImport) yield* opened.projections.catchUp(run)
    const described = describe(outcome, events)
    if (asJson) {
      yield* json({ run, ...described })
      return 0
    }
    for (const text of [`run ${run}: ${summaryLines(described)[0]}`, ...summaryLines(described).slice(1)])
      yield* line(harmless(text))
    for (const text of notUnderstoodLines(outcome)) yield* note(harmless(text))
    yield* line(`next: lightcone verify ${run}, or lightcone report ${run}`)
    return 0
  })

export const command = (
  files: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const format = yield* formatOf(options)
    const interruption = yield* Interruption.listen
    const work = Effect.gen(function* () {
      const inputs = yield* ImportInput.open(files)
      const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0)
      const bar = ProgressBar.make("importing", "bytes", invocation)
      let read = 0
      const prepared = yield* Effect.tryPromise({
        try: () =>
          Import.prepare(inputs, {
            ...(format === undefined ? {} : { format }),
            lenient: options.lenient === true,
            onBytes: (count) => {
              read += count
              bar.show(Math.min(read, bytes), bytes)
            },
          }),
        catch: (error) => failure(error) as UsageError,
      })
      return options.dryRun === true
        ? yield* dry(prepared, options.json === true)
        : yield* store(prepared, options.json === true, invocation)
    })
    return yield* Effect.raceFirst(work, interruption.requested)
  }).pipe(Effect.scoped)
