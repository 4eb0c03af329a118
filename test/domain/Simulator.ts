/**
 * An honest little laboratory for tests: machines, bounded inboxes and FIFO links with random delays, driven by
 * the real decider over integer microseconds, with crashes, stops and resumes. Slow and simple on purpose: it
 * shares nothing with the engines or the verifier but the domain's rules.
 */
import type { LabEvent, Logged } from "../../src/domain/ClockEvent.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Machine from "../../src/domain/Machine.ts"
import type { Delivery, Message } from "../../src/domain/Message.ts"
import * as Random from "../../src/domain/Random.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Schedule from "../../src/domain/Schedule.ts"

export const startUs = 1_700_000_000_000_000

export interface Interruption {
  readonly machine: number
  /** Microseconds from the start. */
  readonly atUs: number
  readonly downUs: number
  /** A crash leaves no `stopped`. */
  readonly crash: boolean
}

export interface Options {
  readonly config: Partial<RunConfig.RunConfig>
  readonly maxDelayUs?: number
  readonly interruptions?: ReadonlyArray<Interruption>
  /** Ends without `stopped` and `run-finished` when this much of the schedule has passed. */
  readonly cutAtUs?: number
}

interface Node {
  state: Machine.MachineState
  up: boolean
  inbox: Array<Delivery>
  /** By sender: messages on the way, and when each gets here. */
  readonly links: Map<number, Array<{ readonly message: Message; atUs: number }>>
  nextTick: number
  lastUs: number
  readonly rate: number
  readonly phaseUs: number
  readonly due: number
}

export const simulate = (options: Options): ReadonlyArray<Logged> => {
  const config: RunConfig.RunConfig = { ...RunConfig.defaults, ...options.config }
  const maxDelayUs = options.maxDelayUs ?? 400_000
  const random = Random.draws(config.seed, Random.Purpose.network, 1)
  const rates = RunConfig.ratesOf(config)
  const reach = Reach.of(config)
  const log: Array<Logged> = []
  const append = (event: LabEvent) => {
    log.push({ ...event, position: log.length + 1 } as Logged)
  }
  append({ machine: 0, version: 1, occurredAtUs: startUs, kind: "run-started", payload: config })

  const nodes = Array.from({ length: config.machines }, (_, i): Node => {
    const machine = i + 1
    const rate = rates[machine]!
    const phaseUs = RunConfig.phaseOf(config.seed, machine, rate)
    return {
      state: Machine.inRun(config, reach, machine),
      up: true,
      inbox: [],
      links: new Map(),
      nextTick: 0,
      lastUs: startUs,
      rate,
      phaseUs,
      due: Schedule.ticksDue(phaseUs, rate, config.durationUs),
    }
  })

  /** A stamp of a machine: at the time given, or just after its last. */
  const stamp = (node: Node, timeUs: number): number => (node.lastUs = Math.max(timeUs, node.lastUs + 1))

  type Bare = Machine.Input extends infer I
    ? I extends Machine.Input
      ? Omit<I, "atUs" | "queueLength">
      : never
    : never
  const make = (node: Node, timeUs: number, input: Bare) => {
    const atUs = stamp(node, timeUs)
    const event = Machine.decide(node.state, {
      ...input,
      atUs,
      queueLength: node.inbox.length,
    } as Machine.Input)
    node.state = Machine.evolve(node.state, event)
    append(event)
    if (event.kind !== "sent") return
    for (const recipient of event.payload.recipients) {
      const links = nodes[recipient - 1]!.links
      const link = links.get(event.machine) ?? []
      links.set(event.machine, link)
      const earliest = link.length === 0 ? 0 : link[link.length - 1]!.atUs
      link.push({
        message: {
          sender: event.machine,
          sendVersion: event.version,
          senderLamport: event.lamport,
          sentAtUs: atUs,
        },
        atUs: Math.max(earliest, atUs + 1 + Random.below(random(), maxDelayUs)),
      })
    }
  }

  const enter = (node: Node, message: Message, timeUs: number) => {
    const delivery = { ...message, arrivedAtUs: stamp(node, timeUs) }
    if (node.inbox.length === config.capacity && config.overflow === "drop-newest")
      return make(node, timeUs, { input: "drop", dropped: { ...delivery, reason: "drop-newest" } })
    node.inbox.push(delivery)
  }

  const arrive = (node: Node, sender: number, timeUs: number) => {
    const { message } = node.links.get(sender)!.shift()!
    if (node.inbox.length === config.capacity && config.overflow === "drop-oldest") {
      const oldest = node.inbox.shift()!
      make(node, timeUs, { input: "drop", dropped: { ...oldest, reason: "drop-oldest" } })
    }
    enter(node, message, timeUs)
  }

  const tick = (node: Node, timeUs: number) => {
    const due = (k: number) => startUs + Schedule.offsetUs(node.phaseUs, node.rate, k)
    let count = 0
    while (node.nextTick + count < node.due && timeUs - due(node.nextTick + count) > Limits.maxLatenessUs)
      count++
    if (count > 0) {
      make(node, timeUs, { input: "miss", first: node.nextTick, count, reason: "overdue" })
      node.nextTick += count
      return
    }
    node.nextTick++
    const taken = node.inbox.shift()
    make(node, timeUs, { input: "tick", taken })
  }

  const goDown = (node: Node, interruption: Interruption) => {
    const timeUs = startUs + interruption.atUs
    if (!interruption.crash)
      make(node, timeUs, { input: "stop", reason: "interrupted", inbox: [...node.inbox] })
    for (const left of node.inbox.reverse()) {
      const { arrivedAtUs: _, ...message } = left
      node.links.get(left.sender)!.unshift({ message, atUs: 0 })
    }
    node.inbox = []
    node.up = false
  }

  const pending = (options.interruptions ?? []).flatMap((one) => [
    { atUs: one.atUs, one, down: true },
    { atUs: one.atUs + one.downUs, one, down: false },
  ])
  pending.sort((a, b) => a.atUs - b.atUs)

  /** The next thing that happens: the earliest of interruptions, arrivals and ticks. */
  const next = (): { readonly atUs: number; readonly happen: () => void } | undefined => {
    let best: { atUs: number; happen: () => void } | undefined
    const offer = (atUs: number, happen: () => void) => {
      if (best === undefined || atUs < best.atUs) best = { atUs, happen }
    }
    const first = pending[0]
    if (first !== undefined)
      offer(startUs + first.atUs, () => {
        pending.shift()
        const node = nodes[first.one.machine - 1]!
        if (first.down) return goDown(node, first.one)
        node.up = true
        make(node, startUs + first.atUs, { input: "resume", downUs: first.one.downUs })
      })
    for (const node of nodes) {
      if (!node.up) continue
      const full = node.inbox.length === config.capacity && config.overflow === "backpressure"
      for (const [sender, link] of node.links)
        if (link.length > 0 && !full) {
          const atUs = Math.max(link[0]!.atUs, node.lastUs + 1)
          offer(atUs, () => arrive(node, sender, atUs))
        }
      if (node.nextTick >= node.due) continue
      const due = startUs + Schedule.offsetUs(node.phaseUs, node.rate, node.nextTick)
      const atUs = Math.max(due, node.lastUs + 1)
      offer(atUs, () => tick(node, atUs))
    }
    return best
  }

  for (const node of nodes) make(node, startUs, { input: "start", rate: node.rate, phaseUs: node.phaseUs })
  for (;;) {
    const step = next()
    if (step === undefined) break
    if (options.cutAtUs !== undefined && step.atUs >= startUs + options.cutAtUs) return log
    if (pending.length === 0 && nodes.every(({ nextTick, due }) => nextTick >= due)) break
    step.happen()
  }
  let endUs = startUs + config.durationUs
  for (const node of nodes) {
    make(node, endUs, { input: "stop", reason: "finished", inbox: node.inbox })
    endUs = Math.max(endUs, node.lastUs)
  }
  append({ machine: 0, version: 2, occurredAtUs: endUs + 1, kind: "run-finished", payload: {} })
  return log
}
