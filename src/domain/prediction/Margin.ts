/**
 * How far chance alone takes a run of a given length from its prediction: half the width of the interval that holds
 * 95 % of such runs, at least. docs/PREDICTION.md derives each term.
 *
 * What waits for a machine and the rolls that it makes are the two faces of one reflected process, so one law gives
 * both, whether a machine is idle, critical or saturated (`Supremum.ts`, with the variances of `Variability.ts`). A
 * clock that follows another lags it by the age of the last message, and the clock of a saturated machine shows when
 * what it takes now was sent.
 */
import type { FixedPoint, MachinePrediction } from "../Prediction.ts"
import type { RunConfig } from "../RunConfig.ts"
import type { Rolls } from "./FixedPoints.ts"
import * as Senders from "./Senders.ts"
import * as Supremum from "./Supremum.ts"
import * as Variability from "./Variability.ts"

/** The two tails that are left out. */
const lowTail = 0.025
const highTail = 0.975
/** Below its own mean an exponential distribution is with this probability. */
const belowMean = 1 - 1 / Math.E
/** Counts are whole: a message or a tick more or less is the grid, not chance. */
const grid = 1

/** One fixed point of a configuration, and how much chance there is in it. */
export interface Outlook {
  readonly config: RunConfig
  readonly machines: ReadonlyArray<MachinePrediction>
  readonly senders: Senders.Senders
  readonly rollsHz: Rolls
  readonly variance: Float64Array
}

export const outlook = (config: RunConfig, { machines }: FixedPoint): Outlook => {
  const senders = Senders.of(config)
  const rollsHz = new Float64Array(machines.length + 1)
  for (const m of machines) rollsHz[m.machine] = m.saturated ? 0 : m.rateHz - m.arrivalsHz
  return { config, machines, senders, rollsHz, variance: Variability.of(config, senders, rollsHz) }
}

/** The most by which the supremum misses its fluid value within both tails; never above `most`. */
const spread = (
  drift: number,
  variance: number,
  seconds: number,
  most = Number.POSITIVE_INFINITY,
): number => {
  const fluid = Math.min(most, Math.max(0, drift * seconds))
  const low = Math.min(most, Supremum.quantile(lowTail, drift, variance, seconds))
  const high = Math.min(most, Supremum.quantile(highTail, drift, variance, seconds))
  return Math.max(fluid - low, high - fluid)
}

const mostWaiting = ({ config }: Outlook): number =>
  config.overflow === "backpressure" ? Number.POSITIVE_INFINITY : config.capacity

/**
 * Messages that saturated senders may send all the same: before their queues have grown they now and then find them
 * empty, and roll.
 */
const fromSaturated = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  let messages = 0
  for (let slot = outlook.senders.first[m.machine]!; slot < outlook.senders.first[m.machine + 1]!; slot++) {
    const from = outlook.machines[outlook.senders.sender[slot]! - 1]
    if (from === undefined || !from.saturated) continue
    const variance = outlook.variance[from.machine]!
    const rolls = Supremum.quantile(highTail, from.rateHz - from.arrivalsHz, variance, seconds)
    messages += outlook.senders.perRoll[slot]! * rolls
  }
  return messages
}

/** Messages a second. */
export const ofQueueGrowth = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  const variance = outlook.variance[m.machine]!
  const drift = m.arrivalsHz - m.rateHz
  const most = mostWaiting(outlook)
  // A queue that is kept at its capacity falls below it now and then, as one kept at 0 rises above it.
  const below = drift * seconds < most ? 0 : Supremum.quantile(highTail, -drift, variance, seconds)
  const chance = Math.max(below, spread(drift, variance, seconds, most))
  return (chance + (m.saturated ? fromSaturated(outlook, m, seconds) : 0) + grid) / seconds
}

/** Of its ticks: the rolls are what is left of them. */
export const ofUtilisation = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  const chance = spread(m.rateHz - m.arrivalsHz, outlook.variance[m.machine]!, seconds)
  const more = m.saturated ? 0 : fromSaturated(outlook, m, seconds)
  return (chance + more + grid) / (m.rateHz * seconds)
}

/** The fastest clock that reaches a machine, and how often its messages come. */
const fastestSender = ({ senders, rollsHz, machines }: Outlook, machine: number) => {
  let fastest: { readonly from: MachinePrediction; readonly messagesHz: number } | undefined
  for (let slot = senders.first[machine]!; slot < senders.first[machine + 1]!; slot++) {
    const from = machines[senders.sender[slot]! - 1]
    if (from === undefined || rollsHz[from.machine] === 0) continue
    if (fastest !== undefined && fastest.from.clockRateHz >= from.clockRateHz) continue
    fastest = { from, messagesHz: senders.perRoll[slot]! * rollsHz[from.machine]! }
  }
  return fastest
}

interface Lag {
  /** Means of the parts that add up, each about exponential, in ticks of the clock. */
  readonly parts: ReadonlyArray<number>
  readonly hops: number
}

const none: Lag = { parts: [], hops: 0 }

/** How far an unsaturated machine's clock is behind the one at the end of the chain that it follows. */
const lagOf = (outlook: Outlook, m: MachinePrediction, seconds: number): Lag => {
  const { machines, rollsHz, senders, variance } = outlook
  if (m.follows === null) return none
  const from = machines[m.follows - 1]!
  const before = lagOf(outlook, from, seconds)
  const messagesHz = Senders.perRollOf(senders, m.follows, m.machine) * rollsHz[m.follows]!
  const waiting = Supremum.quantile(belowMean, m.arrivalsHz - m.rateHz, variance[m.machine]!, seconds)
  const age = (m.clockRateHz - m.rateHz) / messagesHz
  const waited = (m.clockRateHz * (waiting + 0.5)) / m.rateHz
  return { parts: [...before.parts, age, waited], hops: before.hops + 1 }
}

/** The sum of exponentials stays below this with 95 % (exactly, of one). */
const mostLag = ({ parts, hops }: Lag): number =>
  parts.reduce((sum, part) => sum + part, 0) + 2 * Math.hypot(...parts) + hops

/** Of a saturated machine: how uncertain the moment is at which what it takes now was sent, in ticks of the clock. */
const ofLateReceipts = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  const fastest = fastestSender(outlook, m.machine)
  if (fastest === undefined) return 0
  const { from, messagesHz } = fastest
  const ahead = from.clockRateHz / m.arrivalsHz - 1
  const perMessage = (from.clockRateHz ** 2 * outlook.variance[m.machine]!) / m.arrivalsHz ** 3
  const taken = Math.min(m.rateHz * seconds, mostWaiting(outlook))
  const age = (Math.max(0, ahead) * m.arrivalsHz) / messagesHz
  const before = lagOf(outlook, from, seconds)
  return spread(ahead, perMessage, taken) + mostLag({ parts: [...before.parts, age], hops: before.hops + 1 })
}

/** A receipt is one above the clock that the message carried, and so is the answer to it. */
const andBack = 2

/**
 * Ticks of the logical clock a second, once what lifts it is taken off. However late messages are, a clock is no
 * slower than its machine and no faster than the fastest it hears, but for the step of a receipt.
 */
export const ofClockRate = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  const fastestHz = Math.max(m.clockRateHz, fastestSender(outlook, m.machine)?.from.clockRateHz ?? 0)
  const most = Math.max(fastestHz - m.clockRateHz, m.clockRateHz - m.rateHz)
  const ticks = m.saturated ? ofLateReceipts(outlook, m, seconds) : mostLag(lagOf(outlook, m, seconds))
  return (Math.min(most * seconds + andBack, ticks) + grid) / seconds
}

/** The queue's growth over a whole run: one that drops messages holds no more than its capacity. */
export const queueGrowthHz = (outlook: Outlook, m: MachinePrediction, seconds: number): number =>
  Math.min(m.queueGrowthHz, mostWaiting(outlook) / seconds)

/** The clock's rate over a whole run: with dropped messages, what is taken has waited no longer than one inbox full. */
export const clockRateHz = (outlook: Outlook, m: MachinePrediction, seconds: number): number => {
  const fastest = m.saturated ? fastestSender(outlook, m.machine)?.from : undefined
  const { overflow, capacity } = outlook.config
  if (fastest === undefined || overflow === "backpressure") return m.clockRateHz
  const waitSeconds = capacity / (overflow === "drop-newest" ? m.rateHz : m.arrivalsHz)
  return Math.max(m.clockRateHz, fastest.clockRateHz * (1 - waitSeconds / seconds))
}
