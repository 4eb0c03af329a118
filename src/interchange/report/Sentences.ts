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

const jump = ({ largestJump, jumps }: Collected): string =>
  largestJump === undefined
    ? "No message set a clock forward by more than one."
    : `Largest jump ${largestJump.from} to ${largestJump.to} at ${seconds(largestJump.atUs)} on machine ${largestJump.machine} (event ${largestJump.machine}/${largestJump.version}), because of ${largestJump.sender}/${largestJump.sendVersion}; ${count(jumps.total, "receipt", "receipts")} set a clock forward by more than one.`

/** Those that were ahead the longest; a thousand machines would fill the page. */
const mostNamed = 4

const ahead = ({ aheadUs, endUs }: Collected): string | undefined => {
  const ranked = aheadUs
    .map((us, i) => ({ machine: i + 1, us }))
    .filter(({ us }) => us > 0)
    .sort((a, b) => b.us - a.us)
  if (ranked.length === 0) return undefined
  const named = ranked
    .slice(0, mostNamed)
    .map(({ machine, us }) => `machine ${machine} for ${seconds(us)} (${percent(us, endUs)})`)
  const others = ranked.length > mostNamed ? `, ${ranked.length - mostNamed} others for less` : ""
  return `Ahead, with the largest clock: ${named.join(", ")}${others}.`
}

const behind = ({ farthestBehind }: Collected): string =>
  farthestBehind.behind === 0
    ? "No clock was ever behind another."
    : `Farthest behind: machine ${farthestBehind.machine} by ${farthestBehind.behind} at ${seconds(farthestBehind.atUs)}.`

const queue = ({ longestQueue }: Collected): string =>
  longestQueue === undefined
    ? "No message ever waited in an inbox."
    : `Longest queue: ${count(longestQueue.length, "message", "messages")} on machine ${longestQueue.machine} at ${seconds(longestQueue.atUs)}.`

const wait = ({ latency: { longestWait, allNetwork, allQueueing } }: Collected): string | undefined =>
  longestWait === undefined
    ? undefined
    : `Longest wait: the message ${longestWait.sender}/${longestWait.sendVersion} waited ${stretch(longestWait.waitedUs)} in the inbox of machine ${longestWait.machine}, and was taken at ${seconds(longestWait.atUs)}. The median message spent ${stretch(allNetwork.medianUs)} on the network and ${stretch(allQueueing.medianUs)} in an inbox.`

const flight = ({ counts }: Verdict, { finished }: Collected): string =>
  `Of ${count(counts.recipients, "message", "messages")} ${counts.received} were received, ${counts.dropped} dropped; ${finished ? "at the end" : "where the log ends"} ${counts.leftInInboxes} lay in inboxes and ${counts.inFlight} were in flight.`

export const of = (collected: Collected, verdict: Verdict): ReadonlyArray<string> => {
  const all = [jump(collected), ahead(collected), behind(collected), queue(collected), wait(collected)]
  return [...all.filter((sentence) => sentence !== undefined), flight(verdict, collected)]
}
