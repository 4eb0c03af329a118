/**
 * What a run is made from: everything that its first event carries. Decoded from what a user gave, with every
 * bound of `Limits` and a message that names the option, what must hold and what was found.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Change, problem as changesProblem } from "./Change.ts"
import * as DeliveryOrder from "./DeliveryOrder.ts"
import { Fault, problem as faultProblem } from "./Fault.ts"
import * as Latency from "./Latency.ts"
import * as Limits from "./Limits.ts"
import * as Pattern from "./Pattern.ts"
import * as Random from "./Random.ts"
import * as Reach from "./Reach.ts"
import { mustBe, mustBeList, whole } from "./Requirement.ts"
import * as Share from "./Share.ts"
import * as Topology from "./Topology.ts"
import * as Workload from "./Workload.ts"

export const Overflow = Schema.Literal("backpressure", "drop-newest", "drop-oldest")
export type Overflow = typeof Overflow.Type

export const Links = Schema.Literal("fifo", "unordered")
export type Links = typeof Links.Type

export const Mode = Schema.Literal("real", "virtual")

const Rate = whole("a whole number of ticks per second", Limits.minTickRateHz, Limits.maxTickRateHz)

const Ppm = whole("parts per million", 0, Share.whole)

const machinesMustBe = `a whole number of machines, 1 to ${Limits.maxRealMachines} in a real run and to ${Limits.maxVirtualMachines} in a virtual one`

/** Each field by itself, with its bounds; `RunConfig` adds what holds between them. */
export const fields = Schema.Struct({
  mode: mustBe('"real" or "virtual"', Schema.String as Schema.Schema<string>, (m) =>
    Schema.is(Mode)(m),
  ) as unknown as typeof Mode,
  machines: mustBe(
    machinesMustBe,
    Schema.Number,
    (n) => Number.isInteger(n) && n >= 1 && n <= Limits.maxVirtualMachines,
  ),
  seed: whole("a whole number", 0, Limits.maxSeed),
  /** Length of the schedule, microseconds. */
  durationUs: mustBe(
    "between 1ms and 7d",
    Schema.Number,
    (n) => Number.isInteger(n) && n >= Limits.minDurationUs && n <= Limits.maxDurationUs,
  ),
  /** Ticks a second of each machine, where they were given rather than drawn. */
  rates: Schema.NullOr(mustBeList("a list of rates", Schema.Array(Rate))),
  rateRange: mustBeList("two rates, low and high", Schema.Tuple(Rate, Rate)),
  equalRates: mustBe("true or false", Schema.Boolean),
  sides: whole("a whole number of sides", Limits.minSides, Limits.maxSides),
  /** Whom a roll of 3 addresses. */
  pattern: mustBe(
    '"pair", "multicast:K" (K a whole number from 1 on) or "broadcast"',
    Schema.String,
    (text) => Pattern.parse(text) !== undefined,
  ),
  /** Who is linked to whom; cycles where left out. */
  topology: Schema.optionalWith(
    mustBe(
      '"cycles", "complete", "ring", "star", "grid" or "random:D" (D a whole number from 1 on)',
      Schema.String,
      (text) => Topology.parse(text) !== undefined,
    ),
    { exact: true },
  ),
  capacity: whole("a whole number of messages", Limits.minInboxCapacity, Limits.maxInboxCapacity),
  overflow: mustBe(
    '"backpressure", "drop-newest" or "drop-oldest"',
    Schema.String as Schema.Schema<string>,
    (p) => Schema.is(Overflow)(p),
  ) as unknown as typeof Overflow,
  /** In the order of time; left out where there are none. */
  faults: Schema.optionalWith(Schema.Array(Fault), { exact: true }),
  /** Of a virtual run's messages; left out of a real run. */
  latency: Schema.optionalWith(Latency.Latency, { exact: true }),
  /** Of a virtual run's messages, how many are lost, and how many come twice, parts per million. */
  lossPpm: Schema.optionalWith(Ppm, { exact: true }),
  duplicationPpm: Schema.optionalWith(Ppm, { exact: true }),
  /** Of a virtual run: whether messages of a link may overtake each other; fifo where left out. */
  links: Schema.optionalWith(
    mustBe('"fifo" or "unordered"', Schema.String as Schema.Schema<string>, (links) =>
      Schema.is(Links)(links),
    ) as unknown as typeof Links,
    { exact: true },
  ),
  /** Of a virtual run: the order in which messages are handed to a machine; as they come where left out. */
  delivery: Schema.optionalWith(
    mustBe(
      '"fifo", "causal" or "total", or left out for none',
      Schema.String as Schema.Schema<string>,
      DeliveryOrder.isOrder,
    ) as unknown as Schema.Schema<DeliveryOrder.DeliveryOrder>,
    { exact: true },
  ),
  /** Of a virtual run: by how much each machine's clock may be fast or slow, parts per million. */
  skewPpm: Schema.optionalWith(whole("parts per million", 0, Limits.maxSkewPpm), { exact: true }),
  /** What machines do beyond the dice; left out where it is the dice alone. */
  workload: Schema.optionalWith(
    mustBe('"mutex" or "snapshot"', Schema.String as Schema.Schema<string>, (name) =>
      Schema.is(Workload.Name)(name),
    ) as unknown as typeof Workload.Name,
    { exact: true },
  ),
  /** Of a virtual run that was forked: what it does otherwise than its parent, in the order of its log. */
  changes: Schema.optionalWith(Schema.Array(Change), { exact: true }),
})

const problemOfFaults = (config: typeof fields.Type): string | undefined => {
  const { faults = [], machines } = config
  if (faults.length === 0) return undefined
  if (faults.some((fault, i) => i > 0 && fault.atUs < faults[i - 1]!.atUs))
    return "must be in the order of time"
  const reach = Reach.of(config)
  const isLink = (from: number, to: number) => Reach.isLink(reach, from, to)
  return faults.map((fault) => faultProblem(fault, machines, isLink)).find((found) => found !== undefined)
}

/** What only a modelled network, or a modelled clock, can have. */
const modelled = ["latency", "lossPpm", "duplicationPpm", "links", "delivery", "skewPpm", "changes"] as const

const whyModelled: Partial<Record<(typeof modelled)[number], string>> = {
  skewPpm: "whose clock is real",
  changes: "whose course is real",
  delivery: "whose machines are handed messages as its links bring them, those of each link in order",
}

const problemOfMode = (config: typeof fields.Type) => {
  const { mode, machines } = config
  if (mode === "virtual") return undefined
  if (machines > Limits.maxRealMachines)
    return {
      path: ["machines"],
      message: `must be ${machinesMustBe}, found ${machines}`,
    }
  const found = modelled.find((field) => config[field] !== undefined)
  return found === undefined
    ? undefined
    : {
        path: [found],
        message: `must be left out of a real run, ${whyModelled[found] ?? "whose network is real"}`,
      }
}

export const RunConfig = fields.pipe(
  Schema.filter((config) => {
    const ofMode = problemOfMode(config)
    if (ofMode !== undefined) return ofMode
    if (config.rates !== null && config.rates.length !== config.machines)
      return {
        path: ["rates"],
        message: `must be one for each of the ${config.machines} machines, found ${config.rates.length}`,
      }
    const ofReach = Reach.problem(config)
    if (ofReach !== undefined) return { path: [ofReach.field], message: ofReach.problem }
    const ofWorkload = Workload.problem(config)
    if (ofWorkload !== undefined) return { path: [ofWorkload.field], message: ofWorkload.problem }
    const faults = problemOfFaults(config)
    if (faults !== undefined) return { path: ["faults"], message: faults }
    const changes = changesProblem(config.changes ?? [], config.machines)
    if (changes !== undefined) return { path: ["changes"], message: changes }
    const delivery = DeliveryOrder.problem(config)
    if (delivery !== undefined) return { path: ["delivery"], message: delivery }
    const [low, high] = config.rateRange
    return (
      low <= high || { path: ["rateRange"], message: `must rise from low to high, found ${low}..${high}` }
    )
  }),
)
export type RunConfig = typeof RunConfig.Type

export const defaults: RunConfig = {
  mode: "real",
  machines: 3,
  seed: 0,
  durationUs: 60_000_000,
  rates: null,
  rateRange: [1, 6],
  equalRates: false,
  sides: 10,
  pattern: Pattern.standard,
  capacity: 1_024,
  overflow: "backpressure",
}

export const virtualDefaults: RunConfig = { ...defaults, mode: "virtual", latency: Latency.standard }

/** A configuration that cannot be run: `field` names the part, `problem` what must hold and what was found. */
export class InvalidRunConfig extends Data.TaggedError("InvalidRunConfig")<{
  readonly field: keyof RunConfig
  readonly problem: string
  readonly message: string
}> {}

/** Decodes a configuration; the first problem in the order of its fields is the one that is told. */
export const decode = (raw: unknown): Either.Either<RunConfig, InvalidRunConfig> =>
  Schema.decodeUnknownEither(RunConfig)(typeof raw === "object" && raw !== null ? raw : {}).pipe(
    Either.mapLeft((error) => {
      const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]!
      const [field, index] = issue.path
      const of = field === "rates" && typeof index === "number" ? `machine ${index + 1}'s rate ` : ""
      const problem = `${of}${issue._tag === "Missing" ? "must be given, found nothing" : issue.message}`
      return new InvalidRunConfig({
        field: field as keyof RunConfig,
        problem,
        message: `Cannot make a run: ${String(field)}: ${problem}`,
      })
    }),
  )

/** The rate of every machine, entry 0 unused: as given, or dealt from the range until it is used up. */
export const ratesOf = (config: RunConfig): Uint16Array => {
  const rates = new Uint16Array(config.machines + 1)
  if (config.rates !== null) {
    rates.set(config.rates, 1)
    return rates
  }
  const [low, high] = config.rateRange
  const values = high - low + 1
  let deck: Array<number> = []
  for (let machine = 1; machine <= config.machines; machine++) {
    const draw = Random.draws(config.seed, Random.Purpose.configuration, machine)()
    if (config.equalRates) {
      rates[machine] = low + Random.below(draw, values)
      continue
    }
    if (deck.length === 0) deck = Array.from({ length: values }, (_, i) => low + i)
    rates[machine] = deck.splice(Random.below(draw, deck.length), 1)[0]!
  }
  return rates
}

/** Of all machines together. */
export const ticksPerSecond = (config: RunConfig): number =>
  ratesOf(config).reduce((sum, rate) => sum + rate, 0)

/**
 * Whether network, clocks and machines of a run are plain: dice, two peers each, links first in, first out, of a latency
 * that one draw gives, in no order of delivery; no loss, no second copies, true clocks, no faults, and nothing that
 * changes on the way.
 */
export const isPlain = (config: RunConfig): boolean => {
  const { faults = [], changes = [], lossPpm = 0, duplicationPpm = 0, skewPpm = 0 } = config
  const { links = "fifo", latency } = config
  return (
    config.workload === undefined &&
    Reach.isPlain(config) &&
    faults.length + changes.length + lossPpm + duplicationPpm + skewPpm === 0 &&
    links === "fifo" &&
    config.delivery === undefined &&
    latency?.law !== "exponential"
  )
}

/** By how much a machine's clock is fast, parts per million: the third draw of its configuration. */
export const skewOf = ({ seed, skewPpm = 0 }: RunConfig, machine: number): number => {
  if (skewPpm === 0) return 0
  const draw = Random.draws(seed, Random.Purpose.configuration, machine)
  draw()
  draw()
  return Random.below(draw(), 2 * skewPpm + 1) - skewPpm
}

/** The phase of a machine in [0, floor(1e6 / rate)) microseconds: the second draw of its configuration. */
export const phaseOf = (seed: number, machine: number, rate: number): number => {
  const draw = Random.draws(seed, Random.Purpose.configuration, machine)
  draw()
  return Random.below(draw(), Math.floor(1_000_000 / rate))
}
