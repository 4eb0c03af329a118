/** The README's "Add a projection", as its words say: files, their texts, and the lines to add. */
import * as Walkthrough from "./Walkthrough.ts"

export interface Steps {
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

export const steps = (): Steps => {
  const { blocks, says } = Walkthrough.read("Add a projection", 3)
  return {
    path: says(/Write `([^`]+)`/, "which file to write"),
    text: blocks[0]!,
    registry: says(/in a line of `([^`]+)`/, "where to name it"),
    line: blocks[1]!,
    outsideImport: says(/takes `([^`]+)` for its first\s+import/, "what to import outside"),
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
