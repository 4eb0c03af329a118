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
  ...verdict.checks.flatMap((check) => [
    ...check.failures.map(
      (failure) => `  ${check.invariant}: ${failure.rule}: ${failure.events.join(", ")}: ${failure.message}`,
    ),
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
