/**
 * Every way in which the ticks and messages of a small run may interleave, tried one by one. The seed fixes each
 * machine's rolls; what meets what is free: a tick takes the oldest message on any of its machine's links, as if
 * it had just arrived, or finds none.
 */
import * as Machine from "../../src/domain/Machine.ts"
import * as Reach from "../../src/domain/Reach.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Schedule from "../../src/domain/Schedule.ts"

interface Made {
  readonly lamport: number
  /** A bit for each earlier event that happened before this one. */
  readonly past: number
}

interface Waiting extends Made {
  readonly sender: number
  readonly sendVersion: number
  readonly bit: number
}

interface Node {
  readonly state: Machine.MachineState
  readonly ticksLeft: number
  readonly last: number
  /** By sender, what is on its way. */
  readonly links: ReadonlyArray<ReadonlyArray<Waiting>>
}

const isConcurrentWithOtherClock = (events: ReadonlyArray<Made>, { lamport, past }: Made): boolean =>
  events.some((other, i) => ((past >> i) & 1) === 0 && other.lamport !== lamport)

const nodesOf = (config: RunConfig.RunConfig): ReadonlyArray<Node> => {
  const rates = RunConfig.ratesOf(config)
  const reach = Reach.of(config)
  return Array.from({ length: config.machines }, (_, i) => {
    const rate = rates[i + 1]!
    const phaseUs = RunConfig.phaseOf(config.seed, i + 1, rate)
    return {
      state: Machine.inRun(config, reach, i + 1),
      ticksLeft: Schedule.ticksDue(phaseUs, rate, config.durationUs),
      last: 0,
      links: Array.from({ length: config.machines }, () => []),
    }
  })
}

export interface Survey {
  /** Beginnings of runs in which any two events with different clocks are ordered. */
  readonly orderedBeginnings: number
  /** Whole runs of that kind. */
  readonly orderedRuns: number
}

/** Goes on with a beginning only as long as it holds no counterexample to "a smaller clock happened before". */
export const survey = (config: RunConfig.RunConfig): Survey => {
  let orderedBeginnings = 0
  let orderedRuns = 0

  /** The tick of a machine that takes `taken`, or rolls. */
  const tick = (
    nodes: ReadonlyArray<Node>,
    events: ReadonlyArray<Made>,
    at: number,
    taken: Waiting | undefined,
  ) => {
    const node = nodes[at]!
    const input = { input: "tick", atUs: 0, queueLength: 0 } as const
    const delivery = taken && {
      ...{ sender: taken.sender, sendVersion: taken.sendVersion, senderLamport: taken.lamport },
      ...{ sentAtUs: 0, arrivedAtUs: 0 },
    }
    const event = Machine.decide(node.state, { ...input, taken: delivery })
    const made = {
      lamport: (event as { lamport: number }).lamport,
      past: node.last | (taken === undefined ? 0 : taken.past | taken.bit),
    }
    if (isConcurrentWithOtherClock(events, made)) return
    const bit = 2 ** events.length
    const state = Machine.evolve(node.state, event)
    const next = nodes.map((other, i) => {
      const links = other.links.map((link, sender) => {
        if (i === at && taken !== undefined && sender === taken.sender - 1) return link.slice(1)
        const isAddressed = event.kind === "sent" && sender === at && event.payload.recipients.includes(i + 1)
        return isAddressed ? [...link, { ...made, bit, sender: at + 1, sendVersion: event.version }] : link
      })
      return i === at
        ? { state, ticksLeft: other.ticksLeft - 1, last: made.past | bit, links }
        : { ...other, links }
    })
    go(next, [...events, made])
  }

  const go = (nodes: ReadonlyArray<Node>, events: ReadonlyArray<Made>): void => {
    orderedBeginnings++
    if (nodes.every(({ ticksLeft }) => ticksLeft === 0)) orderedRuns++
    for (const [at, { ticksLeft, links }] of nodes.entries()) {
      if (ticksLeft === 0) continue
      tick(nodes, events, at, undefined)
      for (const [taken] of links) if (taken !== undefined) tick(nodes, events, at, taken)
    }
  }

  go(nodesOf(config), [])
  return { orderedBeginnings, orderedRuns }
}
