/**
 * The known bias of the fluid estimate: machines whose rates are alike lift each other's clocks. A receipt sets a clock
 * above both, so of two that run equally fast now one is ahead and now the other, and each message from the one that is
 * ahead adds to the other what the fluid estimate takes for standing still.
 *
 * It is measured, not estimated. The clock at the head of a chain gains exactly its own ticks and what receipts add
 * beyond them, which is the lift; those that follow it gain that too, a saturated one as slowly as it follows.
 */
import * as MachineList from "../MachineList.ts"
import type { MachinePrediction } from "../Prediction.ts"
import type { Outlook } from "./Margin.ts"
import type { Measured } from "./Measured.ts"
import * as Senders from "./Senders.ts"

export interface Lift {
  /** Ticks of the logical clock a second. */
  readonly hz: number
  readonly cause: string
}

/** A sender is named if it did this part of the lifting. */
const worthNaming = 0.2

/** Names no more than this many machines. */
const mostNamed = 3

/** The machine whose ticks a clock counts in the end. */
const headOf = (machines: ReadonlyArray<MachinePrediction>, m: MachinePrediction): MachinePrediction => {
  let head = m
  while (head.follows !== null) head = machines[head.follows - 1]!
  return head
}

const list = MachineList.inWords

const causeOf = (
  machines: ReadonlyArray<MachinePrediction>,
  senders: Senders.Senders,
  head: MachinePrediction,
  ahead: Readonly<Record<number, number>>,
): string => {
  const all = Object.values(ahead).reduce((sum, ticks) => sum + ticks, 0)
  const lifters = Object.entries(ahead)
    .filter(([, ticks]) => ticks >= worthNaming * all)
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostNamed)
    .map(([sender]) => Number(sender))
  const mutual = lifters.every((sender) => Senders.perRollOf(senders, head.machine, sender) > 0)
  const rates = (of: ReadonlyArray<number>) => list(of.map((i) => machines[i - 1]?.rateHz ?? 0))
  if (!mutual)
    return `machine ${head.machine} (${head.rateHz} ticks/s) is lifted by ${list(lifters)} (${rates(lifters)})`
  const group = [head.machine, ...lifters].sort((a, b) => a - b)
  return `machines ${list(group)} of similar rate (${rates(group)} ticks/s) lift each other`
}

/** What a machine's clock, predicted to run at `clockRateHz`, has gained by lifting; undefined where it is nothing. */
export const of = (
  { machines, senders }: Outlook,
  measured: Measured,
  m: MachinePrediction,
  clockRateHz: number,
): Lift | undefined => {
  const head = headOf(machines, m)
  const ahead = measured.machines[head.machine - 1]?.ahead ?? {}
  const ticks = Object.values(ahead).reduce((sum, more) => sum + more, 0)
  if (head.saturated || ticks === 0) return undefined
  const cause = causeOf(machines, senders, head, ahead)
  return {
    hz: ((ticks / measured.seconds) * clockRateHz) / head.clockRateHz,
    cause: head === m ? cause : `${cause}, and this clock follows ${head.machine}'s`,
  }
}
