/**
 * `fork`: what if. A new run goes on in virtual time from a copied prefix of another, with something set otherwise. Of a
 * virtual parent, what the new run's configuration makes is first compared with the prefix, event by event. JSON: as `run`'s, with `parent`.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Beginning from "../domain/Beginning.ts"
import { address, type Recorded } from "../domain/ClockEvent.ts"
import * as Fork from "../domain/Fork.ts"
import * as ForkWords from "../domain/ForkWords.ts"
import * as Prefix from "../domain/Prefix.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import { UsageError } from "../domain/UsageError.ts"
import { readAll } from "../persistence/inquiry/Analysis.ts"
import * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import * as MadeAgain from "./MadeAgain.ts"
import { observed } from "./Observed.ts"
import { harmless, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import { carryOut, newRunId, virtualProgress } from "./Recording.ts"
import * as RunOptions from "./RunOptions.ts"
import * as Store from "./Store.ts"

const refuse = (message: string) => new UsageError({ message })

const wishesOf = (texts: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(texts, (text) =>
      Effect.mapError(ForkWords.parse(text), (problem) => refuse(`Cannot fork: --set ${problem}`)),
    ),
    Fork.wishes,
  )

/** Undefined where it is not given. */
const positionOf = (text: unknown): Effect.Effect<number | undefined, UsageError> =>
  text === undefined
    ? Effect.succeed(undefined)
    : /^\d{1,15}$/.test(String(text))
      ? Effect.succeed(Number(text))
      : refuse(`Cannot fork: --at must be a position of the log, found ${JSON.stringify(text)}`)

const beginningOf = (run: string, log: ReadonlyArray<Recorded>) => {
  const begun = Beginning.of(log)
  if (begun?.startUs !== undefined) return Effect.succeed({ ...begun, startUs: begun.startUs })
  const found = begun === undefined ? "a log from elsewhere" : "one that has not begun"
  return refuse(`Cannot fork run ${run}: it must be a run of Lightcone's own, found ${found}`)
}

/** Of a real parent, which nothing makes again. */
const copied = (
  store: Store.Store,
  run: string,
  { config, startUs }: { readonly config: RunConfig; readonly startUs: number },
  place: Fork.Place,
) =>
  Effect.gen(function* () {
    const reader = Prefix.reader(startUs, config, place)
    yield* readAll(store.log, run, reader.step)
    return yield* Effect.mapError(reader.finish(), (problem) => refuse(`Cannot fork run ${run}: ${problem}`))
  })

/** The prefix in the parent's record, and as the fork makes it. */
const compare = (
  store: Store.Store,
  run: string,
  beginning: VirtualLaboratory.Beginning,
  position: number,
  bar: ProgressBar.ProgressBar,
) =>
  Effect.gen(function* () {
    const { step, finish } = MadeAgain.comparison(beginning, true)
    let upTo = 0
    while (upTo < position) {
      const page = yield* store.log.read({ run, after: upTo, limit: Math.min(4_096, position - upTo) })
      if (page.length === 0) break
      for (const event of page) step(event)
      upTo = page[page.length - 1]!.position
      bar.show(upTo, position)
    }
    const { difference } = finish()
    if (difference === null) return
    const { position: at, recorded, again } = difference
    return yield* refuse(
      `Cannot fork run ${run}: its configuration must make the events of its record, found another at position ${at}: ${recorded === null ? "nothing" : address(recorded)} in the record, ${again === null ? "nothing" : address(again)} made again`,
    )
  })

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const set = (options.set ?? []) as ReadonlyArray<string>
    const wishes = yield* wishesOf(set)
    const asked = yield* positionOf(options.at)
    if (asked === undefined && wishes.drops.length === 0)
      return yield* refuse("Cannot fork: --at must say at which position of the log, found nothing")
    const carriage = yield* RunOptions.carriage(options)
    const store = yield* Store.open("write", invocation)
    const parent = yield* store.catalogue.resolve(reference)
    const { position: head } = yield* store.log.head(parent)
    const begun = yield* beginningOf(
      parent,
      yield* store.log.read({ run: parent, after: 0, limit: Beginning.events }),
    )
    if (asked !== undefined && asked > head)
      return yield* refuse(
        `Cannot fork run ${parent}: --at must be a position of its log, 0 to ${head}, found ${asked}`,
      )

    const survey = Fork.survey(begun.startUs, asked, wishes.drops)
    const bar = ProgressBar.make("reading", "events", invocation)
    yield* readAll(store.log, parent, survey.step, (position) => bar.show(position, head))
    const sends = survey.whereabouts().flatMap(({ sentAt }) => sentAt ?? [])
    const place = survey.place(asked ?? Math.min(...sends, head))
    for (const whereabouts of survey.whereabouts()) {
      const problem = Fork.problemOfDrop(whereabouts, place)
      if (problem !== undefined) return yield* refuse(`Cannot fork run ${parent}: --set ${problem}`)
    }
    const config = Fork.configOf(begun.config, place, wishes)
    if (Either.isLeft(config)) return yield* refuse(`Cannot fork run ${parent}: --set ${config.left}`)
    const beginning = yield* VirtualLaboratory.beginning(store.log, parent)
    const prefix = beginning?.prefix ?? (beginning ? undefined : yield* copied(store, parent, begun, place))
    if (beginning !== undefined) {
      const bar = ProgressBar.make("running again", "events", invocation)
      yield* compare(store, parent, { ...beginning, config: config.right }, place.position, bar)
    }

    const run = newRunId()
    const underWay = prefix === undefined ? {} : { underWay: prefix.underWay }
    const origin = { run: parent, position: place.position }
    const forked = { config: config.right, parent: origin, set, ...underWay }
    if (!invocation.quiet)
      yield* note(
        harmless(
          `run ${run} goes on from position ${place.position} of ${parent}${set.length === 0 ? "" : ` with ${set.join(", ")}`}`,
        ),
      )
    return yield* carryOut(
      run,
      (given) =>
        VirtualLaboratory.fork({
          ...given,
          ...carriage,
          forked,
          prefix,
          onProgress: virtualProgress(invocation),
        }),
      store,
      options,
      invocation,
    )
  }).pipe(Effect.scoped, observed(invocation))
