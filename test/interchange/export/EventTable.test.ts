import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isRunEvent } from "../../../src/domain/ClockEvent.ts"
import { fromIso } from "../../../src/domain/EventPayload.ts"
import { format } from "../../../src/interchange/export/EventTable.ts"
import { chosen, written } from "./Logs.ts"

/** RFC 4180, one character after the other. */
const parse = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  let cell = ""
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted) {
      if (c !== '"') cell += c
      else if (text[i + 1] === '"') cell += text[++i]
      else quoted = false
    } else if (c === '"' && cell === "") quoted = true
    else if (c === '"') throw new Error(`a quote within a cell, at ${i}`)
    else if (c === "," || c === "\n") {
      row.push(cell)
      cell = ""
      if (c === "\n") {
        rows.push(row)
        row = []
      }
    } else cell += c
  }
  if (quoted || cell !== "" || row.length > 0) throw new Error("the last line has no end")
  return rows
}

const header =
  "machine,version,position,kind,occurred_at,lamport,queue_length,recipients,sender,send_version,sender_lamport,sent_at,arrived_at,label"

const number = (text: string): number | null => (text === "" ? null : Number(text))
const time = (text: string): number | null => (text === "" ? null : fromIso(text))

describe("an export as CSV", () => {
  it("has a row for every event of a machine, in columns that say all that the event says", () =>
    fc.assert(
      fc.property(chosen, (part) => {
        const text = written(format, part)
        const [columns, ...rows] = parse(text)
        expect(columns!.join(",")).toBe(header)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey must not get through.
        expect(text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/)
        const events = part.events.filter((event) => !isRunEvent(event))
        expect(rows).toHaveLength(events.length)
        const names = new Map(events.map(({ machine }, i) => [machine, rows[i]![0]!]))
        for (const [i, event] of events.entries()) {
          const row = rows[i]!
          expect(row).toHaveLength(columns!.length)
          if (isRunEvent(event)) throw new Error("is of a machine")
          const { machine, version, position, kind, occurredAtUs, lamport, queueLength } = event
          expect(row[0]).toBe(names.get(machine))
          expect(row.slice(1, 4)).toEqual([String(version), String(position), kind])
          expect(time(row[4]!)).toBe(occurredAtUs)
          expect([number(row[5]!), number(row[6]!)]).toEqual([lamport, queueLength])
          const recipients = event.kind === "sent" ? event.payload.recipients : []
          const listed = row[7] === "" ? [] : row[7]!.split(" ")
          expect(listed).toHaveLength(recipients.length)
          for (const [at, recipient] of recipients.entries())
            if (names.has(recipient)) expect(listed[at]).toBe(names.get(recipient))
          if (event.kind === "received" || event.kind === "dropped") {
            const { sender, sendVersion, senderLamport, sentAtUs, arrivedAtUs } = event.payload
            expect(row[8] === "").toBe(sender === null)
            if (sender !== null && names.has(sender)) expect(row[8]).toBe(names.get(sender))
            expect([number(row[9]!), number(row[10]!)]).toEqual([sendVersion, senderLamport])
            expect([time(row[11]!), time(row[12]!)]).toEqual([sentAtUs, arrivedAtUs])
          } else expect(row.slice(8, 13)).toEqual(["", "", "", "", ""])
          const label = "label" in event.payload ? (event.payload.label ?? "") : ""
          const shown = label.replace("\u001b", "\\x1b").replace("\u0007", "\\x07").replace("\u009b", "\\x9b")
          expect(row[13]).toBe(shown)
        }
      }),
      { numRuns: 60 },
    ))

  it("names machines without blanks, commas and quotes, each differently", () => {
    const names = ["web server", "web_server", 'a"b,c', "7"]
    const { make } = format
    const context = {
      run: "r",
      count: 4,
      machines: [1, 2, 3, 4],
      nameOf: (machine: number) => names[machine - 1]!,
      startUs: 0,
      alone: false,
    }
    const stamp = { machine: 4, version: 1, position: 2, occurredAtUs: 5, lamport: null, queueLength: null }
    const text = make(context).event({ ...stamp, kind: "sent", payload: { recipients: [1, 2, 3] } })
    expect(text).toBe("7,1,2,sent,1970-01-01T00:00:00.000005Z,,,web_server web_server-2 a_b_c,,,,,,\n")
  })
})
