/** Bytes of a file as its lines. What is no text is told as such, with the line where it was found. */
import { Malformed } from "./Format.ts"

const kinds: ReadonlyArray<readonly [magic: ReadonlyArray<number>, what: string]> = [
  [[0x1f, 0x8b], "gzip; unpack it first, as with gunzip"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive; unpack it first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd; unpack it first"],
  [[0x42, 0x5a, 0x68], "bzip2; unpack it first"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz; unpack it first"],
  [[0xff, 0xfe], "text in UTF-16; save it as UTF-8"],
  [[0xfe, 0xff], "text in UTF-16; save it as UTF-8"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], "an SQLite database"],
]

const checkMagic = (bytes: Uint8Array): void => {
  const found = kinds.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))
  if (found !== undefined) throw new Malformed(1, `it must be text in UTF-8, found ${found[1]}`)
}

const lineFeeds = (bytes: Uint8Array, end: number): number => {
  let count = 0
  for (let i = 0; i < end; i++) if (bytes[i] === 10) count++
  return count
}

export class Lines {
  readonly #mostCharacters: number
  readonly #decoder = new TextDecoder("utf-8", { fatal: true })
  #rest = ""
  #begun = false
  /** Lines given out so far. */
  #count = 0

  constructor(mostCharacters: number) {
    this.#mostCharacters = mostCharacters
  }

  /** The number of the last line given out. */
  get count(): number {
    return this.#count
  }

  /** The whole lines that these bytes complete. */
  push(bytes: Uint8Array): ReadonlyArray<string> {
    if (!this.#begun && bytes.length > 0) {
      this.#begun = true
      checkMagic(bytes)
    }
    const nul = bytes.indexOf(0)
    if (nul >= 0)
      throw new Malformed(
        this.#count + 1 + lineFeeds(bytes, nul),
        "it must be text in UTF-8, found a byte of zero",
      )
    const text = this.#rest + this.#decode(bytes, true)
    const lines = text.split("\n")
    this.#rest = lines.pop()!
    this.#checkLength(lines)
    this.#count += lines.length
    return lines.map(withoutReturn)
  }

  #checkLength(lines: ReadonlyArray<string>): void {
    const long = lines.findIndex((line) => line.length > this.#mostCharacters)
    if (long < 0 && this.#rest.length <= this.#mostCharacters) return
    throw new Malformed(
      this.#count + 1 + (long < 0 ? lines.length : long),
      `a line may be of at most ${this.#mostCharacters} characters, found more`,
    )
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream })
    } catch {
      throw new Malformed(this.#badLine(bytes), "it must be text in UTF-8, found bytes that are none")
    }
  }

  /** The line of the first byte that is no UTF-8. */
  #badLine(bytes: Uint8Array): number {
    const lenient = new TextDecoder().decode(bytes).indexOf("\ufffd")
    const before = new TextDecoder().decode(bytes).slice(0, Math.max(0, lenient))
    return this.#count + 1 + (before.match(/\n/g)?.length ?? 0)
  }

  /** The last line, where nothing ends it. */
  end(): ReadonlyArray<string> {
    const last = this.#rest + this.#decode(new Uint8Array(0), false)
    this.#rest = ""
    if (last === "") return []
    this.#count++
    return [withoutReturn(last)]
  }
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)
