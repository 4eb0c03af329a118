/**
 * What a run's configuration fixes beforehand, as its first event gives it. While the run as a whole is down its
 * schedule stands still, so that one that was interrupted still makes every tick: each `run-resumed` moves what is
 * left of it by the time for which nothing happened.
 */
import type { AnyEvent } from "../ClockEvent.ts"
import * as RunConfig from "../RunConfig.ts"
import * as Schedule from "../Schedule.ts"
import * as Topology from "../Topology.ts"

export interface Setting {
  readonly config: RunConfig.RunConfig
  /** The schedule's start, microseconds since the Unix epoch. */
  readonly startUs: number
  /** For how long the run was down so far, microseconds. */
  downUs: number
  /** By machine, entry 0 unused. */
  readonly rates: Uint16Array
  readonly phasesUs: Int32Array
  readonly peers: Topology.Peers
}

export const make = (config: RunConfig.RunConfig, startUs: number): Setting => {
  const rates = RunConfig.ratesOf(config)
  const phasesUs = new Int32Array(config.machines + 1)
  for (let machine = 1; machine <= config.machines; machine++)
    phasesUs[machine] = RunConfig.phaseOf(config.seed, machine, rates[machine]!)
  return {
    config,
    startUs,
    downUs: 0,
    rates,
    phasesUs,
    peers: Topology.twoCycles(config.seed, config.machines),
  }
}

/** Takes the next event of the run's own stream. */
export const step = (setting: Setting, event: AnyEvent): void => {
  if (event.kind === "run-resumed") setting.downUs += event.payload.downUs
}

/** When tick k of a machine is due, microseconds since the Unix epoch. */
export const dueUs = (setting: Setting, machine: number, k: number): number =>
  setting.startUs + setting.downUs + Schedule.offsetUs(setting.phasesUs[machine]!, setting.rates[machine]!, k)

/** How many ticks of a machine the whole schedule holds. */
export const ticksDue = (setting: Setting, machine: number): number =>
  Schedule.ticksDue(setting.phasesUs[machine]!, setting.rates[machine]!, setting.config.durationUs)

/** A time as failures tell it: seconds from the start, to the microsecond. */
export const at = (setting: Setting, timeUs: number): string =>
  `${((timeUs - setting.startUs) / 1_000_000).toFixed(6)} s`
