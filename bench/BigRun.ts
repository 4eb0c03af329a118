/**
 * An honest run of a million events and more, made in seconds: the real decider over a modelled network, one
 * heap of ticks and arrivals by time. Everything that the verifier checks holds of it, so what reads a log can
 * be measured on a log that is worth reading.
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import type { LabEvent, MachineEvent } from "../src/domain/ClockEvent.ts"
import * as Limits from "../src/domain/Limits.ts"
import * as Machine from "../src/domain/Machine.ts"
import type { Delivery, Message } from "../src/domain/Message.ts"
import * as Random from "../src/domain/Random.ts"
import * as Reach from "../src/domain/Reach.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as RunId from "../src/domain/RunId.ts"
import * as Schedule from "../src/domain/Schedule.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import { type Happening, Happenings } from "../src/runtime/Happenings.ts"

export const startUs = 1_790_000_000_000_000
const [minDelayUs, maxDelayUs] = [200, 20_000]

/** A tick of a machine or, with a message, an arrival there. */
interface Due extends Happening {
  readonly machine: number
  readonly message: Message | undefined
}

/** Added to the order of ticks: arrivals come before those of the same instant, and otherwise as they came. */
const afterArrivals = 2 ** 40

/** First in, first out, without moving what stays. */
class Line<A> {
  #items: Array<A> = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: A): void {
    this.#items.push(item)
  }

  shift(): A | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head++]
    if (this.#head >= 1_024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  contents(): ReadonlyArray<A> {
    return this.#items.slice(this.#head)
  }
}

interface Node {
  state: Machine.MachineState
  readonly rate: number
  readonly phaseUs: number
  readonly ticks: number
  readonly inbox: Line<Delivery>
  /** Held back by a full inbox. */
  readonly held: Line<Message>
  readonly lastOnLinkUs: Map<number, number>
  lastUs: number
}

type Bare = Machine.Input extends infer I
  ? I extends Machine.Input
    ? Omit<I, "atUs" | "queueLength">
    : never
  : never

/** The events of the run that a configuration gives, in the order of its log. */
export function* eventsOf(config: RunConfig.RunConfig): Generator<LabEvent> {
  const reach = Reach.of(config)
  const rates = RunConfig.ratesOf(config)
  const draw = Random.draws(config.seed, Random.Purpose.network, 1)
  const heap = new Happenings<Due>()
  let order = 0
  let endUs = startUs
  const nodes = Array.from({ length: config.machines + 1 }, (_, machine): Node => {
    const rate = rates[machine]!
    const phaseUs = machine === 0 ? 0 : RunConfig.phaseOf(config.seed, machine, rate)
    return {
      state: Machine.inRun(config, reach, machine),
      rate,
      phaseUs,
      ticks: machine === 0 ? 0 : Schedule.ticksDue(phaseUs, rate, config.durationUs),
      inbox: new Line(),
      held: new Line(),
      lastOnLinkUs: new Map(),
      lastUs: startUs,
    }
  })

  const stamp = (node: Node, atUs: number): number => {
    node.lastUs = Math.max(atUs, node.lastUs + 1)
    endUs = Math.max(endUs, node.lastUs)
    return node.lastUs
  }
  const make = (node: Node, atUs: number, input: Bare): MachineEvent => {
    const at = { atUs: stamp(node, atUs), queueLength: node.inbox.length }
    const event = Machine.decide(node.state, { ...input, ...at } as Machine.Input)
    node.state = Machine.evolve(node.state, event)
    return event
  }
  const deliver = (event: MachineEvent & { readonly kind: "sent" }): void => {
    const { machine, version, lamport, occurredAtUs } = event
    const message = { sender: machine, sendVersion: version, senderLamport: lamport, sentAtUs: occurredAtUs }
    for (const recipient of event.payload.recipients) {
      const { lastOnLinkUs } = nodes[recipient]!
      const delayUs = minDelayUs + Random.below(draw(), maxDelayUs - minDelayUs)
      const atUs = Math.max(lastOnLinkUs.get(machine) ?? 0, occurredAtUs + delayUs)
      lastOnLinkUs.set(machine, atUs)
      heap.push({ atUs, order: order++, machine: recipient, message })
    }
  }
  const enter = (node: Node, atUs: number, message: Message): void =>
    node.inbox.push({ ...message, arrivedAtUs: stamp(node, atUs) })
  const arrive = (node: Node, atUs: number, message: Message): MachineEvent | undefined => {
    if (node.inbox.length < config.capacity) return void enter(node, atUs, message)
    if (config.overflow === "backpressure") return void node.held.push(message)
    if (config.overflow === "drop-newest") {
      const dropped = { ...message, arrivedAtUs: stamp(node, atUs), reason: "drop-newest" as const }
      return make(node, atUs, { input: "drop", dropped })
    }
    const dropped = { ...node.inbox.shift()!, reason: "drop-oldest" as const }
    const event = make(node, atUs, { input: "drop", dropped })
    enter(node, atUs, message)
    return event
  }

  yield { machine: 0, version: 1, occurredAtUs: startUs, kind: "run-started", payload: config }
  const dueUs = ({ phaseUs, rate }: Node, k: number): number => startUs + Schedule.offsetUs(phaseUs, rate, k)
  const made = nodes.map(() => 0)
  for (let machine = 1; machine <= config.machines; machine++) {
    const node = nodes[machine]!
    yield make(node, startUs, { input: "start", rate: node.rate, phaseUs: node.phaseUs })
    if (node.ticks > 0)
      heap.push({ atUs: dueUs(node, 0), order: afterArrivals + order++, machine, message: undefined })
  }
  let left = nodes.reduce((sum, { ticks }) => sum + ticks, 0)
  while (left > 0) {
    const due = heap.pop()!
    const node = nodes[due.machine]!
    if (due.message !== undefined) {
      const event = arrive(node, due.atUs, due.message)
      if (event !== undefined) yield event
      continue
    }
    left--
    const event = make(node, due.atUs, { input: "tick", taken: node.inbox.shift() })
    yield event
    if (event.kind === "sent") deliver(event)
    const released = node.inbox.length < config.capacity ? node.held.shift() : undefined
    if (released !== undefined) enter(node, due.atUs, released)
    const k = ++made[due.machine]!
    if (k < node.ticks)
      heap.push({
        atUs: dueUs(node, k),
        order: afterArrivals + order++,
        machine: due.machine,
        message: undefined,
      })
  }
  for (let machine = 1; machine <= config.machines; machine++) {
    const node = nodes[machine]!
    yield make(node, startUs + config.durationUs, {
      input: "stop",
      reason: "finished",
      inbox: node.inbox.contents(),
    })
  }
  yield { machine: 0, version: 2, occurredAtUs: endUs + 1, kind: "run-finished", payload: {} }
}

export interface Size {
  /** About so many: what the schedule gives that comes nearest. */
  readonly events: number
  readonly machines: number
  readonly config?: Partial<RunConfig.RunConfig>
}

/** A configuration whose run has about so many events. */
export const configOf = ({ events, machines, config }: Size): RunConfig.RunConfig => {
  const base = { ...RunConfig.defaults, seed: 1, ...config, machines }
  const perSecond = RunConfig.ticksPerSecond(base)
  const ticks = Math.max(1, events - 2 * machines - 2)
  const durationUs = Math.max(Limits.minDurationUs, Math.round((ticks / perSecond) * 1_000_000))
  if (durationUs > Limits.maxDurationUs)
    throw new Error(`Cannot make ${events} events of ${machines} machines: they would take more than a week`)
  return { ...base, durationUs }
}

export interface BigRun {
  readonly run: string
  readonly events: number
  readonly config: RunConfig.RunConfig
}

/** Fills the database, whose schema is brought up to date, with such a run. */
export const fill = (url: string, size: Size): Effect.Effect<BigRun, unknown> =>
  Effect.gen(function* () {
    const { db } = yield* Effect.flatMap(decodeDatabaseUrl(url), Database.open)
    yield* Migrator.migrate(db)
    const log = EventLogPostgres.make(db)
    const config = configOf(size)
    const run = RunId.fromBytes(randomBytes(64))
    const ownership = yield* log.create(run, "bench")
    let head = 0
    let batch: Array<LabEvent> = []
    const append = Effect.suspend(() => log.append(ownership, head, `batch ${head}`, batch))
    for (const event of eventsOf(config)) {
      batch.push(event)
      if (batch.length < Limits.maxEventsPerAppend) continue
      head = yield* append
      batch = []
    }
    if (batch.length > 0) head = yield* append
    yield* log.release(ownership)
    return { run, events: head, config }
  }).pipe(Effect.scoped)
