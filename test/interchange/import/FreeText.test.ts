import { describe, expect, it } from "vitest"
import * as TextLog from "../../../src/interchange/import/TextLog.ts"
import { only, readWith } from "./LineReading.ts"

const text = (line: string, name?: string) => only(TextLog.format, line, name)

describe("free text", () => {
  it.each([
    [
      "[Machine 2] Received message from machine 1, message clock: 12, LC=13, queue size=2",
      { machine: "2", sender: "1", senderLamport: 12, lamport: 13, queueLength: 2 },
    ],
    ["VM 1: Sent message to VM 2 (clock value: 3)", { machine: "1", recipients: ["2"], lamport: 3 }],
    [
      "VM 1: received logical clock time 12 from VM 2, logical_clock 13",
      { machine: "1", sender: "2", senderLamport: 12, lamport: 13 },
    ],
    ["Received message from process B, clock: 4", { sender: "B", lamport: 4 }],
    ["sent to machines 1 and 2, LC=3", { recipients: ["1", "2"], lamport: 3 }],
    ["sent -> 3, logical clock time: 9", { recipients: ["3"], lamport: 9 }],
    [
      "[MESSAGE(S) SENT] | Global Time - 14:38:47.691886 | Receiver(s) - [0, 2] | Clock Time - 26",
      { recipients: ["0", "2"], lamport: 26, atUs: 52727691886 },
    ],
    [
      "RECEIVE: [message] 3; [global] 2018-03-01 21:43:04.981807; [queue length] 0; [logical clock time] 6",
      { senderLamport: 3, lamport: 6, queueLength: 0, atUs: 1519940584981807 },
    ],
    [
      "2023-03-05 14:09:26,862 INFO SENT MESSAGE:   20, TO: 7978, 7979, global time:   6, local logical clock time: 20",
      { recipients: ["7978", "7979"], lamport: 20, atUs: 1678025366862000 },
    ],
    [
      "Received message 1 6 at 1677776420.070177 with logical clock 7",
      { sender: "1", senderLamport: 6, lamport: 7 },
    ],
    [
      "2.005\tSend All\tLogical Clock: 4\tQueue Length: 0\tTo VMs [1, 2]",
      { recipients: ["1", "2"], lamport: 4, atUs: 2005000 },
    ],
    ["Msg sent from proc       1 (3700)   (LAMPORT_TIME=2)", { machine: "1", lamport: 2, recipients: null }],
    ["Sent message to all peers, clock updated from 4 to 5", { recipients: null }],
  ])("%s", (line, expected) => {
    expect(text(line)).toMatchObject(expected)
  })

  it("the local clock is the sender's on a receipt that tells another, and the machine's own on a send", () => {
    const received = text("Received Message: the local clock time is 7, Logical clock time: 12")
    expect(received).toMatchObject({ lamport: 12, senderLamport: 7 })
    const sent = text("Sent Message: the local clock time is 7 to machine 3, Logical clock time: 7")
    expect(sent).toMatchObject({ lamport: 7, senderLamport: null, recipients: ["3"] })
  })

  it("a number before > is a prompt where a file is a machine's, and the machine where a file has several", () => {
    const lines = [
      "1> Event: Internal event | Logical Clock: 1",
      "2> Event: Internal event | Logical Clock: 1",
    ]
    const machines = (all: ReadonlyArray<string>, name: string) =>
      readWith(TextLog.format, all, name).entries.map(({ machine }) => machine)
    expect(machines([lines[1]!], "process_2.log")).toEqual(["process_2"])
    expect(machines(lines, "all.log")).toEqual(["1", "2"])
    expect(machines([lines[1]!], "-")).toEqual(["2"])
  })

  it.each([
    "",
    "-----",
    "Connected to machine 2 on port 5002 | Logical Clock: 0",
    "Starting machine 0 with clock rate 3",
    "Clock rate: 3",
    "Internal event range: (4, 10)",
    "Running process at 3Hz",
    "Machine 2 log",
  ])("%j is understood and no event", (line) => {
    expect(readWith(TextLog.format, [line])).toEqual({ entries: [], notUnderstood: [] })
  })

  it("a vector in place of a clock is named by the machine of the file", () => {
    const lines = [
      "ACTION: RECEIVE, Logical Clock Time: [1, 0, 0], # of remaining messages: 4",
      "ACTION: SEND, Recipient Machine: 2, Logical Clock Time: [2, 0, 0]",
    ]
    expect(readWith(TextLog.format, lines, "Process1.txt").entries).toMatchObject([
      { machine: "1", vector: { 1: 1, 2: 0, 3: 0 }, queueLength: 4 },
      { machine: "1", vector: { 1: 2, 2: 0, 3: 0 }, recipients: ["2"] },
    ])
  })
})
