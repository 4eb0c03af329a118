/**
 * One JSON object a line: Lightcone's minimal format, a window of one of its runs, and what is close to either.
 * Fields go by many names (`FieldNames`); those of a payload count as the object's own.
 */
import { fieldOf } from "./FieldNames.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { kindOf } from "./KindWords.ts"
import { nameOf, type Said, type Surroundings, understood, unsaid } from "./Said.ts"
import { firstPosition } from "./VectorPositions.ts"

const openBrace = 123

export const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (text.charCodeAt(0) !== openBrace && text.trimStart().charCodeAt(0) !== openBrace) return undefined
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

const isKind = (value: unknown): boolean => typeof value === "string" && kindOf(value) !== undefined

const collect = (said: Said, object: Readonly<Record<string, unknown>>, isInner: boolean): void => {
  for (const key in object) {
    const field = fieldOf(key)
    const value = object[key]
    if (field === undefined || value === null) continue
    if (field === "payload") {
      if (typeof value === "object" && !isInner)
        collect(said, value as Readonly<Record<string, unknown>>, true)
    } else if (said[field] === undefined || (field === "kind" && !isKind(said.kind))) {
      said[field] = value
    }
  }
}

const saidOf = (text: string): Said | undefined => {
  const object = objectOf(text)
  if (object === undefined) return undefined
  const said = unsaid()
  collect(said, object, false)
  return said
}

const surroundings = ({ machine, sample }: FileContext): Surroundings => ({
  machine,
  firstPosition: firstPosition([
    machine,
    ...sample.lines.flatMap((line) => nameOf(saidOf(line)?.machine) ?? []),
  ]),
})

const reader = (file: FileContext): Reader => {
  const around = surroundings(file)
  return {
    line: (text, number) => {
      const said = saidOf(text)
      if (said === undefined) return text.trim() === "" ? [] : undefined
      return understood(said, around, number)
    },
    end: () => [],
  }
}

const ordered = (said: Said): boolean =>
  said.lamport !== undefined || said.time !== undefined || said.vector !== undefined

const likeness = ({ lines }: Sample): number => {
  const telling = lines.filter((line) => line.trim() !== "")
  const alike = telling.filter((line) => {
    const said = saidOf(line)
    return said !== undefined && isKind(said.kind) && ordered(said)
  })
  return telling.length === 0 ? 0 : (alike.length / telling.length) * 0.95
}

export const format: Format = {
  name: "jsonl",
  does: "one JSON object a line, with kind, machine, lamport and more",
  likeness,
  reader,
  fifo: true,
  strict: true,
}
