/** A section of the README that tests follow literally: its blocks of TypeScript, and what its words name. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Sources.ts"

export interface Walkthrough {
  readonly blocks: ReadonlyArray<string>
  /** The first group of the pattern; `what` is what the section must say. */
  readonly says: (pattern: RegExp, what: string) => string
}

/** `count` is how many blocks the section must have. */
export const read = (heading: string, count: number): Walkthrough => {
  const found = (text: string, pattern: RegExp, what: string): string => {
    const match = pattern.exec(text)
    if (match === null) throw new Error(`the README does not say ${what}`)
    return match[1]!
  }
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const section = found(readme, new RegExp(`## ${heading}\\n([\\s\\S]*?)\\n## `), `how to: ${heading}`)
  const blocks = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)
  if (blocks.length !== count)
    throw new Error(`${heading} of the README shows ${blocks.length} blocks of TypeScript, not ${count}`)
  return { blocks, says: (pattern, what) => found(section, pattern, what) }
}
