/**
 * Real runs beside virtual ones of the same settings.
 *
 * A seed fixes rates, phases, graph and each machine's n-th roll, in both engines. What is left open in a real run is
 * how messages and ticks interleave, and that is all that can move its counts. So there are two references.
 *
 * Of other seeds: virtual runs of the engine, whose spread gives the standard error of a mean of ten. Its spread is the
 * luck of the seeds, several in a hundred of what is measured; a bias of two in a hundred is not seen in ten runs.
 *
 * Of the same seed: virtual runs of the very seed over many interleavings, what each message takes being drawn from
 * what messages of the real runs took. Only the interleaving is left to chance then, and two in a hundred is far
 * outside of it. These runs are made by the loop to which a property test holds the engine, event for event, because it
 * takes any law of latency and any decider.
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { isClockEvent, type LabEvent } from "../../src/domain/ClockEvent.ts"
import { EventLog, type EventLogShape } from "../../src/domain/EventLog.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Machine from "../../src/domain/Machine.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RecordDecoder from "../../src/domain/RecordDecoder.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Schedule from "../../src/domain/Schedule.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"
import * as Engine from "../../src/runtime/virtual/Engine.ts"
import * as ModelledLoop from "../../src/runtime/virtual/ModelledLoop.ts"
import * as VirtualRun from "../../src/runtime/virtual/VirtualRun.ts"

export const quantities = ["sent", "received", "clock"] as const
export type Quantity = (typeof quantities)[number]

/** Of one machine. */
export type Counts = Readonly<Record<Quantity | "ticks", number>>

export interface RealRun {
  readonly config: RunConfig.RunConfig
  readonly machines: ReadonlyArray<Counts>
  /** What messages took from when their send was due to their arrival. */
  readonly latenciesUs: ReadonlyArray<number>
  /** How late its ticks were. */
  readonly latenessUs: ReadonlyArray<number>
}

const countsOf = (machines: number, events: Iterable<LabEvent>): ReadonlyArray<Counts> => {
  const counts = Array.from({ length: machines }, () => ({ ticks: 0, sent: 0, received: 0, clock: 0 }))
  for (const event of events) {
    const own = counts[event.machine - 1]
    if (own === undefined || !isClockEvent(event)) continue
    own.ticks++
    if (event.kind === "sent") own.sent++
    if (event.kind === "received") own.received++
    own.clock = event.lamport
  }
  return counts
}

/** The times of a log beside those of its schedule. */
const timesOf = (config: RunConfig.RunConfig, events: ReadonlyArray<LabEvent>) => {
  const rates = RunConfig.ratesOf(config)
  const startUs = events[0]!.occurredAtUs
  const ticks = new Uint32Array(config.machines + 1)
  const dueUs = new Map<string, number>()
  const latenessUs: Array<number> = []
  const latenciesUs: Array<number> = []
  for (const event of events) {
    const { machine } = event
    if (event.kind === "missed") ticks[machine] = event.payload.first + event.payload.count
    if (!isClockEvent(event)) continue
    const phaseUs = RunConfig.phaseOf(config.seed, machine, rates[machine]!)
    const due = startUs + Schedule.offsetUs(phaseUs, rates[machine]!, ticks[machine]!++)
    latenessUs.push(event.occurredAtUs - due)
    if (event.kind === "sent") dueUs.set(`${machine}/${event.version}`, due)
    if (event.kind === "received")
      latenciesUs.push(
        event.payload.arrivedAtUs - dueUs.get(`${event.payload.sender}/${event.payload.sendVersion}`)!,
      )
  }
  return { latenciesUs, latenessUs }
}

export const realRun = async (
  config: RunConfig.RunConfig,
  log: EventLogShape,
  run: string,
): Promise<RealRun> => {
  await Effect.runPromise(
    Laboratory.run({ run, owner: "real beside virtual", config, stopRequested: Effect.never }).pipe(
      Effect.provideService(EventLog, log),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
    ),
  )
  const events: Array<LabEvent> = []
  for (;;) {
    const after = events.length
    const page = await Effect.runPromise(log.read({ run, after, limit: Limits.eventsPerPage }))
    if (page.length === 0) break
    for (const event of page) events.push(event as LabEvent)
  }
  return { config, machines: countsOf(config.machines, events), ...timesOf(config, events) }
}

const virtualEngine = function* (config: RunConfig.RunConfig): Generator<LabEvent> {
  for (const { events } of VirtualRun.turns({ ...config, mode: "virtual" }, 0)) yield* events
}

/** The same by the loop that takes any law of latency and any decider. */
const modelledEngine = (
  config: RunConfig.RunConfig,
  otherwise: ModelledLoop.Otherwise,
): ReadonlyArray<LabEvent> => {
  const events: Array<LabEvent> = []
  for (const records of Engine.recordsOf(config, ModelledLoop.make(config, otherwise)))
    RecordDecoder.decode(records, 0, (event) => events.push(event))
  return events
}

/** By how much each planted model is wrong. */
const bias = 0.02

/** Of two in a hundred more rolls than there should be, the sender takes the one that it would have made. */
const sendingMore: typeof Machine.decide = (state, input) => {
  if (input.input !== "tick" || input.taken !== undefined) return Machine.decide(state, input)
  const share = Random.peek(state.rngA, state.rngB, state.rngCounter) / 2 ** 32
  const part = share * state.sides - 3
  if (part < 0 || part >= 3 * bias) return Machine.decide(state, input)
  const event = Machine.decide(state, input)
  const recipients = Machine.recipientsOf(state, 1 + Math.floor(part / bias))
  return recipients.length === 0
    ? event
    : ({ ...event, kind: "sent", payload: { recipients } } as typeof event)
}

/** Every fiftieth event moves the clock by one more. */
const tickingFaster: typeof Machine.decide = (state, input) => {
  const event = Machine.decide(state, input)
  const isClock = event.kind === "internal" || event.kind === "sent" || event.kind === "received"
  return isClock && event.version % Math.round(1 / bias) === 0
    ? { ...event, lamport: event.lamport + 1 }
    : event
}

/** Two in a hundred of the ticks that should take a message roll instead, and the message is lost. */
const losing: typeof Machine.decide = (state, input) =>
  input.input === "tick" &&
  input.taken !== undefined &&
  (input.taken.sendVersion * 7) % Math.round(1 / bias) === 0
    ? Machine.decide(state, { ...input, taken: undefined })
    : Machine.decide(state, input)

export type Decide = typeof Machine.decide

/** Models that are wrong by two in a hundred, by what is wrong with them. */
export const planted: Readonly<Record<string, Decide>> = {
  "sends 2 % more often": sendingMore,
  "clocks run 2 % faster": tickingFaster,
  "2 % of messages are lost": losing,
}

/** Counts of the machines, and after them of all together. */
const withAll = (machines: ReadonlyArray<Counts>): ReadonlyArray<Counts> => {
  const sum = (of: Quantity | "ticks") => machines.reduce((all, counts) => all + counts[of], 0)
  return [
    ...machines,
    { ticks: sum("ticks"), sent: sum("sent"), received: sum("received"), clock: sum("clock") },
  ]
}

export interface Compared {
  readonly rates: string
  /** The machine, or all of them together. */
  readonly of: number | "all"
  readonly quantity: Quantity
  /** Means over the seeds. */
  readonly real: number
  readonly virtual: number
  /** Of the real mean, by what virtual runs spread. */
  readonly standardError: number
  /** How many standard errors the real mean is off. */
  readonly errors: number
}

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const squaresOf = (values: ReadonlyArray<number>): number => {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
}

/** Each of machines and all, and of each the quantities. */
const subjects = <A>(machines: number, row: (subject: number, quantity: Quantity) => A): ReadonlyArray<A> =>
  Array.from({ length: machines + 1 }, (_, subject) =>
    quantities.map((quantity) => row(subject, quantity)),
  ).flat()

const rowOf = (
  { config: { machines, rates } }: RealRun,
  subject: number,
  quantity: Quantity,
  [real, virtual, standardError]: readonly [number, number, number],
): Compared => ({
  rates: rates?.join(",") ?? "",
  of: subject === machines ? "all" : subject + 1,
  ...{ quantity, real, virtual, standardError },
  errors: (real - virtual) / standardError,
})

/**
 * The means of real runs beside those of `runs` virtual ones of other seeds, by the engine: the standard error of a mean
 * of so many seeds. It supposes nothing of how seeds pair, and sees only what is larger than the luck of ten seeds.
 */
export const besideOtherSeeds = (reals: ReadonlyArray<RealRun>, runs: number): ReadonlyArray<Compared> => {
  const { config } = reals[0]!
  const virtuals = Array.from({ length: runs }, (_, i) =>
    withAll(countsOf(config.machines, virtualEngine({ ...config, seed: 1_000_000 + i }))),
  )
  return subjects(config.machines, (subject, quantity) => {
    const values = virtuals.map((counts) => counts[subject]![quantity])
    const deviation = Math.sqrt(squaresOf(values) / (runs - 1))
    return rowOf(reals[0]!, subject, quantity, [
      mean(reals.map(({ machines }) => withAll(machines)[subject]![quantity])),
      mean(values),
      deviation * Math.sqrt(1 / reals.length + 1 / runs),
    ])
  })
}

/** A setting's runs: what was real, and the interleavings of each. */
interface Paired {
  readonly reals: ReadonlyArray<RealRun>
  /** By real run, by interleaving. */
  readonly made: ReadonlyArray<ReadonlyArray<ReadonlyArray<Counts>>>
}

/** Interleavings of a real run's seed: what each message takes is drawn from all that was measured. */
const interleavingsOf = (
  { config }: RealRun,
  pools: Pick<RealRun, "latenciesUs" | "latenessUs">,
  decide: Decide,
  count: number,
): ReadonlyArray<ReadonlyArray<Counts>> => {
  const draw = Random.draws(config.seed, Random.Purpose.experiment, 1)
  const one = (values: ReadonlyArray<number>) => values[Random.below(draw(), values.length)]!
  // What matters is whether it comes before a tick of the recipient, which was late as well.
  const latencyUs = () => Math.max(1, one(pools.latenciesUs) - one(pools.latenessUs))
  return Array.from({ length: count }, () =>
    withAll(countsOf(config.machines, modelledEngine(config, { decide, latencyUs }))),
  )
}

/** Beside the interleavings of their own seeds, where `countsOf` says what stands for the real run of each. */
const pairedRows = (
  { reals, made }: Paired,
  realOf: (run: number) => ReadonlyArray<Counts>,
): ReadonlyArray<Compared> =>
  subjects(reals[0]!.config.machines, (subject, quantity) => {
    const values = made.map((interleavings) => interleavings.map((counts) => counts[subject]![quantity]))
    // As if one more interleaving were off by one: what never moved in so many may move in the next.
    const variance = values.reduce(
      (sum, of) => sum + ((squaresOf(of) + 1) / of.length) * (1 + 1 / of.length),
      0,
    )
    return rowOf(reals[0]!, subject, quantity, [
      mean(reals.map((_, run) => realOf(run)[subject]![quantity])),
      mean(values.map(mean)),
      Math.sqrt(variance) / reals.length,
    ])
  })

export interface PairedComparison {
  readonly rows: ReadonlyArray<Compared>
  /** The largest of the rows' standard errors off, without sign. */
  readonly largest: number
  /**
   * How often the largest of all rows is as large when an interleaving stands for each real run: the probability by
   * chance, whatever the number of rows, how they hang together and how they are distributed.
   */
  readonly probability: number
}

const largestOf = (rows: ReadonlyArray<Compared>): number =>
  Math.max(...rows.map(({ errors }) => Math.abs(errors)))

/** Real runs of some settings beside the model, seed by seed. */
export const besideOwnSeeds = (
  settings: ReadonlyArray<ReadonlyArray<RealRun>>,
  interleavings: number,
  decide: Decide = Machine.decide,
): PairedComparison => {
  const all = settings.flat()
  const pools = {
    latenciesUs: all.flatMap(({ latenciesUs }) => latenciesUs),
    latenessUs: all.flatMap(({ latenessUs }) => latenessUs),
  }
  const paired = settings.map(
    (reals): Paired => ({
      reals,
      made: reals.map((real) => interleavingsOf(real, pools, decide, interleavings)),
    }),
  )
  const rows = paired.flatMap((one) => pairedRows(one, (run) => withAll(one.reals[run]!.machines)))
  const largest = largestOf(rows)
  const chance = Array.from({ length: interleavings }, (_, k) =>
    largestOf(paired.flatMap((one) => pairedRows(one, (run) => one.made[run]![k]!))),
  )
  const asLarge = chance.filter((by) => by >= largest).length
  return { rows, largest, probability: (asLarge + 1) / (interleavings + 1) }
}

/** Machines whose ticks are not those of the virtual engine: internal, sent and received together, exactly. */
export const otherTicks = (runs: ReadonlyArray<RealRun>): ReadonlyArray<string> =>
  runs.flatMap(({ config, machines }) => {
    const virtual = countsOf(config.machines, virtualEngine(config))
    return machines.flatMap(({ ticks }, i) =>
      ticks === virtual[i]!.ticks
        ? []
        : [`seed ${config.seed}, machine ${i + 1}: ${ticks} ticks, ${virtual[i]!.ticks} in virtual time`],
    )
  })
