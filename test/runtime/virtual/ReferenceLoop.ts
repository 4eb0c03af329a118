/**
 * The virtual engine the slow way, by the words of docs/SPEC.md: every happening in one list that is searched for the
 * least, and the decider of the real engine for whatever a machine does.
 */
import type { MachineEvent } from "../../../src/domain/ClockEvent.ts"
import * as Latency from "../../../src/domain/Latency.ts"
import * as Machine from "../../../src/domain/Machine.ts"
import type { Delivery, Message } from "../../../src/domain/Message.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Schedule from "../../../src/domain/Schedule.ts"
import * as Topology from "../../../src/domain/Topology.ts"

interface Node {
  state: Machine.MachineState
  lastUs: number
  readonly inbox: Array<Delivery>
  readonly door: Array<Message>
  readonly network: () => number
  /** By recipient: when the last message on the link arrives. */
  readonly lastArrivals: Map<number, number>
}

type Happening = { readonly atUs: number; readonly order: readonly [number, number] } & (
  | { readonly tick: number }
  | { readonly message: Message; readonly recipient: number }
)

const isBefore = (a: Happening, b: Happening): boolean =>
  a.atUs !== b.atUs
    ? a.atUs < b.atUs
    : a.order[0] !== b.order[0]
      ? a.order[0] < b.order[0]
      : a.order[1] < b.order[1]

/** What a model may do in another way: decide, and say what a message takes, microseconds. */
export interface Otherwise {
  readonly decide?: typeof Machine.decide
  readonly latencyUs?: () => number
}

/** The events of machines 1..N in the order of the log; times from a start of 0. */
export const eventsOf = (
  config: RunConfig.RunConfig,
  { decide = Machine.decide, latencyUs }: Otherwise = {},
): ReadonlyArray<MachineEvent> => {
  const { machines, durationUs, capacity, overflow, seed } = config
  const latency = config.latency ?? Latency.standard
  const rates = RunConfig.ratesOf(config)
  const peers = Topology.twoCycles(seed, machines)
  const events: Array<MachineEvent> = []
  const happenings: Array<Happening> = []
  const nodes = Array.from({ length: machines }, (_, i): Node => {
    const machine = i + 1
    const phaseUs = RunConfig.phaseOf(seed, machine, rates[machine]!)
    const ticks = Schedule.ticksDue(phaseUs, rates[machine]!, durationUs)
    for (let k = 0; k < ticks; k++)
      happenings.push({
        atUs: Schedule.offsetUs(phaseUs, rates[machine]!, k),
        order: [1, machine],
        tick: machine,
      })
    const network = Random.draws(seed, Random.Purpose.network, machine)
    const state = Machine.inRun(config, peers, machine)
    return { state, lastUs: -1, inbox: [], door: [], network, lastArrivals: new Map() }
  })
  happenings.sort((a, b) => (isBefore(a, b) ? -1 : 1))
  const arrivals: Array<Happening> = []
  let sent = 0

  const stamp = (node: Node, atUs: number): number => {
    node.lastUs = Math.max(atUs, node.lastUs + 1)
    return node.lastUs
  }
  const put = (node: Node, input: Machine.Input): MachineEvent => {
    const event = decide(node.state, input)
    node.state = Machine.evolve(node.state, event)
    events.push(event)
    return event
  }
  const delivered = (node: Node, message: Message, atUs: number): Delivery => ({
    ...message,
    arrivedAtUs: stamp(node, Math.max(atUs, message.sentAtUs + 1)),
  })
  const arrive = (node: Node, message: Message, atUs: number): void => {
    const { inbox } = node
    if (inbox.length < capacity) inbox.push(delivered(node, message, atUs))
    else if (overflow === "backpressure") node.door.push(message)
    else {
      const isNewest = overflow === "drop-newest"
      const dropped = isNewest ? delivered(node, message, atUs) : inbox.shift()!
      const at = { atUs: stamp(node, atUs), queueLength: inbox.length }
      put(node, { input: "drop", ...at, dropped: { ...dropped, reason: overflow } })
      if (!isNewest) inbox.push(delivered(node, message, atUs))
    }
  }
  const send = (node: Node, event: MachineEvent & { readonly kind: "sent" }, atUs: number): void => {
    for (const recipient of event.payload.recipients) {
      const drawn =
        latencyUs !== undefined
          ? latencyUs()
          : latency.law === "constant"
            ? latency.us
            : latency.lowUs + Random.below(node.network(), latency.highUs - latency.lowUs + 1)
      const arrivalUs = Math.max(atUs + drawn, node.lastArrivals.get(recipient) ?? 0)
      node.lastArrivals.set(recipient, arrivalUs)
      const message = {
        sender: event.machine,
        sendVersion: event.version,
        senderLamport: event.lamport,
        sentAtUs: event.occurredAtUs,
      }
      arrivals.push({ atUs: arrivalUs, order: [0, sent++], message, recipient })
    }
  }
  const tick = (node: Node, atUs: number): void => {
    const taken = node.inbox.shift()
    const at = { atUs: stamp(node, atUs), queueLength: node.inbox.length }
    const event = put(node, { input: "tick", taken, ...at })
    if (event.kind === "sent") send(node, event, atUs)
    if (taken !== undefined && node.door.length > 0)
      node.inbox.push(delivered(node, node.door.shift()!, atUs))
  }
  const nextArrival = (): Happening | undefined =>
    arrivals.reduce<Happening | undefined>(
      (least, one) => (least === undefined || isBefore(one, least) ? one : least),
      undefined,
    )
  const deliverBefore = (isDue: (arrival: Happening) => boolean): void => {
    for (let next = nextArrival(); next !== undefined && isDue(next); next = nextArrival()) {
      arrivals.splice(arrivals.indexOf(next), 1)
      if ("message" in next) arrive(nodes[next.recipient - 1]!, next.message, next.atUs)
    }
  }

  for (const node of nodes) {
    const { machine } = node.state
    const phaseUs = RunConfig.phaseOf(seed, machine, rates[machine]!)
    put(node, { input: "start", atUs: stamp(node, 0), queueLength: 0, rate: rates[machine]!, phaseUs })
  }
  for (const happening of happenings) {
    deliverBefore((arrival) => isBefore(arrival, happening))
    if ("tick" in happening) tick(nodes[happening.tick - 1]!, happening.atUs)
  }
  deliverBefore(({ atUs }) => atUs < durationUs)
  for (const node of nodes) {
    const { inbox } = node
    put(node, {
      input: "stop",
      reason: "finished",
      atUs: stamp(node, durationUs),
      queueLength: inbox.length,
      inbox,
    })
  }
  return events
}
