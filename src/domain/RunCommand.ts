/** A configuration as the words of the command line. */
import type { Forking } from "./ClockEvent.ts"
import * as Duration from "./Duration.ts"
import * as Fault from "./Fault.ts"
import * as LatencyWords from "./LatencyWords.ts"
import * as RunConfig from "./RunConfig.ts"
import * as Share from "./Share.ts"

/** In percent there, in parts per million in a configuration; left out of it where it is nothing. */
export const shares = [
  ["loss", "lossPpm"],
  ["duplication", "duplicationPpm"],
  ["skew", "skewPpm"],
] as const

const quoted = (text: string): string => (/^[\w.,:=/%-]+$/.test(text) ? text : `"${text}"`)

/** The whole command that forks a run again in the same way. */
export const writeFork = ({ run, position, set }: Forking): string =>
  [`lightcone fork ${run} --at ${position}`, ...(set.length === 0 ? [] : ["--set", ...set.map(quoted)])].join(
    " ",
  )

/** The whole command that runs a configuration again. */
export const write = (config: RunConfig.RunConfig): string => {
  const { defaults } = RunConfig
  const words = [`lightcone run --seed ${config.seed}`]
  if (config.workload !== undefined) words.push(`--workload ${config.workload}`)
  if (config.machines !== defaults.machines) words.push(`--machines ${config.machines}`)
  if (config.durationUs !== defaults.durationUs) words.push(`--duration ${Duration.exact(config.durationUs)}`)
  if (config.rates !== null) words.push(`--rates ${config.rates.join(",")}`)
  else if (config.rateRange.join() !== defaults.rateRange.join())
    words.push(`--rate-range ${config.rateRange.join("..")}`)
  if (config.equalRates) words.push("--equal-rates")
  if (config.sides !== defaults.sides) words.push(`--sides ${config.sides}`)
  if (config.topology !== undefined) words.push(`--topology ${config.topology}`)
  if (config.pattern !== defaults.pattern) words.push(`--pattern ${config.pattern}`)
  if (config.capacity !== defaults.capacity) words.push(`--capacity ${config.capacity}`)
  if (config.mode === "virtual") words.push("--virtual")
  if (config.latency !== undefined) words.push(`--latency ${LatencyWords.write(config.latency)}`)
  for (const [option, field] of shares)
    if (config[field] !== undefined) words.push(`--${option} ${Share.write(config[field])}`)
  if (config.links !== undefined) words.push(`--links ${config.links}`)
  if (config.delivery !== undefined) words.push(`--delivery ${config.delivery}`)
  for (const fault of config.faults ?? []) words.push(`--fault "${Fault.write(fault)}"`)
  if (config.overflow !== defaults.overflow) words.push(`--overflow ${config.overflow}`)
  return words.join(" ")
}
