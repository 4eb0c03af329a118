/** What set a clock, and what happened before what. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { UsageError } from "../domain/UsageError.ts"
import * as Explaining from "../persistence/inquiry/Explaining.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as NamedEvent from "../persistence/inquiry/NamedEvent.ts"
import { ofRun } from "../persistence/inquiry/RecordContradicts.ts"
import * as Relating from "../persistence/inquiry/Relating.ts"
import { json } from "./Answering.ts"
import { api } from "./Api.ts"
import { WholeLogs } from "./WholeLogs.ts"

/** In the words of the command line, with the field that is at fault. */
class WrongUse extends Data.TaggedError("UsageError")<{
  readonly message: string
  readonly field: string
}> {}

/** By the word that is at fault; without one the run is, which has no such answer. */
const inField =
  (fieldOf: (word: string | undefined) => string) =>
  <E extends { readonly _tag: string }>(error: E | UsageError): Exclude<E, UsageError> | WrongUse =>
    error instanceof UsageError
      ? new WrongUse({ message: error.message, field: fieldOf(error.word) })
      : (error as Exclude<E, UsageError>)

const partOf = (machine: string) => (word: string | undefined) => {
  if (word === undefined) return "run"
  return /^\d+$/.test(machine) ? "version" : "machine"
}

const whichOf = (a: string | undefined, b: string | undefined) => (word: string | undefined) => {
  if (word !== undefined) return word === b ? "b" : "a"
  if ((a === undefined) === (b === undefined)) return "run"
  return a === undefined ? "a" : "b"
}

export const layer = HttpApiBuilder.group(api, "causality", (handlers) =>
  handlers
    .handle("why", ({ path }) =>
      json(({ catalogue, db }) =>
        Effect.gen(function* () {
          const wanted = yield* NamedEvent.parse("explain an event", `${path.machine}/${path.version}`)
          const run = yield* catalogue.resolve(path.run)
          const { imported, names } = yield* MachineNames.described(db, run)
          const explained = yield* Effect.catchTag(
            Explaining.explain(db, run, wanted, imported),
            "RecordContradicts",
            ofRun(imported !== undefined),
          )
          return Explaining.toJson(run, explained, names)
        }).pipe(Effect.mapError(inField(partOf(path.machine)))),
      ),
    )
    .handle("relate", ({ path, urlParams: { a, b } }) =>
      json(({ catalogue, db, log }) =>
        Effect.gen(function* () {
          const addresses = yield* Relating.decode([a, b].filter((word) => word !== undefined))
          const run = yield* catalogue.resolve(path.run)
          const turn = yield* WholeLogs
          return Relating.toJson(run, yield* turn(Relating.ask({ db, log, run }, addresses)))
        }).pipe(Effect.mapError(inField(whichOf(a, b)))),
      ),
    ),
)
