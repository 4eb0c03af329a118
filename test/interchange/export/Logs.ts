/** Logs to be exported: of our own runs, and such as came from elsewhere, which leave out much and name oddly. */
import fc from "fast-check"
import { isClockEvent, isRunEvent, type Recorded } from "../../../src/domain/ClockEvent.ts"
import { type Context, type Format, runOf } from "../../../src/interchange/export/Exporter.ts"
import { simulatedLog } from "../../domain/SimulatedLogs.ts"
import { type Options, simulate } from "../../domain/Simulator.ts"

export const run = "abcdefgh1234"

/** Drops, a crash, a stop: every kind of event but those of the run. */
export const eventful: Options = {
  config: { machines: 4, seed: 9, rates: [1, 6, 6, 6], sides: 4, capacity: 5, durationUs: 12_000_000 },
  interruptions: [
    { machine: 2, atUs: 3_000_000, downUs: 2_500_000, crash: true },
    { machine: 1, atUs: 4_050_000, downUs: 1_500_000, crash: false },
  ],
}

export const eventfulLog = (): ReadonlyArray<Recorded> =>
  simulate({ ...eventful, config: { ...eventful.config, overflow: "drop-oldest" } })

/** Hard to write in any format: quotes, blanks, line ends, escapes of terminals, what looks like a clock. */
export const oddTexts = [
  'say "hello", twice',
  "two\r\nlines and\ta tab",
  '\u001b[31mred\u0007 \u009b1m {"a":1}',
  'host {"host":1}',
  "line\u2028separator \\ and é, 猫",
  "",
]

export const oddNames = [
  "web server",
  'a"b,c',
  "__proto__",
  "constructor",
  "Alice",
  "alice",
  "../up\n",
  "7",
  "machine-7",
  "é/猫",
]

/** Which of an event's sayings are left out; bit by bit. */
const veil = (event: Recorded, bits: number): Recorded => {
  if (isRunEvent(event) || !isClockEvent(event)) return event
  const lamport = bits & 1 ? null : event.lamport
  const queueLength = bits & 2 ? null : event.queueLength
  const label = bits & 4 ? { label: oddTexts[bits % oddTexts.length]! } : {}
  if (event.kind !== "received") {
    const payload = { ...event.payload, ...label }
    return { ...event, lamport, queueLength, payload } as Recorded
  }
  const known = {
    ...event.payload,
    senderLamport: bits & 8 ? null : event.payload.senderLamport,
    arrivedAtUs: bits & 16 ? null : event.payload.arrivedAtUs,
    match: "clock" as const,
    ...label,
  }
  const unknown = {
    ...known,
    sender: bits & 64 ? null : known.sender,
    sendVersion: null,
    sentAtUs: null,
    match: "missing" as const,
  }
  return { ...event, lamport, queueLength, payload: bits & 32 ? unknown : known } as Recorded
}

export const asImported = (log: ReadonlyArray<Recorded>, bits: ReadonlyArray<number>): Array<Recorded> => {
  const [first, ...rest] = log
  if (first?.kind !== "run-started") throw new Error("a run begins with run-started")
  const { machines } = first.payload
  const begin: Recorded = {
    position: 1,
    machine: 0,
    version: 1,
    occurredAtUs: first.occurredAtUs,
    kind: "run-imported",
    payload: {
      format: "text",
      files: ["a.log"],
      machines,
      names: Array.from({ length: machines }, (_, i) => oddNames[i % oddNames.length]!),
      says: [],
      fifo: true,
      notes: [],
    },
  }
  const clock = rest.filter((event) => isClockEvent(event))
  return [begin, ...clock.map((event, i) => veil(event, bits[i % bits.length] ?? 0))]
}

const bounds = { maxMachines: 6, maxDurationUs: 3_000_000 }

export const ours: fc.Arbitrary<ReadonlyArray<Recorded>> = simulatedLog(bounds)

export const imported: fc.Arbitrary<ReadonlyArray<Recorded>> = fc
  .tuple(ours, fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 7, maxLength: 50 }))
  .map(([log, bits]) => asImported(log, bits))

/** Part of a log, as positions and machines choose it. */
export interface Part {
  readonly after: number
  readonly upTo: number
  readonly machines?: ReadonlyArray<number>
}

export interface Chosen {
  readonly log: ReadonlyArray<Recorded>
  readonly context: Context
  /** What the exporter is handed. */
  readonly events: ReadonlyArray<Recorded>
}

export const choose = (log: ReadonlyArray<Recorded>, part?: Part): Chosen => {
  const known = runOf(log)!
  const machines = part?.machines ?? Array.from({ length: known.count + 1 }, (_, machine) => machine)
  const { after, upTo } = part ?? { after: 0, upTo: Number.POSITIVE_INFINITY }
  const events = log.filter(
    ({ position, machine }) => position > after && position <= upTo && machines.includes(machine),
  )
  return { log, events, context: { ...known, run, machines, alone: false } }
}

/** Logs of both sorts, whole and in part. */
export const chosen: fc.Arbitrary<Chosen> = fc
  .record({
    log: fc.oneof(ours, imported),
    from: fc.double({ min: 0, max: 0.7, noNaN: true }),
    length: fc.double({ min: 0.2, max: 1, noNaN: true }),
    without: fc.integer({ min: 0, max: 6 }),
    whole: fc.boolean(),
  })
  .map(({ log, from, length, without, whole }) => {
    if (whole) return choose(log)
    const after = Math.floor(from * log.length)
    const count = runOf(log)!.count
    const machines = Array.from({ length: count }, (_, i) => i + 1).filter(
      (m) => m !== without || count === 1,
    )
    return choose(log, { after, upTo: after + Math.ceil(length * log.length), machines })
  })

export const written = (format: Format, { context, events }: Chosen): string => {
  const exporter = format.make(context)
  return [exporter.begin(), ...events.map(exporter.event), exporter.end()].join("")
}

/** Keys of sends among events: machine/version. */
export const sendsOf = (events: ReadonlyArray<Recorded>): ReadonlySet<string> =>
  new Set(events.filter(({ kind }) => kind === "sent").map(({ machine, version }) => `${machine}/${version}`))
