/** `clocks`: every clock over the very same events, in a table; `ClockComparing` says what `--json` prints. */
import * as Effect from "effect/Effect"
import type { Clock } from "../domain/clocks/Clock.ts"
import * as Comparison from "../domain/clocks/Comparison.ts"
import { percent } from "../domain/clocks/Percent.ts"
import { registry } from "../domain/clocks/Registered.ts"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as ClockTables from "../persistence/ClockTables.ts"
import * as ClockComparing from "../persistence/inquiry/ClockComparing.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as Projections from "./Projections.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"
import { parseDuration, showDuration } from "./Units.ts"

const refused = (what: string, found: unknown) =>
  new UsageError({ message: `Cannot compare clocks: ${what}, found ${JSON.stringify(found)}` })

const decode = (options: Record<string, unknown>) =>
  Effect.gen(function* () {
    const { defaults } = Comparison
    const { skew = `${defaults.skewUs}us`, seed = defaults.seed } = options
    const skewUs = parseDuration(String(skew))
    if (skewUs === undefined || skewUs > Limits.maxClockSkewUs)
      return yield* refused(
        `--skew must be a time with a unit, such as 10ms, up to ${showDuration(Limits.maxClockSkewUs)}`,
        skew,
      )
    if (!/^\d+$/.test(String(seed)) || Number(seed) > Limits.maxSeed)
      return yield* refused(`--seed must be a whole number from 0 to ${Limits.maxSeed}`, seed)
    return { skewUs, seed: Number(seed) }
  })

const amount = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0))

const grouped = (count: number): string => count.toLocaleString("en")

export const lines = (answer: ClockComparing.Answer): ReadonlyArray<string> => {
  const { run, machines, clockEvents, strays, sample, concurrent, causal, skewUs, seed } = answer
  const kinds = `${grouped(concurrent.compared)} concurrent, ${grouped(causal.compared)} causal`
  return [
    `run ${run}: ${grouped(clockEvents)} clock events of ${grouped(machines)} ${machines === 1 ? "machine" : "machines"}, each stamped by every clock`,
    "",
    ...table(
      [
        "clock",
        "bytes",
        "largest",
        "orders concurrent",
        "against time",
        "leaves causal",
        "ns a stamp",
        "bytes grow with",
      ],
      answer.clocks.map((measured) => [
        measured.clock.name,
        amount(measured.meanBytes),
        String(measured.largestBytes),
        percent(measured.falseOrder),
        measured.inverted === undefined ? "no times" : percent(measured.inverted),
        percent(measured.unordered),
        measured.nsPerStamp.toFixed(0),
        measured.clock.growth,
      ]),
    ),
    "",
    "orders concurrent: of the pairs of concurrent events, those that the clock puts in an order (false order);",
    "against time: of the same pairs, those that it orders against real time; leaves causal: of the pairs of which one",
    "happened before the other, those that it leaves unordered. Concurrent pairs are of different machines.",
    sample === undefined
      ? `all pairs were compared: ${kinds}, ${percent(concurrent.among)} concurrent`
      : `a sample of pairs was compared: ${grouped(sample.anchors)} events drawn by seed ${seed}, each with up to ${sample.pairsOfAnchor} later ones of either kind (${kinds}); ± one standard error; ${percent(concurrent.among)} of all pairs are concurrent`,
    `physical clocks, for those clocks that read one, are the log's times and an offset a machine (seed ${seed}), at most ${showDuration(skewUs)} apart`,
    ...(strays === 0
      ? []
      : [
          `the log does not tell the sends of ${grouped(strays)} receipts, which count as events of their machine alone`,
        ]),
    ...answer.clocks.flatMap(({ clock, reversed }) =>
      reversed.share === null || reversed.share === 0
        ? []
        : [
            `${clock.name} orders ${percent(reversed)} of the causal pairs the wrong way around: it is no logical clock`,
          ],
    ),
  ]
}

/** Whoever may not write gets the answer all the same. */
const fill = (
  { database }: Store.Store,
  answer: ClockComparing.Answer,
  kept: ClockTables.Kept,
  { quiet }: Invocation,
) => {
  const say = (text: string) => (quiet ? Effect.void : note(text))
  return Effect.gen(function* () {
    yield* ClockTables.fill(database.db, answer, kept)
    if (kept.events() < answer.clockEvents)
      yield* say(
        `clock_stamps has the first ${grouped(kept.events())} of ${grouped(answer.clockEvents)} clock events`,
      )
  }).pipe(
    Effect.catchIf(Projections.mayNotWrite, () =>
      say("clock_stamps and clock_comparison were not filled: this login may not write"),
    ),
  )
}

export const command = (
  reference: string,
  options: Record<string, unknown>,
  invocation: Invocation,
  clocks: ReadonlyArray<Clock> = registry,
) =>
  Effect.gen(function* () {
    const { skewUs, seed } = yield* decode(options)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const bar = ProgressBar.make("stamping", "events", invocation)
    const kept = ClockTables.kept(clocks)
    const answer = yield* ClockComparing.compare(
      { log: store.log, run, clocks, seed, skewUs, onStamps: kept.take },
      bar.show,
    )
    yield* fill(store, answer, kept, invocation)
    if (options.json === true) yield* json(ClockComparing.toJson(answer))
    else {
      for (const text of lines(answer)) yield* line(harmless(text))
      yield* line(`next: lightcone relate ${run}`)
    }
    return 0
  }).pipe(Effect.scoped)
