/** What the machines of an imported run are called, for those who only see their numbers. */
import * as Effect from "effect/Effect"
import type { EventLogShape } from "../domain/EventLog.ts"

const mostListed = 24

/** By number from 1 on; none where machines are called by their numbers. */
export const of = (log: EventLogShape, run: string) =>
  Effect.map(log.read({ run, after: 0, limit: 1 }), ([first]): ReadonlyArray<string> => {
    const names = first?.kind === "run-imported" ? first.payload.names : []
    return names.some((name, i) => name !== String(i + 1)) ? names : []
  })

/** A line that says it, or none. */
export const legend = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (names.length === 0) return []
  const listed = names.slice(0, mostListed).map((name, i) => `${i + 1} is ${name}`)
  const more = names.length > mostListed ? `, and ${names.length - mostListed} more` : ""
  return [`machines: ${listed.join(", ")}${more}`]
}
