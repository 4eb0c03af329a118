/** What is printed of a run for people: a row a machine, lateness, the verdict. */
import type { Verdict } from "../domain/Verification.ts"
import type { Analysis } from "./Analysis.ts"
import * as PredictionTable from "./PredictionTable.ts"
import { table } from "./Table.ts"
import { showDuration } from "./Units.ts"

/** Rows of a table of machines; a thousand of them are for `--json` and `sql`. */
const mostRows = 24

const header = [
  "machine",
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

export const machineTable = ({ statistics }: Analysis): ReadonlyArray<string> => {
  const rows = statistics.machines
    .slice(0, mostRows)
    .map((m) => [
      m.machine,
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
    ])
  const more = statistics.machines.length - rows.length
  return [...table(header, rows), ...(more > 0 ? [`... and ${more} more machines`] : [])]
}

export const totals = (analysis: Analysis): ReadonlyArray<string> => {
  const { lateness } = analysis.statistics
  const { counts } = analysis.verdict
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

/** Clause by clause: how many of each were looked at. */
const clauses = (verdict: Verdict): ReadonlyArray<string> =>
  table(
    ["clause", "checked", "what it says"],
    verdict.checks.flatMap(({ invariant, rules }) =>
      rules.map(({ rule, checked, says }) => [`${invariant}/${rule}`, checked, says]),
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
      check.failures.length > 0 ? "FAILS" : check.checked === 0 ? "nothing to check" : "holds",
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

export const verdictLine = (verdict: Verdict): string => {
  if (verdict.verified === null) return "nothing to check: the run has no events"
  const state = verdict.finished ? "finished" : "not finished"
  return verdict.verified
    ? `verified: every invariant that was checked holds, up to position ${verdict.upTo} (${state})`
    : `NOT verified: an invariant fails, up to position ${verdict.upTo} (${state})`
}
