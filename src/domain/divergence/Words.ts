/** Where two runs part, and what changed after it, in sentences. */
import { type AnyClockEvent, address } from "../ClockEvent.ts"
import type { Divergence } from "../Divergence.ts"

/** Events told one by one; more are counted. */
const mostTold = 4

const counted = (count: number, what: string): string =>
  `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`

const what = (event: AnyClockEvent | undefined): string => {
  if (event === undefined) return "has no such event"
  const clock = event.lamport === null ? "" : ` (L = ${event.lamport})`
  const { kind, payload } = event
  const place = `${address(event)}${clock}`
  if (kind === "sent") return `${place} sent to ${payload.recipients.join(" and ") || "nobody"}`
  if (kind === "received" && payload.sendVersion !== null)
    return `${place} received ${payload.sender}/${payload.sendVersion}`
  return `${place} ${kind}`
}

const aside = ({ otherTimes, otherQueues }: Divergence): ReadonlyArray<string> =>
  otherTimes.length + otherQueues.length === 0
    ? []
    : [
        `Of those that say the same, ${counted(otherTimes.length, "event")} came at other times and ${counted(otherQueues.length, "event")} found another queue.`,
      ]

/** The first says it in one sentence. */
export const sentences = (
  divergence: Divergence,
  [a, b]: readonly [string, string],
): ReadonlyArray<string> => {
  const { first, isSame, events, changed, cone, outside, machines } = divergence
  if (isSame)
    return [`The runs are the same: ${counted(events.a, "clock event")}, their times and queue lengths.`]
  if (first.length === 0)
    return [
      `In causal order the runs are the same, ${counted(events.a, "clock event")} of them.`,
      ...aside(divergence),
    ]
  const told = first
    .slice(0, mostTold)
    .map(
      ({ machine, number, a: ofA, b: ofB }) =>
        `clock event ${number + 1} of machine ${machine}: in ${a} ${what(ofA)}; in ${b} ${what(ofB)}`,
    )
  const more = first.length > told.length ? `; and at ${first.length - told.length} events more` : ""
  const same = machines.filter(({ departs }) => departs === undefined).length
  return [
    `In causal order the runs part at ${told.join("; and at ")}${more}.`,
    `In its cone lie ${counted(cone.a, "clock event")} of ${events.a.toLocaleString("en")} in ${a} and ${cone.b.toLocaleString("en")} of ${events.b.toLocaleString("en")} in ${b}; ${changed.a.toLocaleString("en")} and ${changed.b.toLocaleString("en")} of them say something else. ${outside === 0 ? "Outside the cone nothing changed." : `Outside the cone ${counted(outside, "event")} changed.`}${same === 0 ? "" : ` ${counted(same, "machine")} ${same === 1 ? "does" : "do"} the same in both.`}`,
    ...aside(divergence),
  ]
}
