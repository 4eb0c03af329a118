/** Names of machines in free text: whom a line says it was sent to, where it came from, and whose line it is. */

/** Each word as it is, capitalised and all in capitals; a pattern that ignored case would take "a" for a machine. */
const anyCase = (words: string): string =>
  words
    .split(" ")
    .map((word) => `(?:${word}|${word[0]!.toUpperCase()}${word.slice(1)}|${word.toUpperCase()})`)
    .join("|")

const noun = `(?:${anyCase("machine vm process proc node port peer client server host model")})(?:s|S|es|ES)?(?:[ _]?(?:id|ID|Id))?`
/** A number that goes on as an address, a date or a fraction is no name. */
const name = String.raw`(?:(?<![A-Za-z])[A-Z]\d{0,4}(?!\w)|\d{1,9}(?!\w|[.:-]\d))`
const named = `(?:${noun}[ _#:=-]*)?[[(]?${name}`
const list = String.raw`[[({"']*${named}(?:["']?\s*(?:,|&|and|,\s*and)\s*["']?${named})*`
const notAfter = String.raw`(?<!\w)(?<!(?:updated?|set|clock|value|advanced|changed|incremented|up|now|time)\s)(?<!from \d{1,16} )`

const toWord = String.raw`${notAfter}(?:${anyCase("to")})(?:\s*:)?[ \t]+`
const recipientWord = String.raw`(?:${anyCase("receiver recipient destination target")})(?:\([sS]\)|s|S)?(?:[ _](?:${noun}))?\s*[:=-]*\s*`
const to = new RegExp(String.raw`(?:${toWord}|${recipientWord}|(?:->|→)\s*)(${list})`)

const fromWord = String.raw`${notAfter}(?:${anyCase("from")})(?:\s*:)?[ \t]+`
const senderWord = String.raw`(?<!\w)(?:${anyCase("sender")})(?:[ _](?:${noun}))?\s*[:=-]*\s*`
const from = new RegExp(String.raw`(?:${fromWord}|${senderWord}|(?:<-|←)\s*)(${named})`)

const at = new RegExp(String.raw`(?<!\w)(?:${anyCase("at by in on")})\s+(${noun}[ _#:=-]*${name})`)
const own = new RegExp(
  String.raw`(?<![\w-])((?:${noun})[ _#:=-]*${name})|\[([A-Z])\]|(?<![\w:.-])([A-Z]\d{1,3})(?=[\s:>,])`,
)
const prompt = /^\s*(\d{1,4}|[A-Z])>\s/

const nameAtEnd = new RegExp(`${name}$`)
const names = new RegExp(name, "g")

const namesIn = (text: string): ReadonlyArray<string> => text.match(names) ?? []
const lastName = (text: string): string | null => nameAtEnd.exec(text)?.[0] ?? null

/** Null where it does not say to whom, or says so in words. */
export const recipientsWithin = (line: string): ReadonlyArray<string> | null => {
  const match = to.exec(line)
  return match === null ? null : namesIn(match[1]!)
}

export const senderWithin = (line: string): string | null => {
  const match = from.exec(line)
  return match === null ? null : lastName(match[1]!)
}

/** "at machine 2", "by process B". */
export const placeWithin = (line: string): string | null => {
  const match = at.exec(line)
  return match === null ? null : lastName(match[1]!)
}

/** The machine that a line names before it says what happened. */
export const ownWithin = (head: string): string | null => {
  const match = own.exec(head)
  return match === null ? null : (match[2] ?? match[3] ?? lastName(match[1]!))
}

/** What a line has before a ">". */
export const promptOf = (line: string): string | null => prompt.exec(line)?.[1] ?? null
