/**
 * `lesson`: a small real run, made to show one thing, and what it shows in words.
 *
 * `--json` prints one object:
 *
 *     {lesson, run, seed, events, pairs, counterexample}
 *
 * events: the clock events in the order of the log, {event, kind, lamport, position, occurredAt}. pairs: {ordered,
 * concurrent, counterexamples}, how many. counterexample: {a, b}, the smallest, a with the smaller clock, each as
 * in events with its vectorClock, an entry a machine; null where there is none.
 */
import * as Effect from "effect/Effect"
import type { Logged } from "../domain/ClockEvent.ts"
import { UsageError } from "../domain/UsageError.ts"
import { json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as RunOptions from "./RunOptions.ts"

/**
 * Options of `run` for each lesson. Two seconds of these rates are twenty ticks; of the seeds that were tried, this
 * one sends early, to everybody, with ticks well apart. With these rolls every interleaving holds a counterexample.
 */
export const lessons = {
  causality: { seed: "987", rates: "2,3,5", sides: "5", duration: "2s" },
} as const

const isLesson = (name: string): name is keyof typeof lessons => Object.hasOwn(lessons, name)

export const command = (name: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    if (!isLesson(name))
      return yield* new UsageError({
        message: `Cannot give the lesson: it must be one of ${Object.keys(lessons).join(", ")}, found ${JSON.stringify(name)}`,
      })
    const preset = lessons[name]
    const config = yield* RunOptions.decode({ ...preset, seed: options.seed ?? preset.seed })
    const Store = yield* Effect.promise(() => import("./Store.ts"))
    const [store, Recording, Lesson, { readAll }] = yield* Effect.all(
      [
        Store.open("write", invocation),
        Effect.promise(() => import("./Recording.ts")),
        Effect.promise(() => import("./CausalityLesson.ts")),
        Effect.promise(() => import("../persistence/inquiry/Analysis.ts")),
      ],
      { concurrency: "unbounded" },
    )
    const run = Recording.newRunId()
    yield* Recording.intro(run, config, invocation)
    const { code } = yield* Recording.recordWatched(run, Recording.begun(config), store, invocation)
    const log: Array<Logged> = []
    yield* readAll(store.log, run, (event) => log.push(event as Logged))
    const findings = Lesson.examine(run, config.machines, log)
    if (options.json === true) yield* json(Lesson.document(name, config.seed, findings))
    else for (const text of Lesson.lines(findings)) yield* line(text)
    return code
  }).pipe(Effect.scoped)
