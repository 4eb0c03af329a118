/** What a run showed, in sentences that are ready to quote. */
import type { Verdict } from "../../domain/Verification.ts"
import type { Collected } from "./Collect.ts"

export const seconds = (us: number): string => `${(us / 1_000_000).toFixed(1)} s`

/** A stretch of time with three digits and the unit that suits it. */
export const stretch = (us: number): string => {
  if (us < 1_000) return `${us} us`
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))} ms`
  return `${Number((us / 1_000_000).toPrecision(us < 10_000_000 ? 3 : 4))} s`
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "0 %" : `${Math.round((100 * part) / whole)} %`

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

type Axis = Pick<Collected, "byOrder">

/** When something was, by time or by the order of the log. */
export const moment = ({ byOrder }: Axis, us: number): string =>
  byOrder ? `event ${us / 1_000_000} of the log` : seconds(us)
const when = (axis: Axis, us: number): string => ` at ${moment(axis, us)}`

/** How long something lasted. */
const extent = ({ byOrder }: Axis, us: number): string =>
  byOrder ? count(Math.round(us / 1_000_000), "event", "events") : seconds(us)

const named = ({ names }: Collected, machine: number): string => names[machine - 1] ?? `machine ${machine}`

const jump = (collected: Collected): string | undefined => {
  const { largestJump, jumps, hasClocks, hasKinds } = collected
  if (!hasClocks || !hasKinds) return undefined
  if (largestJump === undefined) return "No message set a clock forward by more than one."
  const { from, to, atUs, machine, version, sender, sendVersion } = largestJump
  const cause = sendVersion === null ? "of a message whose send is not known" : `of ${sender}/${sendVersion}`
  return `Largest jump ${from} to ${to}${when(collected, atUs)} on ${named(collected, machine)} (event ${machine}/${version}), because ${cause}; ${count(jumps.total, "receipt", "receipts")} set a clock forward by more than one.`
}

/** Those that were ahead the longest; a thousand machines would fill the page. */
const mostNamed = 4

const ahead = (collected: Collected): string | undefined => {
  const { aheadUs, endUs } = collected
  const ranked = aheadUs
    .map((us, i) => ({ machine: i + 1, us }))
    .filter(({ us }) => us > 0)
    .sort((a, b) => b.us - a.us)
  if (ranked.length === 0) return undefined
  const longest = ranked
    .slice(0, mostNamed)
    .map(
      ({ machine, us }) =>
        `${named(collected, machine)} for ${extent(collected, us)} (${percent(us, endUs)})`,
    )
  const others = ranked.length > mostNamed ? `, ${ranked.length - mostNamed} others for less` : ""
  return `Ahead, with the largest clock: ${longest.join(", ")}${others}.`
}

const behind = (collected: Collected): string | undefined => {
  const { farthestBehind, hasClocks } = collected
  if (!hasClocks) return undefined
  if (farthestBehind.behind === 0) return "No clock was ever behind another."
  const { machine, behind, atUs } = farthestBehind
  return `Farthest behind: ${named(collected, machine)} by ${behind}${when(collected, atUs)}.`
}

const queue = (collected: Collected): string | undefined => {
  const { longestQueue, hasQueues } = collected
  if (!hasQueues) return undefined
  if (longestQueue === undefined) return "No message ever waited in an inbox."
  const { length, machine, atUs } = longestQueue
  return `Longest queue: ${count(length, "message", "messages")} on ${named(collected, machine)}${when(collected, atUs)}.`
}

/** What an imported log cannot show, and why. */
const absent = (collected: Collected): ReadonlyArray<string> => {
  const { imported, orderBecause, hasKinds, hasClocks, hasQueues, latency } = collected
  if (imported === undefined) return []
  return [
    ...(orderBecause === undefined ? [] : [`Figures go by the order of events, because ${orderBecause}.`]),
    ...(hasKinds
      ? []
      : [
          "The log does not say which events were sends and receipts, so there are no messages and no causes.",
        ]),
    ...(hasClocks ? [] : ["The log has no clocks, so there are no figures of clocks, jumps and drift."]),
    ...(hasQueues ? [] : ["The log does not say queue lengths, so there is no figure of queues."]),
    ...(latency.allNetwork.count > 0
      ? []
      : ["The log does not say when messages arrived, so there is no figure of where their time goes."]),
    "The log does not say the machines' rates, so there is no prediction.",
  ]
}

const wait = (collected: Collected): string | undefined => {
  const { longestWait, allNetwork, allQueueing } = collected.latency
  return longestWait === undefined
    ? undefined
    : `Longest wait: the message ${longestWait.sender}/${longestWait.sendVersion} waited ${stretch(longestWait.waitedUs)} in the inbox of ${named(collected, longestWait.machine)}, and was taken${when(collected, longestWait.atUs)}. The median message spent ${stretch(allNetwork.medianUs)} on the network and ${stretch(allQueueing.medianUs)} in an inbox.`
}

const flight = ({ counts }: Verdict, collected: Collected): string | undefined => {
  const { finished, imported, hasKinds, strays } = collected
  if (imported === undefined) return ofOurs(counts, finished)
  if (!hasKinds) return undefined
  const matched = counts.recipients - counts.inFlight
  return `Of ${count(counts.recipients, "message", "messages")} sent to machines that are known ${matched} were received, and of ${counts.inFlight} the log has no receipt${strays === 0 ? "" : `; ${count(strays, "receipt has", "receipts have")} no send that is known`}.`
}

const ofOurs = (counts: Verdict["counts"], finished: boolean): string =>
  `Of ${count(counts.recipients, "message", "messages")} ${counts.received} were received, ${counts.dropped} dropped; ${finished ? "at the end" : "where the log ends"} ${counts.leftInInboxes} lay in inboxes and ${counts.inFlight} were in flight.`

export const of = (collected: Collected, verdict: Verdict): ReadonlyArray<string> => {
  const all = [
    jump(collected),
    ahead(collected),
    behind(collected),
    queue(collected),
    wait(collected),
    flight(verdict, collected),
  ]
  return [...all.filter((sentence) => sentence !== undefined), ...absent(collected)]
}
