/**
 * What ShiViz draws and GoVector writes: a host with its vector clock as JSON, and a line of text, in either order. The
 * first two lines may hold an expression of the file's own and a delimiter. What an event was is not said: the vectors
 * tell who sent and who received.
 */

import type { Entry } from "../../domain/imported/Entry.ts"
import { entry } from "../../domain/imported/Entry.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { timeOf } from "./Time.ts"

const clockLine = /^\s*(?:[A-Z]+\s+)?(\S+)\s+(\{.*\})\s*$/
const byDefault = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)"

const vectorOf = (text: string): Readonly<Record<string, number>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
    const counts = Object.entries(value)
    return counts.length > 0 && counts.every(([, count]) => Number.isSafeInteger(count) && count >= 0)
      ? (value as Record<string, number>)
      : undefined
  } catch {
    return undefined
  }
}

const isClockLine = (line: string): boolean => {
  const match = clockLine.exec(line)
  return match !== null && vectorOf(match[2]!) !== undefined
}

interface Shape {
  /** Lines before the first event. */
  readonly head: number
  readonly pattern: RegExp
  /** Lines of one event. */
  readonly lines: number
}

const compiled = (source: string): RegExp | undefined => {
  try {
    return new RegExp(`^${source}$`)
  } catch {
    return undefined
  }
}

const namesHost = (line: string): boolean => line.includes("(?<host>") && line.includes("(?<clock>")

const shapeOf = ({ lines }: Sample): Shape => {
  const own = namesHost(lines[0] ?? "") ? compiled(lines[0]!) : undefined
  if (own !== undefined) return { head: 2, pattern: own, lines: lines[0]!.split("\\n").length }
  const first = lines.find((line) => line.trim() !== "") ?? ""
  return isClockLine(first)
    ? { head: 0, pattern: compiled(byDefault)!, lines: 2 }
    : { head: 0, pattern: compiled("(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})")!, lines: 2 }
}

const entryOf = (groups: Readonly<Record<string, string | undefined>>, line: number): Entry | undefined => {
  const { host, clock, event } = groups
  const vector = clock === undefined ? undefined : vectorOf(clock)
  if (host === undefined || host === "" || vector === undefined || !((vector[host] ?? 0) > 0))
    return undefined
  const time = groups.date ?? groups.time ?? groups.timestamp
  const label = event?.trim()
  return entry({
    kind: "internal",
    machine: host,
    line,
    vector,
    atUs: time === undefined ? null : (timeOf(time) ?? null),
    label: label === undefined || label === "" ? null : label,
  })
}

/** Lines wait until as many are there as an event has; a line that begins none is passed over alone. */
const reader = ({ sample }: FileContext): Reader => {
  const { head, pattern, lines } = shapeOf(sample)
  let waiting: Array<string> = []
  const taken = (number: number): Entry | undefined => {
    const match = pattern.exec(waiting.map((line) => line.trimEnd()).join("\n"))
    return match?.groups === undefined ? undefined : entryOf(match.groups, number)
  }
  return {
    line: (text, number) => {
      if (number <= head || (waiting.length === 0 && text.trim() === "")) return []
      waiting.push(text)
      if (waiting.length < lines) return []
      const found = taken(number - lines + 1)
      if (found !== undefined) {
        waiting = []
        return [found]
      }
      waiting.shift()
      return undefined
    },
    end: () => [],
  }
}

const likeness = (sample: Sample): number => {
  if (namesHost(sample.lines[0] ?? "")) return 1
  const lines = sample.lines.filter((line) => line.trim() !== "")
  const clocks = lines.filter(isClockLine).length
  return lines.length === 0 ? 0 : Math.min(1, (2 * clocks) / lines.length)
}

export const format: Format = {
  name: "shiviz",
  does: "ShiViz and GoVector: a host with its vector clock, and a line of text",
  likeness,
  reader,
  fifo: false,
  kindless: true,
}
