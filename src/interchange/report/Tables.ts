/** The tables of a report. */
import type { Comparison } from "../../domain/prediction/Comparison.ts"
import type { Statistics } from "../../domain/Statistics.ts"
import type { Verdict } from "../../domain/Verification.ts"
import type { Collected } from "./Collect.ts"
import type { Spread } from "./Latency.ts"
import type { RunOfReport } from "./Page.ts"
import { seconds } from "./Sentences.ts"
import type { Cell, Table } from "./Table.ts"

export const machines = ({ machines }: Statistics): Table => {
  const isNamed = machines.some(({ machine, name }) => name !== String(machine))
  return {
    name: "machines",
    caption: "What became of each machine",
    header: [
      "machine",
      ...(isNamed ? ["name"] : []),
      "rate (1/s)",
      "ticks",
      "internal",
      "sent",
      "received",
      "dropped",
      "missed",
      "clock",
      "largest jump",
      "longest queue",
    ],
    rows: machines.map((m) => [
      m.machine,
      ...(isNamed ? [m.name] : []),
      m.rate,
      m.ticks,
      m.internal,
      m.sent,
      m.received,
      m.dropped,
      m.missed,
      m.lamport,
      m.largestJump,
      m.maxQueueLength,
    ]),
  }
}

/** What each invariant says, in words. */
export type Invariants = Readonly<Record<Verdict["checks"][number]["invariant"], string>>

export const checks = (verdict: Verdict, invariants: Invariants): Table => ({
  name: "verdict",
  caption: "What was checked",
  header: ["invariant", "verdict", "checked", "what it says"],
  rows: verdict.checks.map(({ invariant, failures, checked }) => [
    invariant,
    failures.length > 0
      ? "FAILS"
      : checked > 0
        ? "holds"
        : verdict.imported
          ? "cannot be proved"
          : "nothing to check",
    checked,
    invariants[invariant],
  ]),
})

/** Of an imported log: clauses that it cannot prove, and what it would have to say. */
export const unproved = ({ checks }: Verdict): Table | undefined => {
  const rows = checks.flatMap(({ invariant, rules }) =>
    rules.flatMap(({ rule, says, needs }) =>
      needs === undefined ? [] : [[`${invariant}/${rule}`, says, needs]],
    ),
  )
  return rows.length === 0
    ? undefined
    : {
        name: "unproved",
        caption: "What cannot be proved from this log",
        header: ["clause", "what it says", "what would prove it"],
        rows,
      }
}

export const failures = (verdict: Verdict): Table | undefined => {
  const rows = verdict.checks.flatMap(({ invariant, failures, moreFailures }) => [
    ...failures.map(
      ({ rule, events, message }): ReadonlyArray<Cell> => [invariant, rule, events.join(" "), message],
    ),
    ...(moreFailures === undefined ? [] : [[invariant, "", "", `... and ${moreFailures} more failures`]]),
  ])
  return rows.length === 0
    ? undefined
    : {
        name: "failures",
        caption: "What does not hold",
        header: ["invariant", "rule", "events", "found"],
        rows,
      }
}

const round = (value: number | null, digits: number): number | null =>
  value === null ? null : Number(value.toFixed(digits))
const signed = (value: number, digits: number): string => `${value > 0 ? "+" : ""}${value.toFixed(digits)}`

/** Fixed points are told apart only where there is more than one. */
export const prediction = (rows: ReadonlyArray<Comparison>): Table => {
  const several = rows.some(({ fixedPoint }) => fixedPoint > 1)
  return {
    name: "prediction",
    caption: "Prediction beside measurement",
    header: [
      ...(several ? ["fixed point"] : []),
      "machine",
      "quantity",
      "unit",
      "predicted",
      "measured",
      "difference (%)",
      "margin (95 %)",
      "lift",
      "verdict",
    ],
    rows: rows.map((row) => [
      ...(several ? [row.fixedPoint] : []),
      row.machine,
      row.quantity,
      row.unit,
      round(row.predicted, 3),
      round(row.measured, 3),
      row.differencePercent === null ? null : signed(row.differencePercent, 1),
      round(row.margin, 3),
      row.lift === null ? null : signed(row.lift, 3),
      [row.verdict, row.liftCause, row.remark].filter((words) => words !== null).join("; "),
    ]),
    note: `The margin is what chance alone gives to a run of this length; the lift is the known bias of machines of similar rate, named apart.${several ? " Several fixed points hold: the run chooses." : ""}`,
  }
}

const spreadCells = ({ medianUs, p99Us, maxUs }: Spread): ReadonlyArray<Cell> =>
  [medianUs, p99Us, maxUs].map((us) => round(us / 1_000, 3))

export const latency = ({ latency: { network, queueing } }: Collected): Table => ({
  name: "latency",
  caption: "Time of a message on the network and in the inbox, in milliseconds, by machine that received it",
  header: [
    "machine",
    "messages",
    "network median",
    "network p99",
    "network largest",
    "inbox median",
    "inbox p99",
    "inbox largest",
  ],
  rows: network.map((spread, i) => [
    i + 1,
    spread.count,
    ...spreadCells(spread),
    ...spreadCells(queueing[i]!),
  ]),
})

const runColumns = [
  "verified",
  "seed",
  "machines",
  "rates",
  "sides",
  "length (s)",
  "events",
  "messages",
  "largest clock",
  "smallest clock",
  "largest jump",
  "farthest behind",
  "longest queue",
]

const runCells = ({ collected, statistics, verdict }: RunOfReport): ReadonlyArray<Cell> => {
  const clocks = statistics.machines.flatMap(({ lamport }) => (lamport === null ? [] : [lamport]))
  const { config, largestJump } = collected
  return [
    verdict.verified === null ? "nothing to check" : verdict.verified ? "yes" : "NO",
    config?.seed ?? null,
    collected.machines,
    listed(statistics.machines.flatMap(({ rate }) => (rate === null ? [] : [rate]))),
    config?.sides ?? null,
    round(collected.endUs / 1_000_000, 1),
    statistics.events,
    verdict.counts.recipients,
    clocks.length === 0 ? null : clocks.reduce((a, b) => Math.max(a, b)),
    clocks.length === 0 ? null : clocks.reduce((a, b) => Math.min(a, b)),
    largestJump === undefined ? 1 : largestJump.to - largestJump.from,
    collected.farthestBehind.behind,
    collected.longestQueue?.length ?? 0,
  ]
}

/** A row a run, for those who compare them; with titles, where they say more than the names. */
export const runs = (all: ReadonlyArray<RunOfReport>): Table => {
  const titled = all.some(({ run, title }) => title !== `run ${run}`)
  return {
    name: "runs",
    caption: "The runs side by side",
    header: ["run", ...(titled ? ["title"] : []), ...runColumns],
    rows: all.map((one) => [one.run, ...(titled ? [one.title] : []), ...runCells(one)]),
  }
}

/** A list that fits a cell. */
const listed = (values: ReadonlyArray<number>): string =>
  values.length <= 8 ? values.join(", ") : `${values.slice(0, 6).join(", ")}, ... (${values.length})`

/** Each jump that is marked in the figure. */
export const jumps = ({ jumps }: Collected): Table => ({
  name: "jumps",
  caption: "The largest jumps and their causes",
  header: ["event", "at", "from", "to", "jump", "because of"],
  rows: [...jumps.marked]
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, 20)
    .map(({ machine, version, atUs, from, to, sender, sendVersion }) => [
      `${machine}/${version}`,
      seconds(atUs),
      from,
      to,
      to - from,
      sendVersion === null ? "a message whose send is not known" : `${sender}/${sendVersion}`,
    ]),
  ...(jumps.total > 20 ? { note: `The 20 largest of ${jumps.total} receipts with a jump above one.` } : {}),
})
