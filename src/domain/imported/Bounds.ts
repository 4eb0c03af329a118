/** What a store can hold of a foreign log: whole numbers of four bytes, times up to the year 2255, texts without NUL. */
import type { Entry } from "./Entry.ts"

/** An entry that no store can hold: what must hold and what was found. */
export class OutOfBounds extends Error {
  readonly line: number

  constructor(line: number, problem: string) {
    super(problem)
    this.line = line
  }
}

const largest = 2_147_483_647
/** Microseconds since the Unix epoch that a number can count one by one. */
const latestUs = Number.MAX_SAFE_INTEGER

const longestName = 256

/** As it can be stored: what is no character of text becomes the sign for that. */
export const storable = (text: string): string => text.replace(/[\0\p{Cs}]/gu, "\ufffd")

const isWhole = (value: number | null, most: number): boolean =>
  value === null || (Number.isSafeInteger(value) && value >= 0 && value <= most)

const counts = ["lamport", "queueLength", "senderLamport"] as const

export const check = (entry: Entry): void => {
  for (const name of counts)
    if (!isWhole(entry[name], largest))
      throw new OutOfBounds(
        entry.line,
        `${name} must be a whole number from 0 to ${largest}, found ${entry[name]}`,
      )
  if (!isWhole(entry.atUs, latestUs) || !isWhole(entry.arrivedAtUs, latestUs))
    throw new OutOfBounds(entry.line, "a time must lie between the years 1970 and 2255")
  if (entry.machine.length > longestName)
    throw new OutOfBounds(
      entry.line,
      `a machine's name may be of at most ${longestName} characters, found ${entry.machine.length}`,
    )
  if (entry.vector === null) return
  for (const name in entry.vector)
    if (!isWhole(entry.vector[name]!, largest))
      throw new OutOfBounds(
        entry.line,
        `a vector's entries must be whole numbers from 0 to ${largest}, found ${entry.vector[name]}`,
      )
}
