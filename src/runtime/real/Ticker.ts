/**
 * What a machine's schedule asks for at an instant. The ticker keeps no time of its own: every tick is due at
 * a time fixed by the start, so a tick made late moves none after it.
 */
import * as Limits from "../../domain/Limits.ts"
import { firstTickAfter, offsetUs } from "../../domain/Schedule.ts"

/** What is known of a machine's ticks before the start. */
export interface Schedule {
  readonly phaseUs: number
  readonly tickRateHz: number
  /** Ticks 0 .. ticks - 1 are due before the run ends. */
  readonly ticks: number
}

export interface Ticker extends Schedule {
  readonly startUs: number
}

export const started = ({ phaseUs, tickRateHz, ticks }: Schedule, startUs: number): Ticker => ({
  startUs,
  phaseUs,
  tickRateHz,
  ticks,
})

export const dueUs = (ticker: Ticker, k: number): number =>
  ticker.startUs + offsetUs(ticker.phaseUs, ticker.tickRateHz, k)

/** How many ticks from `k` on are overdue by more than the limit, and so must be recorded as missed. */
export const overdue = (ticker: Ticker, k: number, nowUs: number): number => {
  const lastMissedUs = nowUs - Limits.maxLatenessUs - 1 - ticker.startUs
  const next = firstTickAfter(ticker.phaseUs, ticker.tickRateHz, lastMissedUs)
  return Math.max(0, Math.min(next, ticker.ticks) - k)
}
