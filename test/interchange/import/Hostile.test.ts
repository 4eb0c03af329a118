/** Whatever is given for a log ends in a clear error or in harmless text, in bounded memory. */
import { gzipSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Limits from "../../../src/domain/Limits.ts"
import * as Import from "../../../src/interchange/import/Import.ts"
import { fromText, type Read, read } from "./Reading.ts"

const refusal = async (text: string | Uint8Array | Import.Input, name = "odd.log"): Promise<string> => {
  const input = typeof text === "string" || text instanceof Uint8Array ? fromText(name, text) : text
  const outcome = await read([input]).then(
    () => "it was imported",
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(Import.Refused)
  return (outcome as Error).message
}

const line = (machine: string, lamport: number): string =>
  `${JSON.stringify({ machine, kind: "internal", lamport })}\n`

/** A log of any length, made as it is read. */
const generated = (bytes: number, chunks: () => Iterable<string>): Import.Input => ({
  name: "long.jsonl",
  bytes,
  open: async function* () {
    for (const chunk of chunks()) yield new TextEncoder().encode(chunk)
  },
})

describe("what is no log", () => {
  it.each<readonly [string, string | Uint8Array, RegExp]>([
    ["an empty file", "", /odd\.log: it must hold a log, found an empty file/],
    ["blank lines", "\n \n\t\n", /odd\.log: it must hold a log, found blank lines only/],
    [
      "prose",
      "It was the best of times.\nIt was the worst of times.\n".repeat(40),
      /must be one of jsonl, .*--map/,
    ],
    [
      "a gzip in disguise",
      gzipSync(line("a", 1)),
      /line 1: it must be text in UTF-8, found gzip; unpack it first/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${line("a", 1)}`, "utf16le"), /line 1: .*UTF-16; save it as UTF-8/],
    ["UTF-16 without a mark", Buffer.from(line("a", 1), "utf16le"), /line 1: .*found a byte of zero/],
    [
      "Latin-1",
      Buffer.concat([Buffer.from(line("a", 1)), Buffer.from([0x7b, 0xe9, 0x7d, 10])]),
      /line 2: .*bytes that are none/,
    ],
    ["a PDF", "%PDF-1.4\n%\u00e2\n", /found a PDF/],
    ["a binary", Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7_919) % 251), /must be text in UTF-8/],
    ["a JSON array of numbers", "[1,2,3]\n", /must be one of/],
    ["HTML", "<!doctype html><html><body><p>Not a log</p></body></html>\n", /must be one of/],
  ])("%s is refused, by name", async (_, text, message) => {
    expect(await refusal(text)).toMatch(message)
  })

  it("a line of 100 MB is refused before it is held", async () => {
    const piece = "x".repeat(1_000_000)
    let given = 0
    const endless = generated(100_000_000, function* () {
      yield line("a", 1).repeat(2_000)
      for (; given < 100; given++) yield piece
    })
    expect(await refusal(endless)).toMatch(/long\.jsonl: line 2001: a line may be of at most 1048576 bytes/)
    expect(given).toBeLessThan(40)
  })

  it("a million machines' names are refused at the first too many", async () => {
    const endless = generated(40_000_000, function* () {
      for (let i = 0; i < 1_000; i++)
        yield Array.from({ length: 1_000 }, (_, k) => line(`machine ${i * 1_000 + k}`, 1)).join("")
    })
    expect(await refusal(endless)).toMatch(
      new RegExp(`at most ${Limits.maxImportedMachines} machines, found another`),
    )
  })

  it("a line that is not understood, half-way, is refused with its number", async () => {
    expect(await refusal(`${line("a", 1)}${line("a", 2)}{"machine":"a"\n${line("a", 3)}`)).toMatch(
      /odd\.log: line 3: every line must be one of jsonl/,
    )
  })

  it("a run of Lightcone that is cut in a line, or has a gap, is refused", async () => {
    const first = {
      run: "a",
      position: 1,
      machine: 0,
      version: 1,
      kind: "run-imported",
      occurredAt: "2025-01-01T00:00:00.000000Z",
      lamport: null,
      queueLength: null,
      payload: { format: "x", files: [], machines: 1, names: ["a"], says: [], fifo: true, notes: [] },
    }
    const next = { ...first, position: 3, machine: 1, kind: "internal", lamport: 1, payload: {} }
    expect(await refusal(`${JSON.stringify(first)}\n${JSON.stringify(next)}\n`)).toMatch(
      /line 2: positions must be 1, 2, 3, \.\.\.: expected 2, found 3/,
    )
    expect(
      await refusal(`${JSON.stringify(first)}\n${JSON.stringify({ ...next, position: 2 }).slice(0, 60)}`),
    ).toMatch(/line 2: every line must be a JSON object/)
  })
})

describe("texts of a log", () => {
  const hostile = "\u001b[31m<img src=x onerror=alert(1)>\u0000\ud800 \u202e"

  it("of any kind are kept as they can be stored", async () => {
    const text = `${JSON.stringify({ machine: hostile, kind: "internal", lamport: 1, label: hostile })}\n`
    const { events } = await read([fromText("a.jsonl", text)])
    const written = JSON.stringify(events)
    expect(written).not.toContain("\\u0000")
    expect(written).not.toContain("\\ud800")
    expect(events).toHaveLength(2)
  })

  it("never end in anything but a run or a refusal", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "Sent message to machine 2",
        "Received",
        "Internal event",
        "Logical Clock: 3",
        "2025-01-01 10:00:00",
        "|",
        "{",
        "}",
        '"machine":',
        ",",
        "clock",
        "[1, 2, 3]",
        "\n",
        "\r\n",
        '{"a":1}',
        'a {"a":1}',
        "RECEIVE,1741236519.78,0,3",
        "resourceSpans",
        "-1",
        "1e999",
        "99999999999999999999",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        async (pieces, chunkBytes) => {
          const outcome = await read([fromText("any.log", pieces.join(""), chunkBytes)]).catch(
            (error: unknown) => error,
          )
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Import.Refused)
          else expect((outcome as Read).events.length).toBeGreaterThan(1)
        },
      ),
      { numRuns: 300 },
    )
  })
})
