/** A log that says everything, spoiled in one place: each clause that can be asked of a foreign log names that place. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as EventCodec from "../../../src/persistence/EventCodec.ts"
import { simulate } from "../../domain/Simulator.ts"
import { happened, type Truth } from "./Programs.ts"
import { failuresOf, fromText, read } from "./Reading.ts"

type Line = Record<string, unknown>

const nameOf = (machine: number): string => `node-${machine}`

/** Every event as a line that says all that a verdict may ask for. */
const linesOf = (log: ReadonlyArray<Truth>): Array<Line> =>
  log.map((event) => ({
    machine: nameOf(event.machine),
    kind: event.kind,
    occurredAt: new Date(event.atMs).toISOString(),
    lamport: event.lamport,
    queueLength: event.queueLength,
    ...(event.kind === "sent"
      ? { recipients: event.recipients.map(nameOf), message: `${event.machine}:${event.lamport}` }
      : {}),
    ...(event.from === undefined
      ? {}
      : {
          sender: nameOf(event.from.machine),
          senderLamport: event.from.lamport,
          message: `${event.from.machine}:${event.from.lamport}`,
        }),
  }))

const filesOf = (logs: ReadonlyArray<ReadonlyArray<Line>>) =>
  logs.map((lines, i) =>
    fromText(`${nameOf(i + 1)}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
  )

interface Spoiling {
  /** Which lines it can be done to. */
  readonly fits: (line: Line, next: Line | undefined, before: Line | undefined) => boolean
  readonly spoil: (lines: Array<Line>, at: number) => void
  readonly rule: string
  /** The line named, from that spoiled. */
  readonly names: number
}

const isReceipt = (line: Line | undefined): boolean => line?.kind === "received"

const spoilings: Readonly<Record<string, Spoiling>> = {
  "a step's clock": {
    fits: (line, _, before) => before !== undefined && !isReceipt(line) && line.kind === "internal",
    spoil: (lines, at) => {
      lines[at] = { ...lines[at], lamport: Number(lines[at]!.lamport) + 5 }
    },
    rule: "log/clock",
    names: 0,
  },
  "a receipt's clock": {
    fits: (line, _, before) => before !== undefined && isReceipt(line),
    spoil: (lines, at) => {
      lines[at] = { ...lines[at], lamport: Number(lines[at]!.lamport) + 7 }
    },
    rule: "log/clock-at-receipts",
    names: 0,
  },
  "the clock that a message carries": {
    fits: isReceipt,
    spoil: (lines, at) => {
      lines[at] = { ...lines[at], senderLamport: Number(lines[at]!.senderLamport) + 1 }
    },
    rule: "clock-condition/carried-clock",
    names: 0,
  },
  "a message that nobody sent": {
    fits: isReceipt,
    spoil: (lines, at) => {
      lines[at] = { ...lines[at], message: "nobody's" }
    },
    rule: "messages/committed-send",
    names: 0,
  },
  "a line that is missing": {
    fits: (line, next, before) =>
      before !== undefined && line.kind === "internal" && next?.kind === "internal",
    spoil: (lines, at) => {
      lines.splice(at, 1)
    },
    rule: "log/clock",
    names: 0,
  },
  "a time that falls": {
    fits: (_, next, before) => before !== undefined && next !== undefined,
    spoil: (lines, at) => {
      lines[at] = {
        ...lines[at],
        occurredAt: new Date(Date.parse(String(lines[at]!.occurredAt)) - 600_000).toISOString(),
      }
    },
    rule: "log/times",
    names: 0,
  },
  "a queue that falls by two": {
    fits: (line, next, before) =>
      Number(before?.queueLength ?? 0) === 0 &&
      Number(line.queueLength) === 0 &&
      Number(next?.queueLength ?? 9) === 0,
    spoil: (lines, at) => {
      lines[at] = { ...lines[at], queueLength: 2 }
    },
    rule: "queues/takings",
    names: 1,
  },
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 })

describe("a log that says everything", () => {
  it("is verified, every clause that can be", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const result = await read(filesOf(happened(seed, 3, 200).map(linesOf)))
        expect(failuresOf(result)).toEqual([])
        const checked = new Map<string, { readonly checked: number; readonly needs: string | undefined }>(
          result.verdict.checks.flatMap(({ invariant, rules }) =>
            rules.map(({ rule, checked, needs }) => [`${invariant}/${rule}`, { checked, needs }] as const),
          ),
        )
        for (const rule of [
          "log/times",
          "log/clock",
          "log/clock-at-receipts",
          "clock-condition/carried-clock",
          "clock-condition/send-receive",
          "clock-condition/vector-clocks",
          "messages/committed-send",
          "messages/once",
          "messages/fifo",
          "queues/takings",
        ]) {
          expect(checked.get(rule)!.checked, rule).toBeGreaterThan(0)
          expect(checked.get(rule)!.needs, rule).toBeUndefined()
        }
        for (const rule of ["log/rolls", "queues/length", "schedule/due"]) {
          expect(checked.get(rule)!.checked, rule).toBe(0)
          expect(checked.get(rule)!.needs, rule).toBeDefined()
        }
      }),
      { numRuns: 10 },
    )
  })

  it.each(Object.entries(spoilings))(
    "is not with %s, and file and line are named",
    async (_, { fits, spoil, rule, names }) => {
      let spoiled = 0
      await fc.assert(
        fc.asyncProperty(seeds, fc.nat(), fc.nat(), async (seed, which, at) => {
          const logs = happened(seed, 3, 150).map(linesOf)
          const machine = which % 3
          const lines = logs[machine]!
          const places = lines.flatMap((line, i) => (fits(line, lines[i + 1], lines[i - 1]) ? [i] : []))
          if (places.length === 0) return
          spoiled++
          const place = places[at % places.length]!
          spoil(lines, place)
          const result = await read(filesOf(logs))
          expect(result.verdict.verified).toBe(false)
          const named = failuresOf(result).find((failure) => failure.startsWith(`${rule} `))
          expect(named, failuresOf(result).join("\n")).toContain(
            `${nameOf(machine + 1)}.jsonl:${place + 1 + names}: `,
          )
        }),
        { numRuns: 25 },
      )
      expect(spoiled).toBeGreaterThan(10)
    },
  )

  it("names who received a message twice, or out of turn", async () => {
    const sent = (n: number) => ({
      machine: "a",
      kind: "sent",
      lamport: n,
      recipients: ["b"],
      message: `m${n}`,
    })
    const got = (n: number, lamport: number) => ({
      machine: "b",
      kind: "received",
      lamport,
      sender: "a",
      senderLamport: n,
      message: `m${n}`,
    })
    const twice = await read(
      filesOf([
        [sent(1), sent(2)],
        [got(1, 2), got(1, 3), got(2, 4)],
      ]),
    )
    expect(failuresOf(twice)[0]).toMatch(/messages\/once node-2\.jsonl:2: /)
    const turned = await read(
      filesOf([
        [sent(1), sent(2)],
        [got(2, 3), got(1, 4)],
      ]),
    )
    expect(failuresOf(turned)[0]).toMatch(/messages\/fifo node-2\.jsonl:2: /)
    const lost = await read(filesOf([[sent(1), sent(2)], [got(2, 3)]]))
    expect(failuresOf(lost)[0]).toMatch(/messages\/overtaken node-1\.jsonl:1: /)
  })

  it("is not proved by what was derived or taken from the send itself", async () => {
    const bare = await read(
      filesOf([
        [{ machine: "a", kind: "sent", vector: { a: 1 }, recipients: ["b"], message: "m" }],
        [{ machine: "b", kind: "received", vector: { a: 1, b: 1 }, message: "m" }],
      ]),
    )
    const rules = bare.verdict.checks.flatMap(({ rules }) => rules)
    for (const name of ["carried-clock", "vector-clocks", "clock", "clock-at-receipts"]) {
      const rule = rules.find(({ rule }) => rule === name)!
      expect([name, rule.checked]).toEqual([name, 0])
      expect(rule.needs, name).toBeDefined()
    }
    const first = bare.outcome.first
    expect(first.kind === "run-imported" && first.payload.says).toEqual([
      "kind",
      "recipients",
      "message",
      "vector",
    ])
  })

  it("of vector clocks is held to what they say", async () => {
    const line = (machine: string, vector: Record<string, number>, kind: string, message?: string) => ({
      machine,
      kind,
      vector,
      ...(message === undefined ? {} : { message }),
    })
    const good = [
      [line("a", { a: 1 }, "internal"), line("a", { a: 2 }, "sent", "m")],
      [
        line("b", { b: 1 }, "internal"),
        line("b", { a: 2, b: 2 }, "received", "m"),
        line("b", { a: 2, b: 3 }, "internal"),
      ],
    ]
    expect(failuresOf(await read(filesOf(good)))).toEqual([])
    const wrong = [good[0]!, [good[1]![0]!, good[1]![1]!, line("b", { a: 3, b: 3 }, "internal")]]
    expect(failuresOf(await read(filesOf(wrong)))[0]).toMatch(
      /clock-condition\/recorded-vectors node-2\.jsonl:3: .*entry of machine 1 must be 2, found 3/,
    )
    const lost = [good[0]!, [good[1]![0]!, line("b", { a: 1, b: 2 }, "received", "m")]]
    expect(failuresOf(await read(filesOf(lost)))[0]).toMatch(/recorded-vectors node-2\.jsonl:2: /)
  })
})

describe("queue lengths of a log that says when messages arrived", () => {
  const at = (ms: number): string => new Date(Date.UTC(2025, 0, 1) + ms).toISOString()
  const log = (lengths: ReadonlyArray<number>, secondArrivalMs = 20) => [
    [
      {
        machine: "a",
        kind: "sent",
        lamport: 1,
        recipients: ["b"],
        message: "m1",
        occurredAt: at(1),
        queueLength: 0,
      },
      {
        machine: "a",
        kind: "sent",
        lamport: 2,
        recipients: ["b"],
        message: "m2",
        occurredAt: at(2),
        queueLength: 0,
      },
    ],
    [
      { machine: "b", kind: "internal", lamport: 1, occurredAt: at(0), queueLength: lengths[0] },
      {
        machine: "b",
        kind: "received",
        lamport: 2,
        message: "m1",
        senderLamport: 1,
        sender: "a",
        arrivedAt: at(10),
        occurredAt: at(30),
        queueLength: lengths[1],
      },
      {
        machine: "b",
        kind: "received",
        lamport: 3,
        message: "m2",
        senderLamport: 2,
        sender: "a",
        arrivedAt: at(secondArrivalMs),
        occurredAt: at(40),
        queueLength: lengths[2],
      },
    ],
  ]

  it("are proved, and one that is wrong is named", async () => {
    const good = await read(filesOf(log([0, 1, 0])))
    expect(failuresOf(good)).toEqual([])
    const queues = good.verdict.checks.find(({ invariant }) => invariant === "queues")!
    expect(queues.rules.find(({ rule }) => rule === "length")).toMatchObject({ checked: 3 })
    expect(failuresOf(await read(filesOf(log([0, 0, 0]))))[0]).toMatch(/queues\/length node-2\.jsonl:[23]: /)
    expect(failuresOf(await read(filesOf(log([0, 1, 0], 35))))[0]).toMatch(/queues\/length node-2\.jsonl:3: /)
  })

  it("of a window of a run of ours hold", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const own = simulate({
          config: { machines: 3, rates: [20, 5, 9], seed, sides: 3, durationUs: 4_000_000 },
        })
        const lines = own.slice(40).map((event) => JSON.stringify(EventCodec.toJson(event, "abc")))
        const found = await read([fromText("window.jsonl", `${lines.join("\n")}\n`)])
        expect(failuresOf(found).filter((failure) => !/committed-send/.test(failure))).toEqual([])
        const queues = found.verdict.checks.find(({ invariant }) => invariant === "queues")!
        expect(queues.rules.find(({ rule }) => rule === "length")!.checked).toBeGreaterThan(20)
      }),
      { numRuns: 20 },
    )
  })
})
