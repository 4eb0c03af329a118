/** What the machines of an imported run are called, for those who only see their numbers. */
import * as Effect from "effect/Effect"
import * as Query from "../persistence/Query.ts"

const mostListed = 24

/** By number from 1 on; none where machines are called by their numbers. From a view, as the record may be spoiled. */
export const of = (db: Query.Db, run: string) =>
  Effect.map(
    Query.run(`look at run ${run}`, () =>
      db.selectFrom("lightcone.runs").select("origin").where("run_id", "=", run).execute(),
    ),
    ([row]): ReadonlyArray<string> => {
      const { names } = (row?.origin ?? {}) as { readonly names?: unknown }
      if (!Array.isArray(names)) return []
      const texts = names.map(String)
      return texts.some((name, i) => name !== String(i + 1)) ? texts : []
    },
  )

/** Whether a run is a log from elsewhere. */
export const isImported = (db: Query.Db, run: string) =>
  Effect.map(
    Query.run(`look at run ${run}`, () =>
      db.selectFrom("lightcone.runs").select("mode").where("run_id", "=", run).execute(),
    ),
    ([row]) => row?.mode === "imported",
  )

/** A line that says it, or none. */
export const legend = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (names.length === 0) return []
  const listed = names.slice(0, mostListed).map((name, i) => `${i + 1} is ${name}`)
  const more = names.length > mostListed ? `, and ${names.length - mostListed} more` : ""
  return [`machines: ${listed.join(", ")}${more}`]
}
