/** The many words for the three kinds of events. */
import type { Entry } from "../../domain/imported/Entry.ts"

export type Kind = Entry["kind"]

/** `none` is a word that is known and is none of the three: a start, a stop, a message that was dropped. */
export type KindWord = Kind | "none"

const words: Readonly<Record<KindWord, string>> = {
  sent: "send sends sent sending broadcast broadcasted broadcasts multicast publish published emit tx s snd",
  received: `receive receives received receiving recv recvd rcv rcvd recieve recieved deliver delivered
    consume consumed dequeue rx r`,
  internal: "internal local compute computation i",
  none: `start started starting init initialize initialized initialise initialised create created connect
    connected disconnected accept accepted stop stopped shutdown end ended exit exited finish finished missed
    dropped drop resumed config listening closed`,
}

const table: ReadonlyMap<string, KindWord> = new Map(
  Object.entries(words).flatMap(([kind, list]) =>
    list.split(/\s+/).map((word) => [word, kind as KindWord] as const),
  ),
)

const filler = new Set(
  "a an the to of from event events eventtype type kind message messages msg msgs update one two both all double single other others".split(
    " ",
  ),
)

const looked = (text: string): KindWord | undefined => {
  const all = text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 0)
  if (all[0] === "run" && all.length === 2) return "none"
  const telling = all.filter((word) => !filler.has(word) && !(word === "s" && all.length > 1))
  if (telling.length === 0) return all.includes("event") ? "internal" : undefined
  return telling.length === 1 ? table.get(telling[0]!) : undefined
}

/** Logs have few words for kinds and many lines; a log of garbage must not fill the memory. */
const rememberedWords = 256
const remembered = new Map<string, KindWord | undefined>()

/** Of a word or a few that are nothing but the kind: `SEND`, `Events.SENT_MSG`, `double send`, `internal event`. */
export const kindOf = (text: string): KindWord | undefined => {
  if (remembered.has(text)) return remembered.get(text)
  const kind = text.length > 64 ? undefined : looked(text)
  if (remembered.size < rememberedWords) remembered.set(text, kind)
  return kind
}

const within =
  /(?<![a-z])(?:(sen[dt]|sends|sending|broadcast(?:s|ed|ing)?|multicast(?:ed|ing)?)|(re?ce?(?:ie|ei)v(?:e|ed|es|ing)|recvd?|rcvd?)|(internal|local (?:event|step)))(?![a-z])/i

/** The first word of a kind within a line of free text, and where it stands. */
export const kindWithin = (line: string): { readonly kind: Kind; readonly at: number } | undefined => {
  const match = within.exec(line)
  if (match === null) return undefined
  if (match[1] !== undefined) return { kind: "sent", at: match.index }
  return { kind: match[2] === undefined ? "internal" : "received", at: match.index }
}
