import { basename } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formats, recognise } from "../../../src/interchange/import/Formats.ts"
import { byFields, byPattern } from "../../../src/interchange/import/Mapped.ts"
import { firsts, understood } from "./FixtureTruth.ts"
import { filesOf, linesOf, readWith, sampleOf } from "./LineReading.ts"

describe("logs as programs write them", () => {
  it.each(understood)("%s is understood, every line of it", (fixture, format, internal, sent, received) => {
    const outcomes = filesOf(fixture).map((file) => readWith(format, linesOf(file), file))
    expect(outcomes.flatMap(({ notUnderstood }) => notUnderstood)).toEqual([])
    const kinds = outcomes.flatMap(({ entries }) => entries.map(({ kind }) => kind))
    const count = (kind: string) => kinds.filter((each) => each === kind).length
    expect([count("internal"), count("sent"), count("received")]).toEqual([internal, sent, received])
  })

  it.each(firsts)("the first send and receipt of %s say what their lines say", (file, expected) => {
    const { format } = recognise(sampleOf(basename(file), linesOf(file)))!
    const { entries } = readWith(format, linesOf(file), file)
    for (const each of expected) expect(entries.find(({ kind }) => kind === each.kind)).toEqual(each)
  })

  it.each(understood)("%s looks most like what it is, in each of its files", (fixture, format) => {
    for (const file of filesOf(fixture)) {
      const sample = sampleOf(basename(file), linesOf(file))
      const found = recognise(sample)
      expect(found?.format.name, file).toBe(format.name)
      expect(found!.likeness).toBeGreaterThan(0.8)
      for (const other of formats.filter((each) => each !== format)) {
        expect(other.likeness(sample), `${other.name} on ${file}`).toBeLessThan(0.5)
      }
    }
  })

  it("clocks of a sound log never go back", () => {
    for (const [fixture] of understood.filter(([name]) => !/swapped/.test(name))) {
      for (const file of filesOf(fixture)) {
        const { format } = recognise(sampleOf(basename(file), linesOf(file)))!
        const clocks = new Map<string, number>()
        for (const { machine, lamport, line } of readWith(format, linesOf(file), file).entries) {
          expect(lamport ?? 0, `${file}:${line}`).toBeGreaterThanOrEqual(clocks.get(machine) ?? 0)
          clocks.set(machine, lamport ?? 0)
        }
      }
    }
  })
})

const prose = [
  "It was a bright cold day in the harbour, and nobody had sent for the doctor.",
  "She received him with a nod. The clock on the wall had stopped.",
  "Nothing of this matters to a machine, and the messages were few.",
  "Whoever comes to the island stays; the ferry leaves once a month.",
]
const programLog = [
  "2025-03-05 10:00:01 GET /index.html 200 12ms",
  "2025-03-05 10:00:02 request sent to upstream",
  "2025-03-05 10:00:03 cache hit for key 9f3a",
  "2025-03-05 10:00:04 WARN slow query, 1200 ms",
]
const noise = ["\u0000\u0001\u0002", "��������", "asdf;qwer;zxcv", "{]", "1,2,3", "| | |"]

describe("what is no log of events", () => {
  it.each([
    ["prose", prose],
    ["a web server's log", programLog],
    ["noise", noise],
    ["nothing", []],
    ["blank lines", ["", "  "]],
  ])("%s is like none of them", (_, lines) => {
    for (const format of formats) {
      expect(format.likeness({ name: "x", lines }), format.name).toBeLessThan(0.3)
    }
    expect(recognise({ name: "x", lines })).toBeUndefined()
  })

  const read = formats.filter((format) => understood.some(([, each]) => each === format))

  it.each(read)("$name does not understand lines of other kinds", (format) => {
    const [fixture] = understood.find(([, each]) => each === format)!
    const lines = linesOf(filesOf(fixture)[0]!)
    const garbage = ["quite another thing", "{broken", "a | b | c", "x: [1, 2", "12 13 14"]
    const reader = format.reader({ machine: "1", sample: sampleOf("1.log", lines) })
    for (const line of lines) reader.line(line, 1)
    for (const line of garbage) expect(reader.line(line, 2), line).toBeUndefined()
  })

  it("no reader throws, whatever the lines are", () => {
    const words = fc.constantFrom(
      "sent",
      "received",
      "Logical Clock:",
      "queue length",
      "to machine",
      "from",
      "[",
      "]",
      "|",
      ",",
      '"',
      "{",
      "}",
      ":",
      "=",
      "1",
      "2025-03-05 10:00:01",
      "99999999999999999999",
      "e9",
      "kind",
      "lamport",
      " ",
    )
    const line = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(words, { maxLength: 12 }).map((all) => all.join("")),
      fc.json(),
    )
    const seed = Date.now() & 0x7fffffff
    const mapped = [byFields("kind=kind,lamport=a.b"), byPattern("(?<kind>\\w+) (?<lamport>\\d+)")]
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.string(), (lines, name) => {
        for (const format of [...read, ...mapped]) {
          const sample = { name, lines }
          const likeness = format.likeness(sample)
          expect(likeness >= 0 && likeness <= 1).toBe(true)
          for (const { lamport, atUs } of readWith(format, lines, name).entries) {
            expect(lamport === null || Number.isSafeInteger(lamport)).toBe(true)
            expect(atUs === null || (Number.isSafeInteger(atUs) && atUs >= 0)).toBe(true)
          }
        }
      }),
      { seed, numRuns: 300, verbose: 1 },
    )
    console.info(`no reader throws: seed ${seed}`)
  })
})
