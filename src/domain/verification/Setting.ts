/**
 * What a run's configuration fixes beforehand, as its first event gives it. While the run as a whole is down its
 * schedule stands still, so that one that was interrupted still makes every tick: each `run-resumed` moves what is
 * left of it by the time for which nothing happened.
 */
import type { AnyEvent } from "../ClockEvent.ts"
import * as Fault from "../Fault.ts"
import * as Reach from "../Reach.ts"
import * as RunConfig from "../RunConfig.ts"
import * as Schedule from "../Schedule.ts"
import * as Timetable from "../Timetable.ts"
import * as Standstill from "./Standstill.ts"

export interface Setting {
  readonly config: RunConfig.RunConfig
  /** The schedule's start, microseconds since the Unix epoch. */
  readonly startUs: number
  /** For how long the run was down so far, microseconds. */
  downUs: number
  /** By machine, entry 0 unused. */
  readonly rates: Uint16Array
  readonly phasesUs: Int32Array
  /** By how much each machine's clock is fast, parts per million. */
  readonly skewsPpm: Int32Array
  /** Of a run whose rates change on the way; entry m is machine m's. */
  readonly timetables: ReadonlyArray<Timetable.Timetable> | undefined
  readonly reach: Reach.Reach
  /** Of the faults so far. */
  readonly standstill: Standstill.Standstill
  /** What is done to the run, in order. */
  readonly faults: ReadonlyArray<Fault.Fault>
}

export const make = (config: RunConfig.RunConfig, startUs: number): Setting => {
  const rates = RunConfig.ratesOf(config)
  const phasesUs = new Int32Array(config.machines + 1)
  const skewsPpm = new Int32Array(config.machines + 1)
  for (let machine = 1; machine <= config.machines; machine++) {
    phasesUs[machine] = RunConfig.phaseOf(config.seed, machine, rates[machine]!)
    skewsPpm[machine] = RunConfig.skewOf(config, machine)
  }
  const { changes = [] } = config
  const timetables = changes.some(({ rates }) => rates !== undefined)
    ? Array.from(rates, (rate, machine) =>
        Timetable.of(
          machine,
          { rate, phaseUs: phasesUs[machine]!, skewPpm: skewsPpm[machine]! },
          machine === 0 ? [] : changes,
        ),
      )
    : undefined
  return {
    config,
    timetables,
    startUs,
    downUs: 0,
    rates,
    phasesUs,
    skewsPpm,
    standstill: new Map(),
    faults: Fault.planned(config.faults ?? [], config.durationUs),
    reach: Reach.of(config),
  }
}

/** Takes the next event of the run's own stream. */
export const step = (setting: Setting, event: AnyEvent): void => {
  if (event.kind === "run-resumed") setting.downUs += event.payload.downUs
  if (event.kind === "fault-injected") Standstill.step(setting.standstill, event.payload)
}

/** When tick k of a machine is due, microseconds since the Unix epoch. */
export const dueUs = (setting: Setting, machine: number, k: number): number => {
  const { startUs, downUs, phasesUs, rates, skewsPpm, timetables } = setting
  if (timetables !== undefined) return startUs + downUs + Timetable.offsetUs(timetables[machine]!, k)
  return startUs + downUs + Schedule.offsetUs(phasesUs[machine]!, rates[machine]!, k, skewsPpm[machine]!)
}

/** How many ticks of a machine the whole schedule holds. */
export const ticksDue = (setting: Setting, machine: number): number => {
  const { config, phasesUs, rates, skewsPpm, timetables } = setting
  if (timetables !== undefined) return Timetable.ticksDue(timetables[machine]!, config.durationUs)
  return Schedule.ticksDue(phasesUs[machine]!, rates[machine]!, config.durationUs, skewsPpm[machine]!)
}

/** A time as failures tell it: seconds from the start, to the microsecond. */
export const at = (setting: Setting, timeUs: number): string =>
  `${((timeUs - setting.startUs) / 1_000_000).toFixed(6)} s`
