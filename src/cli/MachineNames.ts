/**
 * What the machines of an imported run are called, and what else is known of its log. From a view, as the record may
 * be spoiled.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Imported } from "../domain/Imported.ts"
import * as Query from "../persistence/Query.ts"
import { harmless } from "./Output.ts"

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

/** A terminal's line has no room for more; `--json` has all. */
const longest = 40

/** A text of a log or the name of a file, as part of a line. */
export const whole = (text: string): string => harmless(text.replaceAll(/\s+/g, " "))

/** The same, cut where it is long. */
export const inLine = (text: string, most = longest): string => {
  const flat = [...text.replaceAll(/\s+/g, " ")]
  return harmless(flat.length <= most ? flat.join("") : `${flat.slice(0, most - 3).join("")}...`)
}

const mostListed = 24

/** A line that says them all, or none. */
export const legend = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (names.length === 0) return []
  const listed = names.slice(0, mostListed).map((name, i) => `${i + 1} is ${inLine(name)}`)
  const more = names.length > mostListed ? `, and ${names.length - mostListed} more` : ""
  return [`machines: ${listed.join(", ")}${more}`]
}
