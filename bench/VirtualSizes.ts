/** The sizes at which virtual time is measured, and runs of about as many events at each. */
import * as RunConfig from "../src/domain/RunConfig.ts"

export const sizes = [3, 1_000, 100_000, 1_000_000]

const meanRateHz = 3.5

/** Virtual seconds in which so many machines make about so many events, but no more than a run may last. */
export const secondsFor = (machines: number, events: number): number =>
  Math.min(events / (machines * meanRateHz), 600_000)

export const configOf = (machines: number, seconds: number): RunConfig.RunConfig => ({
  ...RunConfig.virtualDefaults,
  machines,
  seed: 1,
  equalRates: true,
  durationUs: Math.round(seconds * 1e6),
})

export const named = (machines: number): string => `${machines.toLocaleString("en")} machines`
