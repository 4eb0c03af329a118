/** `[1678248894585271003] | 2,2,0 | 0 | RECEIVE`: time, vector clock, length of the queue and kind, between bars. */
import { entry } from "../../domain/imported/Entry.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { type KindWord, kindOf } from "./KindWords.ts"
import { timeIn } from "./Time.ts"
import { type Owner, ownerOf, ownPosition } from "./VectorPositions.ts"

const shape =
  /^\s{0,8}\[?([\d.:TZ -]{9,32}?)\]? {0,8}\|\s{0,8}[[(]?(\d{1,15}(?:\s{0,8},\s{0,8}\d{1,15})+)[\])]?\s{0,8}\|\s{0,8}(\d{1,9})\s{0,8}\|\s{0,8}([A-Za-z][A-Za-z _-]{0,30}?)\s*$/
const remark = /^\s*$|^[-=*#\s]+$|\b(?:running|started|starting|rate|hz|ticks?)\b/i

interface Line {
  readonly atUs: number | null
  readonly vector: ReadonlyArray<number>
  readonly queueLength: number
  readonly kind: KindWord
  readonly toAll: boolean
}

const scanned = (text: string): Line | undefined => {
  const match = shape.exec(text)
  const kind = match === null ? undefined : kindOf(match[4]!)
  if (kind === undefined) return undefined
  return {
    atUs: timeIn(match![1]!),
    vector: match![2]!.split(",").map(Number),
    queueLength: Number(match![3]),
    kind,
    toAll: /\b(?:double|both|all|broadcast)\b/i.test(match![4]!),
  }
}

const owner = ({ machine, sample }: FileContext, size: number): Owner => {
  const vectors = sample.lines.flatMap((text) => scanned(text)?.vector ?? [])
  const rows = Array.from({ length: vectors.length / size }, (_, row) =>
    vectors.slice(row * size, (row + 1) * size),
  )
  return ownerOf(machine, size, ownPosition(rows))
}

const reader = (file: FileContext): Reader => {
  let owned: Owner | undefined
  return {
    line: (text, line) => {
      const found = scanned(text)
      if (found === undefined) return remark.test(text) ? [] : undefined
      if (found.kind === "none") return []
      const { kind, vector, atUs, queueLength } = found
      owned ??= owner(file, vector.length)
      const { machine, names } = owned
      if (vector.length !== names.length) return undefined
      const recipients = kind === "sent" && found.toAll ? names.filter((name) => name !== machine) : null
      const named = Object.fromEntries(vector.map((count, at) => [names[at]!, count]))
      return [entry({ kind, machine, line, atUs, queueLength, recipients, vector: named })]
    },
    end: () => [],
  }
}

const likeness = ({ lines }: Sample): number => {
  const telling = lines.filter((text) => !remark.test(text))
  return telling.length === 0
    ? 0
    : telling.filter((text) => scanned(text) !== undefined).length / telling.length
}

export const format: Format = {
  name: "vector-text",
  does: "time | vector clock by position | queue length | kind, a file a machine",
  likeness,
  reader,
  fifo: true,
}
