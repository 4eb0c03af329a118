/**
 * What the machines of an imported run are called, and what else is known of its log. From a view, as the record may
 * be spoiled.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Imported } from "../../domain/Imported.ts"
import * as Query from "../Query.ts"

const look = (db: Query.Db, run: string) =>
  Effect.map(
    Query.run(`look at run ${run}`, () =>
      db.selectFrom("lightcone.runs").select(["mode", "origin"]).where("run_id", "=", run).execute(),
    ),
    ([row]) => ({ isImported: row?.mode === "imported", origin: row?.origin ?? {} }),
  )

/** By number from 1 on; none where machines are called by their numbers. */
const namesIn = ({ names }: { readonly names?: unknown }): ReadonlyArray<string> => {
  if (!Array.isArray(names)) return []
  const texts = names.map(String)
  return texts.some((name, i) => name !== String(i + 1)) ? texts : []
}

export const of = (db: Query.Db, run: string) => Effect.map(look(db, run), ({ origin }) => namesIn(origin))

/** Whether a run is a log from elsewhere. */
export const isImported = (db: Query.Db, run: string) =>
  Effect.map(look(db, run), ({ isImported }) => isImported)

const decode = Schema.decodeUnknownOption(Imported)

/** What is known of a run's log that came from elsewhere, undefined of a run of ours; and the names of its machines. */
export const described = (db: Query.Db, run: string) =>
  Effect.map(look(db, run), ({ isImported, origin }) => ({
    imported: isImported ? Option.getOrUndefined(decode(origin)) : undefined,
    names: namesIn(origin),
  }))

/** The name of a machine where it is not its number. */
export const nameOf = (names: ReadonlyArray<string>, machine: number): string | undefined => {
  const name = names[machine - 1]
  return name === undefined || name === String(machine) ? undefined : name
}
