/** The README's "Add a projection", as its words say: files, their texts, and the lines to add. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Sources.ts"

export interface Walkthrough {
  /** The file to write in a checkout, and its text. */
  readonly path: string
  readonly text: string
  /** Where the line goes, and the line. */
  readonly registry: string
  readonly line: string
  /** From outside: the first import of the same text instead of its own, and the configuration. */
  readonly outsideImport: string
  readonly configuration: string
}

const found = (match: RegExpExecArray | null, what: string): string => {
  if (match === null) throw new Error(`the README does not say ${what}`)
  return match[1]!
}

export const walkthrough = (): Walkthrough => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const section = found(/## Add a projection\n([\s\S]*?)\n## /.exec(readme), "how to add a projection")
  const blocks = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)
  if (blocks.length !== 3) throw new Error(`the README shows ${blocks.length} blocks of TypeScript, not 3`)
  return {
    path: found(/Write `([^`]+)`/.exec(section), "which file to write"),
    text: blocks[0]!,
    registry: found(/in a line of `([^`]+)`/.exec(section), "where to name it"),
    line: blocks[1]!,
    outsideImport: found(/takes `([^`]+)` for its first\s+import/.exec(section), "what to import outside"),
    configuration: blocks[2]!,
  }
}

/** What the table of the walkthrough must hold, by the tables that are there already. */
export const expected = `
  select sender, recipient, count(*) as sent, count(received_at) as received,
    round(avg(extract(epoch from received_at - sent_at) * 1000000))::bigint as mean_us
  from messages where run_id = 'RUN' group by sender, recipient order by sender, recipient`

export const asked = `
  select sender, recipient, sent, received, mean_us from traffic where run_id = 'RUN' order by sender, recipient`
