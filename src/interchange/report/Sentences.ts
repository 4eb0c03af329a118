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

/** When something was; nothing where figures go by the order of the log. */
const when = ({ byOrder }: Collected, us: number): string => (byOrder ? "" : ` at ${seconds(us)}`)

const named = ({ names }: Collected, machine: number): string => names[machine - 1] ?? `machine ${machine}`

const jump = (collected: Collected): string | undefined => {
  const { largestJump, jumps, hasClocks } = collected
  if (!hasClocks) return undefined
  if (largestJump === undefined) return "No message set a clock forward by more than one."
  const { from, to, atUs, machine, version, sender, sendVersion } = largestJump
  const cause =
    sendVersion === null ? "of a message whose send the log does not tell" : `of ${sender}/${sendVersion}`
  return `Largest jump ${from} to ${to}${when(collected, atUs)} on ${named(collected, machine)} (event ${machine}/${version}), because ${cause}; ${count(jumps.total, "receipt", "receipts")} set a clock forward by more than one.`
}

/** Those that were ahead the longest; a thousand machines would fill the page. */
const mostNamed = 4

const ahead = (collected: Collected): string | undefined => {
  const { aheadUs, endUs, byOrder } = collected
  if (byOrder) return undefined
  const ranked = aheadUs
    .map((us, i) => ({ machine: i + 1, us }))
    .filter(({ us }) => us > 0)
    .sort((a, b) => b.us - a.us)
  if (ranked.length === 0) return undefined
  const longest = ranked
    .slice(0, mostNamed)
    .map(({ machine, us }) => `${named(collected, machine)} for ${seconds(us)} (${percent(us, endUs)})`)
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
  const { imported, byOrder, hasClocks, hasQueues, latency } = collected
  if (imported === undefined) return []
  const hasTimes = imported.says.includes("occurredAt")
  return [
    ...(byOrder
      ? [
          `The figures go by the order of events, a thousandth of a second each: ${hasTimes ? "the log's times are too coarse to tell events apart" : "the log has no times"}.`,
        ]
      : []),
    ...(hasClocks ? [] : ["There are no figures of clocks: the log has none, and none could be derived."]),
    ...(hasQueues ? [] : ["There is no figure of queues: the log does not say how long they were."]),
    ...(latency.allNetwork.count > 0
      ? []
      : ["There is no figure of latency: the log does not say when messages arrived."]),
    "There is no prediction: the log does not say at which rates its machines were to tick.",
  ]
}

const wait = ({ latency: { longestWait, allNetwork, allQueueing } }: Collected): string | undefined =>
  longestWait === undefined
    ? undefined
    : `Longest wait: the message ${longestWait.sender}/${longestWait.sendVersion} waited ${stretch(longestWait.waitedUs)} in the inbox of machine ${longestWait.machine}, and was taken at ${seconds(longestWait.atUs)}. The median message spent ${stretch(allNetwork.medianUs)} on the network and ${stretch(allQueueing.medianUs)} in an inbox.`

const flight = ({ counts }: Verdict, { finished, imported }: Collected): string => {
  if (imported === undefined) return ofOurs(counts, finished)
  const matched = counts.recipients - counts.inFlight
  const strays = counts.received - matched
  return `Of ${count(counts.recipients, "message", "messages")} ${matched} were received, and ${counts.inFlight} not as far as the log tells${strays === 0 ? "" : `; ${count(strays, "receipt has", "receipts have")} no send that is known`}.`
}

const ofOurs = (counts: Verdict["counts"], finished: boolean): string =>
  `Of ${count(counts.recipients, "message", "messages")} ${counts.received} were received, ${counts.dropped} dropped; ${finished ? "at the end" : "where the log ends"} ${counts.leftInInboxes} lay in inboxes and ${counts.inFlight} were in flight.`

export const of = (collected: Collected, verdict: Verdict): ReadonlyArray<string> => {
  const all = [jump(collected), ahead(collected), behind(collected), queue(collected), wait(collected)]
  return [
    ...all.filter((sentence) => sentence !== undefined),
    flight(verdict, collected),
    ...absent(collected),
  ]
}
