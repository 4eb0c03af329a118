/** What the fixtures hold, by the simulation that wrote them. */
import { type Entry, entry } from "../../../src/domain/imported/Entry.ts"
import * as ArrayLog from "../../../src/interchange/import/ArrayLog.ts"
import * as CsvLog from "../../../src/interchange/import/CsvLog.ts"
import type { Format } from "../../../src/interchange/import/Format.ts"
import * as JsonLines from "../../../src/interchange/import/JsonLines.ts"
import * as TextLog from "../../../src/interchange/import/TextLog.ts"
import * as VectorText from "../../../src/interchange/import/VectorText.ts"

/** Entries, not events: where a program writes a send to both as two lines, both count. */
export const understood: ReadonlyArray<
  readonly [fixture: string, format: Format, internal: number, sent: number, received: number]
> = [
  ["piped", TextLog.format, 22, 36, 36],
  ["piped-coalesced", TextLog.format, 21, 37, 36],
  ["piped-dropped-line", TextLog.format, 22, 35, 36],
  ["piped-swapped", TextLog.format, 22, 36, 36],
  ["prefixed", TextLog.format, 17, 30, 37],
  ["prefixed-coalesced", TextLog.format, 18, 30, 36],
  ["prefixed-dropped-line", TextLog.format, 17, 29, 37],
  ["prefixed-swapped", TextLog.format, 17, 30, 37],
  ["ports", TextLog.format, 19, 29, 36],
  ["ports-coalesced", TextLog.format, 20, 29, 35],
  ["ports-dropped-line", TextLog.format, 19, 28, 36],
  ["ports-swapped", TextLog.format, 19, 29, 36],
  ["logical-time", TextLog.format, 30, 26, 28],
  ["bracketed", TextLog.format, 25, 27, 32],
  ["records", TextLog.format, 26, 26, 32],
  ["kind-first", CsvLog.format, 23, 28, 33],
  ["process-table", CsvLog.format, 27, 32, 29],
  ["port-table", CsvLog.format, 25, 34, 32],
  ["own-table", CsvLog.format, 28, 27, 29],
  ["vector-bars", VectorText.format, 25, 27, 32],
  ["arrays", ArrayLog.format, 84, 0, 0],
  ["json-events", JsonLines.format, 26, 27, 31],
  ["minimal", JsonLines.format, 22, 27, 35],
]

export const firsts: ReadonlyArray<readonly [file: string, ReadonlyArray<Entry>]> = [
  [
    "piped/process_1.log",
    [
      entry({
        kind: "sent",
        machine: "process_1",
        line: 8,
        atUs: 1740764531000000,
        lamport: 5,
        queueLength: 0,
        recipients: ["3"],
      }),
      entry({
        kind: "received",
        machine: "process_1",
        line: 5,
        atUs: 1740764530000000,
        lamport: 2,
        queueLength: 1,
      }),
    ],
  ],
  [
    "prefixed/simulation_0_logfile_vm1",
    [
      entry({
        kind: "sent",
        machine: "simulation_0_logfile_vm1",
        line: 1,
        atUs: 1741236519535194,
        lamport: 1,
        recipients: ["2"],
      }),
      entry({
        kind: "received",
        machine: "simulation_0_logfile_vm1",
        line: 2,
        atUs: 1741236519868842,
        lamport: 3,
        queueLength: 1,
        senderLamport: 2,
      }),
    ],
  ],
  [
    "ports/2056.log",
    [
      entry({
        kind: "sent",
        machine: "2056",
        line: 9,
        atUs: 1678282738000000,
        lamport: 5,
        recipients: ["3056"],
      }),
      entry({
        kind: "received",
        machine: "2056",
        line: 6,
        atUs: 1678282737000000,
        lamport: 2,
        queueLength: 0,
        senderLamport: 1,
      }),
    ],
  ],
  [
    "logical-time/machine_0.log",
    [
      entry({ kind: "sent", machine: "machine_0", line: 5, atUs: 1677715585665000, lamport: 4 }),
      entry({
        kind: "received",
        machine: "machine_0",
        line: 3,
        atUs: 1677715585264000,
        lamport: 2,
        queueLength: 0,
        senderLamport: 1,
      }),
    ],
  ],
  [
    "bracketed/A.log",
    [
      entry({ kind: "sent", machine: "A", line: 2, atUs: 1741190000000000, lamport: 2, recipients: ["B"] }),
      entry({ kind: "received", machine: "A", line: 3, atUs: 1741190000000000, lamport: 4, queueLength: 0 }),
    ],
  ],
  [
    "records/log_ticks32.log",
    [
      entry({ kind: "sent", machine: "log_ticks32", line: 78, atUs: 1519940590390000, lamport: 25 }),
      entry({
        kind: "received",
        machine: "log_ticks32",
        line: 4,
        atUs: 1519940585380000,
        lamport: 2,
        queueLength: 1,
      }),
    ],
  ],
  [
    "kind-first/machine_0.log",
    [
      entry({
        kind: "sent",
        machine: "machine_0",
        line: 4,
        atUs: 1741300000875429,
        lamport: 4,
        queueLength: 0,
      }),
      entry({
        kind: "received",
        machine: "machine_0",
        line: 2,
        atUs: 1741300000378710,
        lamport: 2,
        queueLength: 0,
      }),
    ],
  ],
  [
    "process-table/1.csv",
    [
      entry({
        kind: "sent",
        machine: "1",
        line: 5,
        atUs: 1678255069271975,
        lamport: 4,
        queueLength: 0,
        recipients: ["2"],
        label: "1",
      }),
      entry({
        kind: "received",
        machine: "1",
        line: 4,
        atUs: 1678255068937778,
        lamport: 3,
        queueLength: 0,
        sender: "2",
        label: "5",
      }),
    ],
  ],
  [
    "port-table/c1_log/events.csv",
    [
      entry({
        kind: "sent",
        machine: "12345",
        line: 2,
        atUs: 1741106101265230,
        lamport: 1,
        queueLength: 0,
        recipients: ["34567"],
      }),
      entry({
        kind: "received",
        machine: "12345",
        line: 3,
        atUs: 1741106101466029,
        lamport: 2,
        queueLength: 0,
        sender: "23456",
      }),
    ],
  ],
  [
    "own-table/run.csv",
    [
      entry({
        kind: "sent",
        machine: "3",
        line: 6,
        atUs: 1741700000327202,
        lamport: 1,
        queueLength: 0,
        recipients: ["2"],
        message: "3/2",
      }),
      entry({
        kind: "received",
        machine: "2",
        line: 8,
        atUs: 1741700000440051,
        lamport: 2,
        queueLength: 0,
        sender: "3",
        senderLamport: 1,
        arrivedAtUs: 1741700000328904,
        message: "3/2",
      }),
    ],
  ],
  [
    "vector-bars/run_1_process_0.log",
    [
      entry({
        kind: "sent",
        machine: "0",
        line: 2,
        atUs: 1678248893453078,
        queueLength: 0,
        vector: { 0: 1, 1: 0, 2: 0 },
      }),
      entry({
        kind: "received",
        machine: "0",
        line: 3,
        atUs: 1678248893650227,
        queueLength: 0,
        vector: { 0: 2, 1: 1, 2: 0 },
      }),
    ],
  ],
  [
    "arrays/normal1_0_data.txt",
    [
      entry({
        kind: "internal",
        machine: "normal1_0_data",
        line: 3,
        atUs: 334851,
        lamport: 2,
        queueLength: 0,
      }),
    ],
  ],
  [
    "json-events/machine_1.log",
    [
      entry({ kind: "sent", machine: "machine_1", line: 1, atUs: 1741500000501944, lamport: 1 }),
      entry({
        kind: "received",
        machine: "machine_1",
        line: 5,
        atUs: 1741500001500094,
        lamport: 5,
        queueLength: 0,
      }),
    ],
  ],
  [
    "minimal/run.jsonl",
    [
      entry({
        kind: "sent",
        machine: "beta",
        line: 2,
        atUs: 1741600000287200,
        lamport: 1,
        queueLength: 0,
        recipients: ["alpha"],
        message: "m1",
      }),
      entry({
        kind: "received",
        machine: "alpha",
        line: 3,
        atUs: 1741600000403488,
        lamport: 2,
        queueLength: 0,
        sender: "beta",
        senderLamport: 1,
        arrivedAtUs: 1741600000288303,
        message: "m1",
      }),
    ],
  ],
]
