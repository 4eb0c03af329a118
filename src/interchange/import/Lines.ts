/** Bytes of a file as its lines. What is no text is told as such, with the line where it was found. */
import { isAscii, isUtf8 } from "node:buffer"
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

const lineFeed = 10

const lineFeeds = (bytes: Uint8Array): number => {
  let count = 0
  for (let i = bytes.indexOf(lineFeed); i >= 0; i = bytes.indexOf(lineFeed, i + 1)) count++
  return count
}

const mark = Buffer.from([0xef, 0xbb, 0xbf])

export class Lines {
  readonly #mostBytes: number
  /** What no line feed has ended yet. */
  #rest: Array<Uint8Array> = []
  #restBytes = 0
  #begun = false
  #count = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
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
      if (mark.equals(bytes.subarray(0, 3))) return this.push(bytes.subarray(3))
    }
    const end = bytes.lastIndexOf(lineFeed)
    if (end < 0) {
      this.#keep(bytes)
      return []
    }
    const whole = Buffer.concat([...this.#rest, bytes.subarray(0, end)])
    this.#rest = []
    this.#restBytes = 0
    const lines = this.#given(whole)
    this.#keep(bytes.subarray(end + 1))
    return lines
  }

  /** The last line, where nothing ends it. */
  end(): ReadonlyArray<string> {
    if (this.#restBytes === 0) return []
    const last = Buffer.concat(this.#rest)
    this.#rest = []
    this.#restBytes = 0
    return this.#given(last)
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#restBytes += bytes.length
    if (this.#restBytes > this.#mostBytes) throw this.#tooLong(this.#count + 1)
    // The stream may use its bytes again.
    this.#rest.push(Uint8Array.from(bytes))
  }

  #tooLong(line: number): Malformed {
    return new Malformed(line, `a line may be of at most ${this.#mostBytes} bytes, found more`)
  }

  #given(whole: Buffer): ReadonlyArray<string> {
    const text = this.#decode(whole)
    const lines = text.split("\n")
    if (whole.length > this.#mostBytes) {
      const long = lines.findIndex((line) => Buffer.byteLength(line) > this.#mostBytes)
      if (long >= 0) throw this.#tooLong(this.#count + 1 + long)
    }
    this.#count += lines.length
    return text.includes("\r") ? lines.map(withoutReturn) : lines
  }

  /** Checking bytes and then decoding them is several times faster than a decoder that checks. */
  #decode(whole: Buffer): string {
    const nul = whole.indexOf(0)
    if (nul >= 0) throw this.#noText(whole.subarray(0, nul), "found a byte of zero")
    if (isAscii(whole)) return whole.toString("latin1")
    if (isUtf8(whole)) return whole.toString("utf8")
    const bad = Buffer.from(new TextDecoder().decode(whole).split("\ufffd")[0]!)
    throw this.#noText(bad, "found bytes that are none")
  }

  #noText(before: Uint8Array, found: string): Malformed {
    return new Malformed(this.#count + 1 + lineFeeds(before), `it must be text in UTF-8, ${found}`)
  }
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)
