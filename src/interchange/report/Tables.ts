/** The tables of a report. */
import type { Compared } from "../../domain/clocks/Comparison.ts"
import { percent } from "../../domain/clocks/Percent.ts"
import type { Comparison } from "../../domain/prediction/Comparison.ts"
import type { Statistics } from "../../domain/Statistics.ts"
import type { Verdict } from "../../domain/Verification.ts"
import type { Collected } from "./Collect.ts"
import type { Spread } from "./Latency.ts"
import type { RunOfReport } from "./Page.ts"
import { moment } from "./Sentences.ts"
import type { Cell, Table } from "./Table.ts"

/** Without the columns that no row has anything in. */
const filled = (table: Table): Table => {
  const isFilled = (_: unknown, i: number): boolean =>
    table.rows.some((row) => row[i] !== null && row[i] !== "")
  return {
    ...table,
    header: table.header.filter(isFilled),
    rows: table.rows.map((row) => row.filter(isFilled)),
  }
}

/** Names where they are not numbers; and an imported log has no schedule. */
export const machines = ({ machines }: Statistics, { imported, hasKinds }: Collected): Table => {
  const isOurs = imported === undefined
  const isNamed = machines.some(({ machine, name }) => name !== String(machine))
  const kind = (count: number): Cell => (hasKinds ? count : null)
  const table: Table = {
    name: "machines",
    caption: "What became of each machine",
    header: [
      "machine",
      ...(isNamed ? ["name"] : []),
      ...(isOurs ? ["rate (1/s)", "ticks"] : ["events"]),
      "internal",
      "sent",
      "received",
      ...(isOurs ? ["dropped", "missed"] : []),
      "clock",
      "largest jump",
      "longest queue",
    ],
    rows: machines.map((m) => [
      m.machine,
      ...(isNamed ? [m.name] : []),
      ...(isOurs ? [m.rate, m.ticks] : [m.ticks]),
      kind(m.internal),
      kind(m.sent),
      kind(m.received),
      ...(isOurs ? [m.dropped, m.missed] : []),
      m.lamport,
      m.lamport === null && !isOurs ? null : kind(m.largestJump),
      m.maxQueueLength,
    ]),
  }
  return isOurs ? table : filled(table)
}

/** What each invariant says, in words. */
export type Invariants = Readonly<Record<Verdict["checks"][number]["invariant"], string>>

export const checks = (verdict: Verdict, invariants: Invariants): Table =>
  verdict.imported
    ? clauses(verdict)
    : {
        name: "verdict",
        caption: "What was checked",
        header: ["invariant", "verdict", "checked", "what it says"],
        rows: verdict.checks.map(({ invariant, failures, checked }) => [
          invariant,
          failures.length > 0 ? "FAILS" : checked === 0 ? "nothing to check" : "holds",
          checked,
          invariants[invariant],
        ]),
      }

/** Of an imported log, clause by clause, and what it would have to say to prove those that it cannot. */
const clauses = ({ checks }: Verdict): Table => ({
  name: "verdict",
  caption: "What was checked",
  header: ["clause", "verdict", "checked", "what it says", "what would prove it"],
  rows: checks.flatMap(({ invariant, failures, rules }) =>
    rules.map(({ rule, checked, says, needs }) => [
      `${invariant}/${rule}`,
      failures.some((failure) => failure.rule === rule)
        ? "FAILS"
        : needs !== undefined
          ? "cannot be proved"
          : checked === 0
            ? "nothing to check"
            : "holds",
      checked,
      says,
      needs ?? null,
    ]),
  ),
})

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

/** A comparison's times are left out: a report of the same run is the same file. */
export const clocks = ({ clocks, sample, concurrent }: Compared): Table => ({
  name: "clocks",
  caption: "Every clock over the same events",
  header: [
    "clock",
    "bytes a stamp",
    "largest",
    "orders of the concurrent pairs",
    "against time",
    "leaves of the causal pairs",
    "bytes grow with",
    "source",
  ],
  rows: clocks.map(({ clock, meanBytes, largestBytes, falseOrder, inverted, unordered }) => [
    clock.name,
    round(meanBytes, 1),
    largestBytes,
    percent(falseOrder),
    inverted === undefined ? "no times" : percent(inverted),
    percent(unordered),
    clock.growth,
    clock.source,
  ]),
  note: `${percent(concurrent.among)} of the pairs of clock events are concurrent: neither could have influenced the other, and a clock that orders them says what did not happen. ${sample === undefined ? "All pairs were compared" : `A sample of pairs was compared, of ${sample.anchors} events drawn by seed ${sample.seed}; ± one standard error`}.`,
})

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

/** A machine's number, and its name beside it where it has one. */
const numbered = ({ imported }: Collected, machine: number): Cell => {
  const name = imported?.names[machine - 1]
  return name === undefined || name === String(machine) ? machine : `${machine} (${name})`
}

export const latency = (collected: Collected): Table => ({
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
  rows: collected.latency.network.map((spread, i) => [
    numbered(collected, i + 1),
    spread.count,
    ...spreadCells(spread),
    ...spreadCells(collected.latency.queueing[i]!),
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
  const { config, imported, largestJump, hasClocks, hasKinds, hasQueues, lastedUs } = collected
  const isOurs = imported === undefined
  const of = <A>(isKnown: boolean, value: A): A | null => (isOurs || isKnown ? value : null)
  return [
    verdict.verified === null
      ? isOurs
        ? "nothing to check"
        : "nothing can be proved"
      : verdict.verified
        ? "yes"
        : "NO",
    config?.seed ?? null,
    collected.machines,
    listed(statistics.machines.flatMap(({ rate }) => (rate === null ? [] : [rate]))),
    config?.sides ?? null,
    round(lastedUs === undefined ? null : lastedUs / 1_000_000, 1),
    statistics.events,
    of(hasKinds, verdict.counts.recipients),
    clocks.length === 0 ? null : clocks.reduce((a, b) => Math.max(a, b)),
    clocks.length === 0 ? null : clocks.reduce((a, b) => Math.min(a, b)),
    of(hasClocks && hasKinds, largestJump === undefined ? 1 : largestJump.to - largestJump.from),
    of(hasClocks, collected.farthestBehind.behind),
    of(hasQueues, collected.longestQueue?.length ?? 0),
  ]
}

/** A row a run, for those who compare them; with titles, where they say more than the names. */
export const runs = (all: ReadonlyArray<RunOfReport>): Table => {
  const titled = all.some(({ run, title }) => title !== `run ${run}`)
  const table: Table = {
    name: "runs",
    caption: "The runs side by side",
    header: ["run", ...(titled ? ["title"] : []), ...runColumns],
    rows: all.map((one) => [one.run, ...(titled ? [one.title] : []), ...runCells(one)]),
  }
  return all.every(({ collected: { imported } }) => imported !== undefined) ? filled(table) : table
}

/** A list that fits a cell. */
const listed = (values: ReadonlyArray<number>): string =>
  values.length <= 8 ? values.join(", ") : `${values.slice(0, 6).join(", ")}, ... (${values.length})`

/** Each jump that is marked in the figure. */
export const jumps = (collected: Collected): Table => {
  const { jumps, imported } = collected
  const isNamed = imported?.names.some((name, i) => name !== String(i + 1)) === true
  return {
    name: "jumps",
    caption: "The largest jumps and their causes",
    header: ["event", ...(isNamed ? ["machine"] : []), "at", "from", "to", "jump", "because of"],
    rows: [...jumps.marked]
      .sort((a, b) => b.to - b.from - (a.to - a.from))
      .slice(0, 20)
      .map(({ machine, version, atUs, from, to, sender, sendVersion }) => [
        `${machine}/${version}`,
        ...(isNamed ? [imported?.names[machine - 1] ?? ""] : []),
        moment(collected, atUs),
        from,
        to,
        to - from,
        sendVersion === null ? "a message whose send is not known" : `${sender}/${sendVersion}`,
      ]),
    ...(jumps.total > 20 ? { note: `The 20 largest of ${jumps.total} receipts with a jump above one.` } : {}),
  }
}
