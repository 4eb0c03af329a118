/** Logs whose fields the user names: keys of JSON objects and columns of tables, or groups of a regular expression. */
import type { FieldName } from "./FieldNames.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { objectOf } from "./JsonLines.ts"
import { cellsOf, type Separator, separatorOf } from "./Rows.ts"
import { nameOf, type Said, understood, unsaid } from "./Said.ts"
import { firstPosition } from "./VectorPositions.ts"

const named = {
  kind: "kind",
  machine: "machine",
  time: "time",
  lamport: "lamport",
  queue: "queue",
  to: "recipients",
  from: "sender",
  senderLamport: "senderLamport",
  message: "message",
  arrivedAt: "arrivedAt",
  vector: "vector",
  label: "label",
} as const satisfies Record<string, FieldName>

type Named = keyof typeof named

const allNames = Object.keys(named).join(", ")
const isNamed = (name: string): name is Named => Object.hasOwn(named, name)

type Map = ReadonlyArray<readonly [field: (typeof named)[Named], source: string]>

const mapOf = (text: string): Map => {
  const map = text.split(",").map((pair) => {
    const at = pair.indexOf("=")
    const [name, source] = [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()]
    if (at < 1 || source === "") {
      throw new Error(`Cannot map fields: each must be written field=name, found ${JSON.stringify(pair)}`)
    }
    if (!isNamed(name))
      throw new Error(`Cannot map fields: a field must be one of ${allNames}, found ${name}`)
    return [named[name], source] as const
  })
  if (map.every(([field]) => field !== "kind")) {
    throw new Error(`Cannot map fields: kind must be among them, found ${JSON.stringify(text)}`)
  }
  return map
}

/** "a.b" is b of a where there is no "a.b" itself. */
const within = (object: Readonly<Record<string, unknown>>, path: string): unknown => {
  if (Object.hasOwn(object, path)) return object[path]
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined,
      object,
    )
}

type Saying = (text: string) => Said | "nothing" | undefined

/** A reader of lines that are found one by one to say something, nothing, or what is not understood. */
const reading = ({ machine, sample }: FileContext, sayings: () => Saying): Reader => {
  const trial = sayings()
  const first = sample.lines.flatMap((line) => {
    const said = trial(line)
    return said !== undefined && said !== "nothing" ? (nameOf(said.machine) ?? []) : []
  })
  const around = { machine, firstPosition: firstPosition([machine, ...first]) }
  const saying = sayings()
  return {
    line: (text, number) => {
      const said = saying(text)
      if (said === "nothing") return []
      return said === undefined ? undefined : understood(said, around, number)
    },
    end: () => [],
  }
}

const formatOf = (name: string, does: string, sayings: () => Saying): Format => ({
  name,
  does,
  likeness: ({ lines }: Sample) => {
    const said = lines.filter((line) => line.trim() !== "").map(sayings())
    return said.length === 0 ? 0 : said.filter((each) => each !== undefined).length / said.length
  },
  reader: (file) => reading(file, sayings),
  fifo: true,
})

interface Heading {
  readonly separator: Separator
  readonly places: ReadonlyArray<readonly [field: FieldName, at: number]>
}

const headingOf = (map: Map, text: string): Heading | undefined => {
  const separator = separatorOf(text)
  const titles = cellsOf(text, separator)?.map((title) => title.trim()) ?? []
  const places = map.flatMap(([field, source]) =>
    titles.includes(source) ? [[field, titles.indexOf(source)] as const] : [],
  )
  return places.some(([field]) => field === "kind") ? { separator, places } : undefined
}

const fieldSaying = (map: Map) => (): Saying => {
  let heading: Heading | undefined
  return (text) => {
    if (text.trim() === "") return "nothing"
    const said = unsaid()
    const object = objectOf(text)
    if (object !== undefined) {
      for (const [field, source] of map) said[field] = within(object, source) ?? undefined
      return said
    }
    if (heading === undefined) {
      heading = headingOf(map, text)
      return heading === undefined ? undefined : "nothing"
    }
    const cells = cellsOf(text, heading.separator)
    if (cells === undefined) return undefined
    for (const [field, at] of heading.places) said[field] = cells[at]
    return said
  }
}

/** From `kind=evt,machine=proc,lamport=lc`: fields on the left, the log's own names on the right. */
export const byFields = (text: string): Format =>
  formatOf("fields", "JSON lines or a table whose fields are named by --map", fieldSaying(mapOf(text)))

/** The bound against patterns that take long on long lines. */
const longestLineBytes = 1_048_576

const compiled = (source: string): RegExp => {
  try {
    return new RegExp(source)
  } catch (cause) {
    throw new Error(`Cannot read lines by a pattern: it must be a regular expression, found ${source}`, {
      cause,
    })
  }
}

/** From a regular expression with groups that are named like fields: `(?<kind>\w+) (?<time>\S+) (?<lamport>\d+)`. */
export const byPattern = (source: string): Format => {
  const pattern = compiled(source)
  const groups = [...source.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, group]) => group!)
  const unknown = groups.find((group) => !isNamed(group))
  if (unknown !== undefined) {
    throw new Error(`Cannot read lines by a pattern: a group must be one of ${allNames}, found ${unknown}`)
  }
  if (!groups.includes("kind")) {
    throw new Error(`Cannot read lines by a pattern: it must have a group (?<kind>...), found ${source}`)
  }
  return formatOf(
    "pattern",
    "lines by a regular expression whose groups are named like fields",
    () => (text) => {
      if (text.trim() === "") return "nothing"
      const found = text.length > longestLineBytes ? undefined : pattern.exec(text)?.groups
      if (found === undefined) return undefined
      const said = unsaid()
      for (const group in found) said[named[group as Named]] = found[group]
      return said
    },
  )
}
