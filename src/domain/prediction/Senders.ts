/**
 * What one roll is worth to whom: for each machine its senders, and how many messages one roll of theirs sends to it
 * on average. A roll of S sides addresses peer A with 1, peer B with 2 and both with 3, so each peer gets 2/S of a
 * message a roll; where A and B are the same machine, 3 sends once, and it gets 3/S. Of d neighbours, each is A or B
 * equally often, and gets 2/S of the 2/d that it is one of both; of a group that 3 addresses, each gets 1/S of that.
 */
import * as Reach from "../Reach.ts"
import type { RunConfig } from "../RunConfig.ts"

/** Machine i has its senders, in ascending order, from `first[i]` to before `first[i + 1]` of the two arrays. */
export interface Senders {
  readonly first: Int32Array
  readonly sender: Int32Array
  /** p: messages a roll of that sender. */
  readonly perRoll: Float64Array
  /** The largest sum of p into one machine, or out of one, if that is less: below 1, utilisations are the only solution and contract to it. */
  readonly most: number
}

/** Messages a roll that a machine sends to one of its neighbours by 1, 2 and, if that is the pair, 3. */
const perNeighbour = ({ neighbours, group }: Reach.OfMachine, sides: number): number => {
  const count = neighbours.length
  const sides123 = group !== null ? 2 : count === 1 ? 3 : 4
  return sides123 / (sides * count)
}

/** Calls back with each link of a machine, and messages a roll on it. */
const eachLink = (
  reach: Reach.Reach,
  sides: number,
  from: number,
  onLink: (to: number, perRoll: number) => void,
): void => {
  const of = reach.of(from)
  if (of.neighbours.length === 0) return
  const single = perNeighbour(of, sides)
  const [neighbours, group] = [new Set(of.neighbours), new Set(of.group)]
  for (const to of reach.linksOf(from))
    onLink(to, (neighbours.has(to) ? single : 0) + (group.has(to) ? 1 / sides : 0))
}

/** Of a run's graph. */
export const of = (config: RunConfig): Senders => {
  const { machines, sides } = config
  const reach = Reach.of(config)
  const first = new Int32Array(machines + 2)
  for (let from = 1; from <= machines; from++)
    for (const to of reach.linksOf(from)) first[to + 1] = first[to + 1]! + 1
  for (let i = 1; i < first.length; i++) first[i] = first[i]! + first[i - 1]!
  const sender = new Int32Array(first[machines + 1]!)
  const perRoll = new Float64Array(sender.length)
  const [next, into] = [first.slice(), new Float64Array(machines + 1)]
  let mostOut = 0
  for (let from = 1; from <= machines; from++) {
    let out = 0
    eachLink(reach, sides, from, (to, p) => {
      const slot = next[to]!
      next[to] = slot + 1
      sender[slot] = from
      perRoll[slot] = p
      into[to] = into[to]! + p
      out += p
    })
    mostOut = Math.max(mostOut, out)
  }
  return {
    first,
    sender,
    perRoll,
    most: Math.min(
      mostOut,
      into.reduce((a, b) => Math.max(a, b)),
    ),
  }
}

/** Messages a second that come in to a machine when machine j makes `rollsHz[j]` rolls a second: lambda. */
export const arrivalsHz = (
  { first, sender, perRoll }: Senders,
  rollsHz: Float64Array,
  machine: number,
): number => {
  let sum = 0
  const end = first[machine + 1]!
  for (let slot = first[machine]!; slot < end; slot++) sum += perRoll[slot]! * rollsHz[sender[slot]!]!
  return sum
}

/** Messages a roll of `from` that go to `machine`. */
export const perRollOf = ({ first, sender, perRoll }: Senders, from: number, machine: number): number => {
  for (let slot = first[machine]!; slot < first[machine + 1]!; slot++)
    if (sender[slot] === from) return perRoll[slot]!
  return 0
}
