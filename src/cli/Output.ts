/**
 * The two output streams. Standard output carries what was asked for and nothing else; progress, notices and
 * errors go to standard error. A reader that closes the pipe early, such as `head`, is no error.
 */
import * as Effect from "effect/Effect"

const closed = new Set<NodeJS.WriteStream>()
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
    closed.add(stream)
  })

/** Whether anybody still reads standard output. */
export const isRead = (): boolean => !closed.has(process.stdout)

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    if (closed.has(stream) || stream.write(text)) return resume(Effect.void)
    const go = () => {
      for (const event of ["drain", "error", "close"]) stream.off(event, go)
      resume(Effect.void)
    }
    for (const event of ["drain", "error", "close"]) stream.once(event, go)
  })

/** Writes to standard output and waits while the reader is slow. */
export const out = (text: string): Effect.Effect<void> => write(process.stdout, text)
export const line = (text = ""): Effect.Effect<void> => out(`${text}\n`)
export const json = (value: unknown): Effect.Effect<void> => line(JSON.stringify(value, undefined, 2))

const itemsAtOnce = 1_000

function* pieces(items: Iterable<unknown>): Generator<string> {
  let piece: Array<unknown> = []
  // Without the brackets around, and one level deeper.
  const text = () => JSON.stringify(piece, undefined, 2).slice(1, -2).replaceAll("\n", "\n  ")
  for (const item of items) {
    piece.push(item)
    if (piece.length < itemsAtOnce) continue
    yield text()
    piece = []
  }
  if (piece.length > 0) yield text()
}

/** The same of an object whose field `long` may hold more than fits into one text: it is written piece by piece. */
export const jsonWithLong = (value: Record<string, unknown>, long: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const place = `\n  ${JSON.stringify(long)}: [`
    const text = JSON.stringify({ ...value, [long]: [] }, undefined, 2)
    const at = text.indexOf(place) + place.length
    yield* out(text.slice(0, at))
    let count = 0
    for (const piece of pieces(value[long] as Iterable<unknown>))
      yield* out(count++ === 0 ? piece : `,${piece}`)
    yield* line((count === 0 ? "" : "\n  ") + text.slice(at))
  })

export const note = (text: string): Effect.Effect<void> => write(process.stderr, `${text}\n`)

/** What a terminal obeys rather than shows: control characters, and those that turn the direction of text or part lines. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

const shown = (character: string): string => {
  const code = character.charCodeAt(0).toString(16)
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`
}

/** Text from a store or a network, made harmless for a terminal: shown, not obeyed. */
export const harmless = (text: string): string =>
  text.replace(obeyed, (character) =>
    character === "\n" || character === "\t" ? character : shown(character),
  )
