/**
 * The scale model by the shortest way there is, for tests that need thousands of runs: ticks in the order of their due
 * times, messages that arrive at once, and only the numbers that stand beside a prediction. It shares the drawing of
 * numbers and of the graph with the program, nothing else.
 */
import type { Measured } from "../../src/domain/prediction/Measured.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Topology from "../../src/domain/Topology.ts"

interface Node {
  readonly machine: number
  readonly rate: number
  readonly phase: number
  readonly roll: () => number
  readonly inbox: Array<{ readonly lamport: number; readonly sender: number }>
  first: number
  tick: number
  lamport: number
  received: number
  addressed: number
  readonly ahead: Record<number, number>
}

export const measure = (config: RunConfig.RunConfig): Measured => {
  const rates = RunConfig.ratesOf(config)
  const peers = Topology.twoCycles(config.seed, config.machines)
  const nodes = Array.from({ length: config.machines }, (_, k): Node => {
    const machine = k + 1
    const draw = Random.draws(config.seed, Random.Purpose.roll, machine)
    const phase = Random.draws(config.seed, Random.Purpose.network, machine)() / 2 ** 32
    const roll = () => 1 + Random.below(draw(), config.sides)
    return {
      ...{ machine, rate: rates[machine]!, phase, roll, inbox: [], ahead: {} },
      ...{ first: 0, tick: 0, lamport: 0, received: 0, addressed: 0 },
    }
  })
  const seconds = config.durationUs / 1e6
  const dueOf = ({ phase, tick, rate }: Node) => (phase + tick) / rate
  const send = (node: Node, to: number) => {
    nodes[to - 1]!.inbox.push({ lamport: node.lamport, sender: node.machine })
    nodes[to - 1]!.addressed++
  }
  for (;;) {
    let node = nodes[0]!
    for (const other of nodes) if (dueOf(other) < dueOf(node)) node = other
    if (dueOf(node) >= seconds) break
    node.tick++
    if (node.first < node.inbox.length) {
      const taken = node.inbox[node.first++]!
      node.received++
      const ahead = taken.lamport - node.lamport
      if (ahead > 0) node.ahead[taken.sender] = (node.ahead[taken.sender] ?? 0) + ahead
      node.lamport = Math.max(node.lamport, taken.lamport) + 1
      continue
    }
    node.lamport++
    const roll = node.roll()
    const [a, b] = [peers.a[node.machine]!, peers.b[node.machine]!]
    if (roll > 3 || a === 0) continue
    if (roll === 1 || a === b) send(node, a)
    else if (roll === 2) send(node, b)
    else for (const to of [a, b]) send(node, to)
  }
  return {
    seconds,
    downSeconds: 0,
    machines: nodes.map(({ machine, tick, received, addressed, lamport, ahead }) => ({
      ...{ machine, ticks: tick, received, addressed, lamport, ahead },
      ...{ dropped: 0, missed: 0 },
    })),
  }
}
