/** Which SQL the gate does not let through to PGlite, told from the first words of each statement. */

import type { Complaint } from "./Wire.ts"

/** Words and signs of the statements in `sql`, upper case; texts, quoted names and comments left out. */
const statements = (sql: string): ReadonlyArray<ReadonlyArray<string>> => {
  const token =
    /--[^\n]*|\/\*|e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_]\w*)?\$|[a-z_][\w$]*|[();]/gis
  const found: Array<Array<string>> = [[]]
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const word = match[0]
    if (word === "/*") token.lastIndex = endOfComment(sql, token.lastIndex)
    else if (word.startsWith("$")) {
      const end = sql.indexOf(word, token.lastIndex)
      token.lastIndex = end < 0 ? sql.length : end + word.length
    } else if (word === ";") found.push([])
    else if (word.startsWith('"')) found.at(-1)!.push('"')
    else if (!word.endsWith("'") && !word.startsWith("--")) found.at(-1)!.push(word.toUpperCase())
  }
  return found
}

const endOfComment = (sql: string, start: number): number => {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  for (let depth = 1; depth > 0; ) {
    const match = mark.exec(sql)
    if (match === null) return sql.length
    depth += match[0] === "/*" ? 1 : -1
  }
  return mark.lastIndex
}

const copiesFromClient = (words: ReadonlyArray<string>): boolean => {
  if (words[0] !== "COPY") return false
  let depth = 0
  for (const [at, word] of words.entries()) {
    if (word === "(") depth += 1
    else if (word === ")") depth -= 1
    else if (depth === 0 && word === "FROM") return words[at + 1] === "STDIN" || words[at + 1] === "STDOUT"
  }
  return false
}

const changesRole = (words: ReadonlyArray<string>): boolean => {
  const [verb, ...rest] = words
  if (verb !== "SET" && verb !== "RESET") return false
  const named = rest[0] === "SESSION" && rest[1] !== "AUTHORIZATION" ? rest.slice(1) : rest
  const first = named[0] === "LOCAL" ? named[1] : named[0]
  const second = named[0] === "LOCAL" ? named[2] : named[1]
  return (
    first === "ROLE" ||
    first === "SESSION_AUTHORIZATION" ||
    (first === "SESSION" && second === "AUTHORIZATION")
  )
}

const copyRefused: Complaint = {
  code: "0A000",
  message:
    "Cannot COPY from a client: the embedded store takes rows only by INSERT, and found COPY ... FROM STDIN",
  hint: "Use INSERT ... SELECT FROM unnest(...), or a Postgres of your own: --database URL.",
}

const roleRefused: Complaint = {
  code: "42501",
  message: "Cannot change the role: a guest of the embedded store may only read, and found SET or RESET ROLE",
}

/** Why `sql` is refused: COPY from a client ends every session of PGlite, and guests stay the role they are. */
export const refusal = (sql: string, reader: boolean): Complaint | undefined => {
  const suspect = reader ? /\bcopy\b|\brole\b|session_?\s*authorization|session/i : /\bcopy\b/i
  if (!suspect.test(sql)) return undefined
  for (const words of statements(sql)) {
    if (copiesFromClient(words)) return copyRefused
    if (reader && changesRole(words)) return roleRefused
  }
  return undefined
}
