/** Lines as one reader understands them, before receipts have found their sends. */
import { readdirSync, readFileSync } from "node:fs"
import { basename, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Entry } from "../../../src/domain/imported/Entry.ts"
import type { Format } from "../../../src/interchange/import/Format.ts"

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url))

export const sampleOf = (name: string, lines: ReadonlyArray<string>) => ({ name, lines: lines.slice(0, 64) })

interface Outcome {
  readonly entries: ReadonlyArray<Entry>
  readonly notUnderstood: ReadonlyArray<string>
}

export const readWith = (format: Format, lines: ReadonlyArray<string>, name = "1.log"): Outcome => {
  const machine = basename(name, extname(name))
  const reader = format.reader({ machine, sample: sampleOf(name, lines) })
  const entries: Array<Entry> = []
  const notUnderstood: Array<string> = []
  lines.forEach((line, at) => {
    const found = reader.line(line, at + 1)
    if (found === undefined) notUnderstood.push(line)
    else entries.push(...found)
  })
  return { entries: [...entries, ...reader.end()], notUnderstood }
}

export const filesOf = (fixture: string): ReadonlyArray<string> =>
  readdirSync(join(fixtures, fixture), { withFileTypes: true })
    .flatMap((file) => (file.isDirectory() ? filesOf(join(fixture, file.name)) : [join(fixture, file.name)]))
    .sort()

export const linesOf = (file: string): ReadonlyArray<string> =>
  readFileSync(join(fixtures, file), "utf8").split("\n").slice(0, -1)

/** The entry of a line that stands alone. */
export const only = (format: Format, line: string, name?: string): Entry | undefined =>
  readWith(format, [line], name).entries[0]
