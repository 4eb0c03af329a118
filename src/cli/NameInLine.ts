/** Names and texts of logs as parts of a terminal's line. */
import { harmless } from "./Output.ts"

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
