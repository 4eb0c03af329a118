/** What is printed of a run for people: a row a machine, lateness, the verdict. */
import type { Imported } from "../domain/Imported.ts"
import * as Limits from "../domain/Limits.ts"
import { isForetold } from "../domain/prediction/Comparison.ts"
import type { Verdict } from "../domain/Verification.ts"
import * as Invariants from "../domain/verification/Invariants.ts"
import { invariantOf } from "../domain/verification/Rules.ts"
import type { Analysis } from "../persistence/inquiry/Analysis.ts"
import * as Compared from "../persistence/inquiry/Compared.ts"
import * as NameInLine from "./NameInLine.ts"
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
  const kind = (count: number): Cell => (saysKinds(imported) ? count : "-")
  const rows = statistics.machines
    .slice(0, mostRows)
    .map(
      (m): ReadonlyArray<Cell> => [
        m.machine,
        NameInLine.inLine(m.name),
        m.rate ?? "-",
        m.ticks,
        kind(m.internal),
        kind(m.sent),
        kind(m.received),
        m.dropped,
        m.missed,
        m.lamport ?? "-",
        m.lamport === null ? "-" : kind(m.largestJump),
        m.maxQueueLength ?? "-",
      ],
    )
  const more = statistics.machines.length - rows.length
  const isEmpty = (i: number): boolean => rows.length > 0 && rows.every((row) => row[i] === "-")
  const isNamed = imported?.names.some((name, i) => name !== String(i + 1)) ?? false
  const isShown = (name: string, i: number): boolean =>
    name === "name" ? isNamed : imported === undefined || !(unscheduled.includes(name) || isEmpty(i))
  const cells = rows.map((row) => row.filter((_, i) => isShown(header[i]!, i)))
  const titles = header.filter(isShown).map((name) => (imported && name === "ticks" ? "events" : name))
  return [...table(titles, cells), ...(more > 0 ? [`... and ${more} more machines`] : [])]
}

/** Whether it is known of what kind each event was. */
const saysKinds = (imported: Imported | undefined): boolean => imported?.says.includes("kind") !== false

/** An imported log has no schedule, and no word of what it dropped. */
const unscheduled: ReadonlyArray<string> = ["rate", "dropped", "missed"]

const mostFiles = 12

/** Where an imported log came from, and how it was understood. */
export const origin = (run: string, { format, files, notes }: Imported): ReadonlyArray<string> => {
  const more = files.length - mostFiles
  const listed = `${files.slice(0, mostFiles).map(NameInLine.whole).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
  return [`run ${run}: imported, from ${format}: ${listed}`, ...notes.map((note) => `  ${note}`)]
}

const lacks = (statistics: Analysis["statistics"]): ReadonlyArray<string> => {
  const machines = [...statistics.machines]
  return [
    ...(machines.some(({ lamport }) => lamport !== null)
      ? []
      : ["no clocks: the log does not say them, nor enough to derive them"]),
    ...(machines.some(({ maxQueueLength }) => maxQueueLength !== null)
      ? []
      : ["no queue lengths: the log does not say them"]),
    "no prediction, no lateness, no missed ticks: the log does not say the machines' rates",
  ]
}

const ofImported = (
  imported: Imported,
  { statistics, verdict: { counts } }: Analysis,
): ReadonlyArray<string> => {
  const { clockEvents, internal, sent, received, recipients, inFlight } = counts
  const matched = recipients - inFlight
  const strays = received - matched
  const unknown = strays > 0 ? `; ${strays} more received, of unknown sends` : ""
  const said = saysKinds(imported)
    ? [
        `events    ${clockEvents} = ${internal} internal + ${sent} sent + ${received} received`,
        `messages  ${recipients} sent to machines that are known = ${matched} received + ${inFlight} of unknown receipt${unknown}`,
      ]
    : [`events    ${clockEvents}; the log does not say what kind each was`]
  return [...said, ...lacks(statistics)]
}

/** What a protocol came to, and what of it was checked. */
const workload = ({ config, verdict }: Analysis): ReadonlyArray<string> => {
  const name = config?.workload
  return name === undefined
    ? []
    : verdict.checks
        .filter(({ invariant }) => invariant === invariantOf[name])
        .map(({ how }) => `workload  ${name}: ${how}`)
}

export const totals = (analysis: Analysis): ReadonlyArray<string> => {
  const { lateness } = analysis.statistics
  const { counts } = analysis.verdict
  if (analysis.imported !== undefined) return ofImported(analysis.imported, analysis)
  const isCompared = analysis.statistics.machines.length <= Limits.maxComparedMachines
  const compared = isCompared ? Compared.compare(analysis) : undefined
  const held = analysis.verdict.checks.find(({ invariant }) => invariant === "delivery")?.how
  const copies = counts.duplicates > 0 ? `; ${counts.duplicates} second copies dropped` : ""
  return [
    `ticks     ${counts.ticks} made, ${counts.missed} missed, ${counts.due} due`,
    `messages  ${counts.recipients} sent = ${counts.received} received + ${counts.dropped} dropped + ${counts.leftInInboxes} left in inboxes + ${counts.inFlight} in flight${copies}`,
    ...(held === undefined ? [] : [`delivery  ${held}`]),
    `lateness  median ${showDuration(lateness.medianUs)}, p99 ${showDuration(lateness.p99Us)}, largest ${showDuration(lateness.maxUs)}`,
    ...(compared === undefined ? [] : [PredictionTable.verdicts(compared)]),
    ...workload(analysis),
    ...(analysis.config === undefined || analysis.config.workload !== undefined || isForetold(analysis.config)
      ? []
      : [`foretold  not compared: more than ${Limits.maxForetoldLinks} links`]),
    ...(isCompared ? [] : [`foretold  not compared: more than ${Limits.maxComparedMachines} machines`]),
  ]
}

/** The same of a log from elsewhere; clause by clause it is told what of it could be asked. */
export const importedInvariants: typeof Invariants.invariants = {
  ...Invariants.invariants,
  log: "times never fall; the clock follows the rule",
  "clock-condition": "what happened before has the smaller clock",
  messages: "every receipt has its send, none twice, none left behind",
  delivery: Invariants.invariants.delivery,
  queues: "queue lengths are such as arrivals and takings give",
  schedule: "ticks are made when they are due",
}

type Check = Verdict["checks"][number]

/** Of an imported log nothing may have been checked because it does not say enough. */
const state = ({ failures, checked, rules }: Check): string => {
  if (failures.length > 0) return "FAILS"
  if (checked > 0) return "holds"
  return rules.some(({ needs }) => needs !== undefined) ? "cannot be proved" : "nothing to check"
}

/** An invariant that holds need not be proved by all of its clauses. */
const unproved = ({ checked, rules }: Check): string => {
  const lacking = rules.filter(({ needs }) => needs !== undefined).length
  return checked === 0 || lacking === 0
    ? ""
    : `; ${lacking} of its ${rules.length} clauses cannot be proved, see below`
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
  { rule, events, message, relation, places = [] }: Check["failures"][number],
): ReadonlyArray<string> => [
  "",
  `  ${invariant}/${rule} fails at ${events.join(", ") || "no event"}: ${NameInLine.whole(message)}`,
  ...places.slice(1).map((place, i) => `    beside ${events[i + 1]}, at ${NameInLine.whole(place)}`),
  ...(relation === undefined ? [] : [`    ${relation}`]),
]

export const verdictLines = (verdict: Verdict): ReadonlyArray<string> => [
  ...table(
    ["invariant", "", "checked", "what it says"],
    verdict.checks.map((check) => [
      check.invariant,
      state(check),
      check.checked,
      verdict.imported
        ? `${importedInvariants[check.invariant]}${unproved(check)}`
        : Invariants.invariants[check.invariant],
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

const needed = (checks: ReadonlyArray<Check>): string => {
  const needs = checks.flatMap(({ rules }) => rules.flatMap(({ needs = [] }) => needs))
  return `${[...new Set(needs)].slice(0, 3).join("; or ")}`
}

const importedLine = ({ verified, checks, upTo }: Verdict): string => {
  if (verified === null) return `nothing can be proved from this log: it would have to say ${needed(checks)}`
  if (!verified) return `NOT verified: what this log says cannot all be true, up to position ${upTo}`
  const unprovable = checks.filter((check) => state(check) === "cannot be proved")
  const left = unprovable.map(({ invariant }) => invariant).join(", ")
  return `verified: all that this log can prove holds, up to position ${upTo}${left === "" ? "" : ` (${left} cannot be proved)`}`
}

export const verdictLine = (verdict: Verdict): string => {
  if (verdict.imported) return importedLine(verdict)
  if (verdict.verified === null)
    return verdict.upTo === 0
      ? "nothing to check: the run has no events"
      : "nothing to check yet: the run was requested, and nobody has begun to carry it out"
  const state = verdict.finished ? "finished" : "not finished"
  return verdict.verified
    ? `verified: every invariant that was checked holds, up to position ${verdict.upTo} (${state})`
    : `NOT verified: an invariant fails, up to position ${verdict.upTo} (${state})`
}
