import { describe, expect, it } from "vitest"
import * as ArrayLog from "../../../src/interchange/import/ArrayLog.ts"
import * as CsvLog from "../../../src/interchange/import/CsvLog.ts"
import * as JsonLines from "../../../src/interchange/import/JsonLines.ts"
import { byFields, byPattern } from "../../../src/interchange/import/Mapped.ts"
import * as VectorText from "../../../src/interchange/import/VectorText.ts"
import { only, readWith } from "./LineReading.ts"

describe("tables", () => {
  it("a recipient may follow the clock where the kind comes first", () => {
    const lines = ["RECEIVE,1741236519.78,0,3", "SEND,1741236519.98,0,4,2"]
    expect(readWith(CsvLog.format, lines).entries).toMatchObject([
      { kind: "received", lamport: 3, sender: null },
      { kind: "sent", lamport: 4, recipients: ["2"], atUs: 1741236519980000 },
    ])
  })

  it("time, clock, kind, queue and peer may stand between bars", () => {
    const lines = ["1741236519.5|1|BROADCAST|0|B,C", "1741236519.9|4|RECV|2|B"]
    expect(readWith(CsvLog.format, lines, "A.log").entries).toMatchObject([
      { kind: "sent", recipients: ["B", "C"], lamport: 1 },
      { kind: "received", sender: "B", lamport: 4, queueLength: 2 },
    ])
  })

  it("flags tell kinds, and times may be written as C does", () => {
    const lines = [
      "die, sent_message, message_received, system_time, logical_clock_time, length_of_queue",
      "1, 0, 0, Wed Mar  1 21:37:17 2023, 1, 0",
      "0, 0, 1, Wed Mar  1 21:37:18 2023, 4, 2",
      "1, 1, 0, Wed Mar  1 21:37:19 2023, 5, 0",
    ]
    const { entries } = readWith(CsvLog.format, lines)
    expect(entries.map(({ kind, lamport }) => [kind, lamport])).toEqual([
      ["internal", 1],
      ["received", 4],
      ["sent", 5],
    ])
    expect(entries[0]!.atUs).toBe(1677706637000000)
  })

  it("cells may be quoted, and several recipients share one", () => {
    const lines = ["machine;kind;lamport;to;label", 'a;sent;1;"b, c";"he said ""go"""', 'a;internal;2;;"open']
    const { entries, notUnderstood } = readWith(CsvLog.format, lines)
    expect(entries).toMatchObject([{ recipients: ["b", "c"], label: 'he said "go"' }])
    expect(notUnderstood).toEqual([lines[2]])
  })

  it("a broadcast may name ports with colons between", () => {
    const lines = ["Event,TimeLocal,FromPort,ToPort", "Events.BROADCAST_MSG,3,12345,23456:34567"]
    expect(readWith(CsvLog.format, lines, "events.csv").entries).toMatchObject([
      { kind: "sent", machine: "12345", recipients: ["23456", "34567"] },
    ])
  })

  it("a row with a clock that is no number is not understood", () => {
    const lines = ["kind,lamport", "internal,x", "internal,-1", "internal,2"]
    expect(readWith(CsvLog.format, lines).notUnderstood).toEqual(lines.slice(1, 3))
  })
})

describe("JSON lines", () => {
  it("a window of a run keeps the names of its messages", () => {
    const [run, occurredAt] = ["r", "2025-03-10T09:46:40.201919Z"]
    const lines = [
      {
        run,
        position: 1,
        machine: 1,
        version: 1,
        kind: "started",
        occurredAt,
        lamport: 0,
        queueLength: 0,
        payload: {},
      },
      {
        run,
        position: 2,
        machine: 1,
        version: 2,
        kind: "sent",
        occurredAt,
        lamport: 1,
        queueLength: 0,
        payload: { recipients: [2, 3], label: "x" },
      },
      {
        run,
        position: 3,
        machine: 2,
        version: 2,
        kind: "received",
        occurredAt,
        lamport: 2,
        queueLength: 0,
        payload: { sender: 1, sendVersion: 2, senderLamport: 1, sentAt: occurredAt, arrivedAt: occurredAt },
      },
      { run, position: 4, machine: null, kind: "run-finished", occurredAt, payload: {} },
    ].map((line) => JSON.stringify(line))
    expect(readWith(JsonLines.format, lines)).toMatchObject({
      notUnderstood: [],
      entries: [
        { kind: "sent", machine: "1", recipients: ["2", "3"], message: "1/2", label: "x" },
        {
          kind: "received",
          machine: "2",
          sender: "1",
          senderLamport: 1,
          message: "1/2",
          arrivedAtUs: 1741600000201919,
        },
      ],
    })
  })

  it("vectors are objects by name or arrays by position", () => {
    expect(only(JsonLines.format, '{"node":"a","type":"recv","vc":{"a":2,"b":1}}')!.vector).toEqual({
      a: 2,
      b: 1,
    })
    expect(only(JsonLines.format, '{"node":"0","type":"recv","clock":[2,1]}')!.vector).toEqual({ 0: 2, 1: 1 })
    expect(only(JsonLines.format, '{"node":2,"type":"recv","vector":[2,1]}')!.vector).toEqual({ 1: 2, 2: 1 })
  })

  it("what is no object, or of no known kind, is not understood", () => {
    const lines = [
      "[1]",
      '"sent"',
      "{",
      '{"kind":"danced","lamport":1}',
      '{"lamport":1}',
      '{"kind":"sent","lamport":"x"}',
    ]
    expect(readWith(JsonLines.format, lines)).toEqual({ entries: [], notUnderstood: lines })
  })
})

describe("vectors between bars", () => {
  const lines = (own: number) =>
    [1, 2, 3].map(
      (count) =>
        `[167824889458527100${count}] | ${[0, 1, 2].map((at) => (at === own ? count : 7)).join(",")} | 0 | INTERNAL`,
    )
  it.each([
    ["2.log", 1, "2", ["1", "2", "3"]],
    ["process_2.log", 2, "2", ["0", "1", "2"]],
    ["run_1_process_0.log", 0, "0", ["0", "1", "2"]],
    ["middle.log", 1, "middle", ["1", "middle", "3"]],
  ])("%s owns entry %i and is machine %s", (name, own, machine, names) => {
    const { entries } = readWith(VectorText.format, lines(own), name)
    expect(entries[0]!.machine).toBe(machine)
    expect(new Set(Object.keys(entries[0]!.vector!))).toEqual(new Set(names))
  })

  it("a double send goes to all others", () => {
    const all = [...lines(0), "[1678248894585271009] | 4,7,7 | 0 | DOUBLE SEND"]
    expect(readWith(VectorText.format, all, "1.log").entries[3]!.recipients).toEqual(["2", "3"])
  })
})

describe("fields that the user names", () => {
  const sent = { kind: "sent", machine: "a", lamport: 4, recipients: ["b"] }
  it("are keys of JSON objects, or columns of a table", () => {
    const map = byFields("kind=evt,machine=proc,lamport=clk.value,to=dst")
    expect(readWith(map, ['{"evt":"SEND","proc":"a","clk":{"value":4},"dst":"b"}']).entries).toMatchObject([
      sent,
    ])
    const table = byFields("kind=evt,machine=proc,lamport=n,to=dst")
    expect(readWith(table, ["evt,dst,n,proc", "SEND,b,4,a"])).toMatchObject({
      entries: [sent],
      notUnderstood: [],
    })
  })

  it("are groups of a pattern", () => {
    const pattern = byPattern(
      "^(?<kind>\\w+) (?:\\d )?(?<time>[\\d.]+)(?: (?<queue>\\d+))? (?<lamport>\\d+)$",
    )
    const lines = ["receive 12.5 2 7", "send 3 13.25 8", "internal 14.0 9", "cycles"]
    const { entries, notUnderstood } = readWith(pattern, lines, "normal1_0.txt")
    expect(entries.map(({ kind, lamport, queueLength }) => [kind, lamport, queueLength])).toEqual([
      ["received", 7, 2],
      ["sent", 8, null],
      ["internal", 9, null],
    ])
    expect(notUnderstood).toEqual(["cycles"])
  })

  it.each([
    [() => byPattern("(?<lamport>\\d+)"), "must have a group (?<kind>...)"],
    [() => byPattern("(?<kind>a)(?<colour>b)"), "found colour"],
    [() => byPattern("("), "must be a regular expression"],
    [() => byFields("machine=m"), "kind must be among them"],
    [() => byFields("kind=k,colour=c"), "found colour"],
    [() => byFields("kind"), "field=name"],
  ])("are refused where they cannot do: %#", (make, complaint) => {
    expect(make).toThrow(complaint)
  })
})

describe("arrays", () => {
  it("other quantities and single numbers are no events, and a broken array is not understood", () => {
    const lines = [
      "jumps: [1, 2]",
      "final clock value: 7",
      "logical clock times: [1, 2",
      "logical clock times: [1, x]",
    ]
    expect(readWith(ArrayLog.format, lines)).toEqual({ entries: [], notUnderstood: lines.slice(2) })
  })

  it("times may be written out, and what is missing is null", () => {
    const lines = [
      "queue lengths: [3]",
      "logical clocks: [1, 2]",
      "system times: ['2025-03-05 23:48:39', '2025-03-05 23:48:40.5']",
    ]
    expect(readWith(ArrayLog.format, lines).entries).toMatchObject([
      { lamport: 1, queueLength: 3, atUs: 1741218519000000, line: 2 },
      { lamport: 2, queueLength: null, atUs: 1741218520500000, line: 2 },
    ])
  })
})
