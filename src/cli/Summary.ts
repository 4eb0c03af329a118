/** What is printed of a run for people: a row a machine, lateness, the verdict. */
import type { Imported } from "../domain/Imported.ts"
import type { Verdict } from "../domain/Verification.ts"
import type { Analysis } from "./Analysis.ts"
import * as PredictionTable from "./PredictionTable.ts"
import { type Cell, table } from "./Table.ts"
import { showDuration } from "./Units.ts"

/** Rows of a table of machines; a thousand of them are for `--json` and `sql`. */
const mostRows = 24

const header = [
  "machine",
  "name",
  "rate",
  "ticks",
  "internal",
  "sent",
  "received",
  "dropped",
  "missed",
  "clock",
  "max jump",
  "max queue",
]

export const machineTable = ({ statistics, imported }: Analysis): ReadonlyArray<string> => {
  const rows = statistics.machines
    .slice(0, mostRows)
    .map((m) => [
      m.machine,
      m.name,
      m.rate ?? "-",
      m.ticks,
      m.internal,
      m.sent,
      m.received,
      m.dropped,
      m.missed,
      m.lamport ?? "-",
      m.largestJump,
      m.maxQueueLength ?? "-",
    ])
  const more = statistics.machines.length - rows.length
  const isShown = columnsOf(imported, statistics.machines)
  const [names, ...cells] = [header, ...rows].map((row) => row.filter((_, i) => isShown(header[i]!)))
  return [
    ...table(names as ReadonlyArray<string>, cells as ReadonlyArray<ReadonlyArray<Cell>>),
    ...(more > 0 ? [`... and ${more} more machines`] : []),
  ]
}

/** Names where they are not numbers; and an imported log has no schedule. */
const columnsOf =
  (imported: Analysis["imported"], machines: Analysis["statistics"]["machines"]) =>
  (column: string): boolean => {
    if (column === "name") return machines.some(({ machine, name }) => name !== String(machine))
    return imported === undefined || !["rate", "dropped", "missed"].includes(column)
  }

/** Where an imported log came from, and how it was understood. */
const origin = ({ format, files, notes }: Imported): ReadonlyArray<string> => [
  `from      ${files.join(", ")} (${format})`,
  ...notes.map((note) => `          ${note}`),
]

export const totals = (analysis: Analysis): ReadonlyArray<string> => {
  const { lateness } = analysis.statistics
  const { counts } = analysis.verdict
  if (analysis.imported !== undefined)
    return [
      ...origin(analysis.imported),
      `messages  ${counts.recipients} sent, ${counts.received} received, ${counts.inFlight} in flight or lost`,
      "no prediction and no lateness: the log does not say at which rates its machines were to tick",
    ]
  const compared = PredictionTable.compared(analysis)
  return [
    `ticks     ${counts.ticks} made, ${counts.missed} missed, ${counts.due} due`,
    `messages  ${counts.recipients} sent = ${counts.received} received + ${counts.dropped} dropped + ${counts.leftInInboxes} left in inboxes + ${counts.inFlight} in flight`,
    `lateness  median ${showDuration(lateness.medianUs)}, p99 ${showDuration(lateness.p99Us)}, largest ${showDuration(lateness.maxUs)}`,
    ...(compared === undefined ? [] : [PredictionTable.verdicts(compared)]),
  ]
}

/** Names what each invariant says, in one line each. */
export const invariants: Readonly<Record<Verdict["checks"][number]["invariant"], string>> = {
  log: "positions and versions are gap-free; the clock follows the rule",
  "clock-condition": "what happened before has the smaller clock",
  messages: "every receipt has its send, none twice, links are FIFO, the account closes",
  queues: "recorded queue lengths equal arrivals minus takings minus drops",
  schedule: "ticks made and missed are what was due, none before its time",
}

/** Of an imported log nothing may have been checked because it does not say enough. */
const state = ({ failures, checked }: Verdict["checks"][number], { imported }: Verdict): string => {
  if (failures.length > 0) return "FAILS"
  if (checked > 0) return "holds"
  return imported ? "cannot be proved" : "nothing to check"
}

/** Clause by clause: how many of each were looked at, and what would prove those that cannot be. */
const clauses = ({ checks, imported }: Verdict): ReadonlyArray<string> =>
  table(
    ["clause", "checked", "what it says", ...(imported ? ["what would prove it"] : [])],
    checks.flatMap(({ invariant, rules }) =>
      rules.map(({ rule, checked, says, needs }) => [
        `${invariant}/${rule}`,
        checked,
        says,
        ...(imported ? [needs ?? ""] : []),
      ]),
    ),
  )

/** What fails, where, and how the events stand to each other. */
const failureLines = (
  invariant: string,
  { rule, events, message, relation }: Verdict["checks"][number]["failures"][number],
): ReadonlyArray<string> => [
  "",
  `  ${invariant}/${rule} fails at ${events.join(", ") || "no event"}: ${message}`,
  ...(relation === undefined ? [] : [`    ${relation}`]),
]

export const verdictLines = (verdict: Verdict): ReadonlyArray<string> => [
  ...table(
    ["invariant", "", "checked", "what it says"],
    verdict.checks.map((check) => [
      check.invariant,
      state(check, verdict),
      check.checked,
      invariants[check.invariant],
    ]),
  ),
  ...verdict.checks.flatMap(({ invariant, how }) => (how === undefined ? [] : ["", `${invariant}: ${how}`])),
  "",
  ...clauses(verdict),
  ...verdict.checks.flatMap((check) => [
    ...check.failures.flatMap((failure) => failureLines(check.invariant, failure)),
    ...(check.moreFailures === undefined
      ? []
      : [`  ${check.invariant}: ... and ${check.moreFailures} more failures`]),
  ]),
]

const importedLine = ({ verified }: Verdict): string =>
  verified === null
    ? "nothing can be proved from this log; the clauses say what would be needed"
    : verified
      ? "verified: all that this log can prove holds"
      : "NOT verified: what this log says cannot all be true"

export const verdictLine = (verdict: Verdict): string => {
  if (verdict.imported) return importedLine(verdict)
  if (verdict.verified === null) return "nothing to check: the run has no events"
  const state = verdict.finished ? "finished" : "not finished"
  return verdict.verified
    ? `verified: every invariant that was checked holds, up to position ${verdict.upTo} (${state})`
    : `NOT verified: an invariant fails, up to position ${verdict.upTo} (${state})`
}
