/** From the options of `run` to a configuration, with errors in the words of the command line. */
import { randomInt } from "node:crypto"
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import { networkInterfaces } from "node:os"
import * as Effect from "effect/Effect"
import * as Fault from "../domain/Fault.ts"
import * as LatencyWords from "../domain/LatencyWords.ts"
import * as Limits from "../domain/Limits.ts"
import * as Pattern from "../domain/Pattern.ts"
import * as Reach from "../domain/Reach.ts"
import * as RunCommand from "../domain/RunCommand.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as Share from "../domain/Share.ts"
import * as Topology from "../domain/Topology.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as Workload from "../domain/Workload.ts"
import type * as Laboratory from "../runtime/Laboratory.ts"
import { parseDuration } from "./Units.ts"

const optionOf: Partial<Record<keyof RunConfig.RunConfig, string>> = {
  durationUs: "--duration",
  rateRange: "--rate-range",
  equalRates: "--equal-rates",
  faults: "--fault",
  lossPpm: "--loss",
  duplicationPpm: "--duplication",
  skewPpm: "--skew",
}

/** A number where the text is one that we hold exactly; otherwise the text, which the schema refuses by name. */
const number = (text: string): number | string => {
  const value = Number(text)
  return /^[+-]?\d+(\.\d+)?$/.test(text) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : text
}

const range = (text: string): Effect.Effect<ReadonlyArray<number | string>, UsageError> => {
  const match = /^(-?[\d.]+?)\.\.(-?[\d.]+)$/.exec(text)
  return match === null
    ? Effect.fail(
        new UsageError({
          message: `Cannot run: --rate-range must be two rates such as 1..6, found ${JSON.stringify(text)}`,
        }),
      )
    : Effect.succeed([number(match[1]!), number(match[2]!)])
}

const duration = (text: string, option = "--duration"): Effect.Effect<number, UsageError> => {
  const us = parseDuration(text)
  return us === undefined
    ? Effect.fail(
        new UsageError({
          message: `Cannot run: ${option} must be a number with a unit, such as 60s, 500ms or 2m, found ${JSON.stringify(text)}`,
        }),
      )
    : Effect.succeed(us)
}

/** Bounds of a share in the words of the option. */
const inPercent = (problem: string, given: string): string =>
  problem.replace(
    /^must be parts per million from (\d+) to (\d+), found .*$/,
    (_, least: string, most: string) =>
      `must be from ${Share.write(Number(least))} to ${Share.write(Number(most))}, found ${given}`,
  )

const share = (given: string, option: string): Effect.Effect<number, UsageError> => {
  const ppm = Share.parse(given)
  return ppm === undefined
    ? Effect.fail(
        new UsageError({
          message: `Cannot run: --${option} must be a percentage of at most four decimals, such as 1% or 0.25%, found ${JSON.stringify(given)}`,
        }),
      )
    : Effect.succeed(ppm)
}

/** Seeds that are drawn stay short enough to read aloud. */
const drawSeed = (): number => randomInt(0, 1_000_000_000)

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The links of the run that these settings make; a machine that it does not have is told of later. */
const linksOf = (raw: Record<string, unknown>): ((from: number, to: number) => boolean) => {
  const { machines, seed, pattern, topology } = raw
  const isKnown = (number: unknown, most: number): number is number =>
    Number.isInteger(number) && (number as number) >= 0 && (number as number) <= most
  if (!isKnown(machines, Limits.maxVirtualMachines) || !isKnown(seed, Limits.maxSeed) || machines === 0)
    return () => true
  if (Pattern.parse(String(pattern)) === undefined) return () => true
  if (topology !== undefined && Topology.parse(String(topology)) === undefined) return () => true
  const given = raw as unknown as Reach.Given
  if (Reach.problem(given) !== undefined) return () => true
  let reach: Reach.Reach | undefined
  return (from, to) => {
    reach ??= Reach.of(given)
    return Math.max(from, to) > machines || Reach.isLink(reach, from, to)
  }
}

type IsLink = ReturnType<typeof linksOf>

const parsedFault = (
  line: string,
  where: string,
  isLink: IsLink,
): Effect.Effect<ReadonlyArray<Fault.Fault>, UsageError> =>
  Effect.mapError(
    Fault.parse(line, isLink),
    (problem) => new UsageError({ message: `Cannot run: ${where} ${problem}` }),
  )

/** One a line; blank lines and those that begin with # say nothing. */
const faultsInFile = (file: string, isLink: IsLink): Effect.Effect<ReadonlyArray<Fault.Fault>, UsageError> =>
  Effect.gen(function* () {
    const content = yield* Effect.try({
      try: () => readFileSync(file, "utf8"),
      catch: (error) =>
        new UsageError({ message: `Cannot run: --faults must be a file, found ${(error as Error).message}` }),
    })
    const lines = content.split(/\r?\n/)
    const faults: Array<Fault.Fault> = []
    for (const [i, line] of lines.entries())
      if (!/^\s*(?:#|$)/.test(line))
        faults.push(...(yield* parsedFault(line, `${file}: line ${i + 1}`, isLink)))
    return faults
  })

const faultsOf = (
  options: Record<string, unknown>,
  isLink: IsLink,
): Effect.Effect<ReadonlyArray<Fault.Fault>, UsageError> =>
  Effect.gen(function* () {
    const given = Array.isArray(options.fault) ? (options.fault as ReadonlyArray<string>) : []
    const file = text(options.faults)
    const faults = file === undefined ? [] : [...(yield* faultsInFile(file, isLink))]
    for (const line of given) faults.push(...(yield* parsedFault(line, "--fault", isLink)))
    return faults
  })

/** How a run is carried out, which is no part of its configuration. */
export type Carriage = Pick<Laboratory.Options, "maxStoreOutageMs" | "network">

const addressesOfThisHost = (): ReadonlyArray<string> => [
  "0.0.0.0",
  "::",
  ...Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
]

const isOurs = (address: string): boolean =>
  isIP(address) !== 0 && (address.startsWith("127.") || addressesOfThisHost().includes(address))

export const carriage = (options: Record<string, unknown>): Effect.Effect<Carriage, UsageError> =>
  Effect.gen(function* () {
    const [maxOutage, host] = [text(options.maxOutage), text(options.listen)]
    if (host !== undefined && !isOurs(host))
      return yield* new UsageError({
        message: `Cannot run: --listen must be an IP address of this host, such as ${addressesOfThisHost().join(", ")}, found ${JSON.stringify(host)}`,
      })
    return {
      ...(maxOutage === undefined
        ? {}
        : { maxStoreOutageMs: Math.ceil((yield* duration(maxOutage, "--max-outage")) / 1_000) }),
      ...(host === undefined ? {} : { network: { host } }),
    }
  })

export const decode = (options: Record<string, unknown>): Effect.Effect<RunConfig.RunConfig, UsageError> =>
  Effect.gen(function* () {
    const raw: Record<string, unknown> = {
      ...(options.virtual === true ? RunConfig.virtualDefaults : RunConfig.defaults),
    }
    for (const name of ["machines", "seed", "sides", "capacity"]) {
      const given = text(options[name])
      if (given !== undefined) raw[name] = number(given)
    }
    for (const name of ["pattern", "overflow"]) if (options[name] !== undefined) raw[name] = options[name]
    const workload = text(options.workload)
    if (workload !== undefined && workload !== Workload.standard) raw.workload = workload
    const topology = text(options.topology) ?? (workload === "mutex" ? "complete" : undefined)
    if (topology !== undefined && topology !== Topology.standard) raw.topology = topology
    if (options.seed === undefined) raw.seed = drawSeed()
    const rates = text(options.rates)
    if (rates !== undefined) raw.rates = rates.split(",").map((rate) => number(rate.trim()))
    const rateRange = text(options.rateRange)
    if (rateRange !== undefined) raw.rateRange = yield* range(rateRange)
    const length = text(options.duration)
    if (length !== undefined) raw.durationUs = yield* duration(length)
    raw.equalRates = options.equalRates === true
    const latency = text(options.latency)
    if (latency !== undefined)
      raw.latency = yield* Effect.mapError(
        LatencyWords.parse(latency),
        (problem) => new UsageError({ message: `Cannot run: --latency ${problem}` }),
      )
    for (const [option, field] of RunCommand.shares) {
      const given = text(options[option])
      const ppm = given === undefined ? 0 : yield* share(given, option)
      if (ppm !== 0) raw[field] = ppm
    }
    const links = text(options.links)
    if (links !== undefined && links !== "fifo") raw.links = links
    const delivery = text(options.delivery)
    if (delivery !== undefined && delivery !== "none") raw.delivery = delivery
    const faults = Fault.inOrder(Fault.ended(yield* faultsOf(options, linksOf(raw)), Number(raw.durationUs)))
    if (faults.length > 0) raw.faults = faults
    return yield* Effect.mapError(RunConfig.decode(raw), (error) => told(error, options))
  })

const told = (error: RunConfig.InvalidRunConfig, options: Record<string, unknown>): UsageError => {
  const option = optionOf[error.field] ?? `--${error.field}`
  const shareOption = RunCommand.shares.find(([, field]) => field === error.field)?.[0]
  const problem =
    error.field === "durationUs"
      ? error.problem.replace(/found .*$/, `found ${String(options.duration)}`)
      : shareOption === undefined
        ? error.problem
        : inPercent(error.problem, String(options[shareOption]))
  const hint =
    error.field === "rates" && problem.startsWith("must be one for each")
      ? "; --machines says how many machines there are"
      : ""
  return new UsageError({ message: `Cannot run: ${option} ${problem}${hint}` })
}
