/**
 * One process of the torture: says what it finds of earlier rounds, then appends to a run of its own until it is
 * killed, telling each head once it is acknowledged. Arguments: directory, seed, its round, the first to look at.
 */
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import { eventsPerPage } from "../../../src/domain/Limits.ts"
import { openEmbedded } from "../../../src/persistence/EmbeddedDatabase.ts"
import * as EventLogPostgres from "../../../src/persistence/EventLogPostgres.ts"
import { batchSizes, eventAt, type Round, runOf } from "./TortureLog.ts"

const [directory, ...numbers] = process.argv.slice(2)
const [seed, round, firstLooked] = numbers.map(Number) as [number, number, number]
const say = (word: string, value: unknown): void => console.log(`${word} ${JSON.stringify(value)}`)

const look = (log: ReturnType<typeof EventLogPostgres.make>, of: Round) =>
  Effect.gen(function* () {
    const run = runOf(of)
    const { position } = yield* log.head(run)
    let seen = 0
    for (;;) {
      const page = yield* log.read({ run, after: seen, limit: eventsPerPage })
      if (page.length === 0) break
      for (const { position: found, ...event } of page) {
        seen++
        if (found !== seen || !isDeepStrictEqual(event, eventAt(of, seen)))
          return { round: of.round, head: position, wrongAt: seen }
      }
    }
    return seen === position
      ? { round: of.round, head: position }
      : { round: of.round, head: position, wrongAt: seen + 1 }
  }).pipe(Effect.catchTag("RunUnknown", () => Effect.succeed({ round: of.round, head: 0 })))

const torture = Effect.gen(function* () {
  const { db } = yield* openEmbedded({ directory: directory!, access: "write", onNotice: () => {} })
  const log = EventLogPostgres.make(db)
  const earlier = Array.from({ length: round - firstLooked }, (_, i) => ({ seed, round: firstLooked + i }))
  say("found", yield* Effect.forEach(earlier, (of) => look(log, of)))
  const of = { seed, round }
  const ownership = yield* log.create(runOf(of), `pid ${process.pid}`)
  let head = 0
  let batch = 0
  for (const size of batchSizes(of)) {
    const events = Array.from({ length: size }, (_, i) => eventAt(of, head + 1 + i))
    head = yield* log.append(ownership, head, `batch ${++batch}`, events)
    say("acknowledged", head)
  }
})

await Effect.runPromise(Effect.scoped(torture))
