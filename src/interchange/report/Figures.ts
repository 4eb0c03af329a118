/** The figures of a run: what each is called, what it shows in words, and what it says to those who do not see it. */
import type { RunOfReport } from "./Page.ts"
import { seconds, stretch } from "./Sentences.ts"

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
  const { diagram, machines, endUs } = collected
  const drawn = diagram.events.atUs.length
  const part =
    drawn < diagram.totalEvents
      ? ` The diagram holds the first ${drawn} of ${diagram.totalEvents} events, up to ${seconds(last(diagram.events.atUs))}; everything else in this report is of the whole run.`
      : ""
  return {
    name: "space-time",
    title: "Space-time",
    caption: `Each line is a machine, time runs to the right, and every arrow is a message from its send to the tick that took it, as the log identifies it. Click an event to light up its past and its future.${part}`,
    alternative: `Space-time diagram of ${machines} machines over ${seconds(endUs)}: ${diagram.totalEvents} events and ${verdict.counts.recipients} messages, of which ${verdict.counts.received} were received, ${verdict.counts.dropped} dropped, ${verdict.counts.leftInInboxes} left in inboxes and ${verdict.counts.inFlight} in flight.`,
  }
}

const clocks = ({ collected, statistics }: RunOfReport): Figure => {
  const { marked, total } = collected.jumps
  const part = marked.length < total ? ` Marked are the ${marked.length} largest of ${total} jumps.` : ""
  return {
    name: "clocks",
    title: "Clocks",
    caption: `The logical clock of each machine. A bar marks a jump: a message set the clock forward by more than one.${part}`,
    alternative: `Logical clocks over ${seconds(collected.endUs)}; at the end ${each(
      statistics.machines.map(({ lamport }) => lamport ?? 0),
      collected.names,
    )}. ${total} receipts set a clock forward by more than one.`,
  }
}

const jumps = ({ collected: { jumps, largestJump, names } }: RunOfReport): Figure => ({
  name: "jumps",
  title: "Jumps",
  caption:
    "How many clock events moved the clock by how much, on a logarithmic scale of counts. One is a tick that no message hurried.",
  alternative: `Distribution of jumps: ${jumps.total} above one${largestJump === undefined ? "" : `, the largest ${largestJump.to - largestJump.from} on ${names[largestJump.machine - 1]}`}.`,
})

const drift = ({ collected }: RunOfReport): Figure => ({
  name: "drift",
  title: "Drift",
  caption: "How far each clock was behind the largest clock that the log held by then.",
  alternative: `Distance behind the largest clock; at most ${collected.farthestBehind.behind}, of ${collected.names[collected.farthestBehind.machine - 1] ?? "nobody"} at ${seconds(collected.farthestBehind.atUs)}. At the end ${each(
    collected.drift.map(({ values }) => last(values)),
    collected.names,
  )}.`,
})

const queues = ({ collected: { queues, longestQueue, names } }: RunOfReport): Figure => ({
  name: "queues",
  title: "Queues",
  caption:
    "Messages in each inbox, arrivals included. Dashed: the slope that theory foretells where more comes in than the machine can take.",
  alternative: `Queue lengths; ${longestQueue === undefined ? "no message ever waited" : `the longest ${longestQueue.length} on ${names[longestQueue.machine - 1]} at ${seconds(longestQueue.atUs)}`}. At the end ${each(
    queues.map(({ values }) => last(values)),
    names,
  )}.`,
})

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
