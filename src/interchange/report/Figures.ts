/** The figures of a run: what each is called, what it shows in words, and what it says to those who do not see it. */
import type { RunOfReport } from "./Page.ts"
import { moment, stretch } from "./Sentences.ts"

export interface Figure {
  readonly name: "space-time" | "clocks" | "jumps" | "drift" | "queues" | "latency"
  readonly title: string
  readonly caption: string
  /** The essential numbers. */
  readonly alternative: string
}

/** Machines that a text names one by one. */
const mostNamed = 8

const each = (values: ReadonlyArray<number>, names: ReadonlyArray<string>): string => {
  if (values.length <= mostNamed) return values.map((value, i) => `${names[i]} ${value}`).join(", ")
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${values.length} machines, from ${least} to ${most}`
}

const last = (values: ReadonlyArray<number>): number => values[values.length - 1] ?? 0

const spaceTime = ({ collected, verdict }: RunOfReport): Figure => {
  const { diagram, machines, orderBecause, strays, imported, hasKinds } = collected
  const drawn = diagram.events.atUs.length
  const part =
    drawn < diagram.totalEvents
      ? ` The diagram holds the first ${drawn} of ${diagram.totalEvents} events, up to ${moment(collected, last(diagram.events.atUs))}; everything else in this report is of the whole run.`
      : ""
  const along =
    orderBecause === undefined
      ? "time runs to the right"
      : `events go to the right in the order of the log, because ${orderBecause}`
  const unknown =
    strays === 0
      ? ""
      : ` ${strays === 1 ? "One receipt has" : `${strays} receipts have`} no arrow, since the send is not known; the past of an event may hold more than is lit.`
  const arrows = hasKinds
    ? `every arrow is a message from its send to the ${imported === undefined ? "tick that took it, as the log identifies it" : "event that took it, as far as the log tells"}`
    : "there are no arrows, since the log does not say which events were sends and receipts"
  return {
    name: "space-time",
    title: "Space-time",
    caption: `Each line is a machine, ${along}, and ${arrows}. Click an event to light up its past and its future.${unknown}${part}`,
    alternative: `Space-time diagram of ${machines} machines${span(collected)}: ${diagram.totalEvents} events${hasKinds ? ` and ${fates(collected, verdict.counts)}` : ""}.`,
  }
}

/** How long the figures' axis is. */
const span = (collected: RunOfReport["collected"]): string =>
  collected.byOrder ? " in the order of the log" : ` over ${moment(collected, collected.endUs)}`

const fates = (
  { imported }: RunOfReport["collected"],
  { recipients, received, dropped, leftInInboxes, inFlight }: RunOfReport["verdict"]["counts"],
): string =>
  imported === undefined
    ? `${recipients} messages, of which ${received} were received, ${dropped} dropped, ${leftInInboxes} left in inboxes and ${inFlight} in flight`
    : `${recipients} messages, of which ${recipients - inFlight} were received`

const clocks = ({ collected, statistics }: RunOfReport): Figure => {
  const { marked, total } = collected.jumps
  const part = marked.length < total ? ` Marked are the ${marked.length} largest of ${total} jumps.` : ""
  return {
    name: "clocks",
    title: "Clocks",
    caption: `The logical clock of each machine.${collected.hasKinds ? ` A bar marks a jump: a message set the clock forward by more than one.${part}` : ""}`,
    alternative: `Logical clocks${span(collected)}; at the end ${each(
      statistics.machines.map(({ lamport }, i) => lamport ?? last(collected.clocks[i]?.values ?? [])),
      collected.names,
    )}.${collected.hasKinds ? ` ${total} receipts set a clock forward by more than one.` : ""}`,
  }
}

const jumps = ({ collected: { jumps, largestJump, names, hasKinds } }: RunOfReport): Figure => ({
  name: "jumps",
  title: "Jumps",
  caption:
    "How many clock events moved the clock by how much, on a logarithmic scale of counts. One is a tick that no message hurried.",
  alternative: hasKinds
    ? `Distribution of jumps: ${jumps.total} above one${largestJump === undefined ? "" : `, the largest ${largestJump.to - largestJump.from} on ${names[largestJump.machine - 1]}`}.`
    : "Distribution of jumps.",
})

const drift = ({ collected }: RunOfReport): Figure => ({
  name: "drift",
  title: "Drift",
  caption: "How far each clock was behind the largest clock that the log held by then.",
  alternative: `Distance behind the largest clock; at most ${collected.farthestBehind.behind}, of ${collected.names[collected.farthestBehind.machine - 1] ?? "nobody"} at ${moment(collected, collected.farthestBehind.atUs)}. At the end ${each(
    collected.drift.map(({ values }) => last(values)),
    collected.names,
  )}.`,
})

const queues = ({ collected }: RunOfReport): Figure => {
  const { queues, longestQueue, names, imported } = collected
  const longest =
    longestQueue === undefined
      ? "no message ever waited"
      : `the longest ${longestQueue.length} on ${names[longestQueue.machine - 1]} at ${moment(collected, longestQueue.atUs)}`
  const atEnd = each(
    queues.map(({ values }) => last(values)),
    names,
  )
  return {
    name: "queues",
    title: "Queues",
    caption:
      imported === undefined
        ? "Messages in each inbox, arrivals included. Dashed: the slope that theory foretells where more comes in than the machine can take."
        : "Messages in each inbox, as the log's events say it.",
    alternative: `Queue lengths; ${longest}. At the end ${atEnd}.`,
  }
}

const latency = ({ collected: { latency } }: RunOfReport): Figure => ({
  name: "latency",
  title: "Where a message's time goes",
  caption:
    "From its send a message is on the network until it arrives, then in the inbox until a tick takes it; both on a logarithmic scale of time.",
  alternative: `Of ${latency.allNetwork.count} messages received, the median spent ${stretch(latency.allNetwork.medianUs)} on the network (at most ${stretch(latency.allNetwork.maxUs)}) and ${stretch(latency.allQueueing.medianUs)} in an inbox (at most ${stretch(latency.allQueueing.maxUs)}).`,
})

/** Those that have something to show. */
export const of = (run: RunOfReport): ReadonlyArray<Figure> => {
  const { hasClocks, hasQueues, imported, latency: found } = run.collected
  const isOurs = imported === undefined
  return [
    spaceTime,
    ...(hasClocks || isOurs ? [clocks, jumps, drift] : []),
    ...(hasQueues || isOurs ? [queues] : []),
    ...(found.allNetwork.count > 0 || isOurs ? [latency] : []),
  ].map((figure) => figure(run))
}
