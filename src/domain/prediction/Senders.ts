/**
 * What one roll is worth to whom: for each machine its senders, and how many messages one roll of theirs sends to it
 * on average. A roll of S sides addresses peer A with 1, peer B with 2 and both with 3, so each peer gets 2/S of a
 * message a roll; where A and B are the same machine, 3 sends once, and it gets 3/S.
 */
import type { RunConfig } from "../RunConfig.ts"
import * as Topology from "../Topology.ts"

/** Two arrays of two entries a machine; machine i has its own at 2i and 2i + 1, of machine 0 where there is none. */
export interface Senders {
  readonly sender: Int32Array
  /** p: messages a roll of that sender; 0 where there is none. */
  readonly perRoll: Float64Array
  /** The largest sum of p into one machine: below 1, utilisations are the only solution and contract to it. */
  readonly most: number
}

export const slots = 2

/** Of a run's graph. */
export const of = (config: RunConfig): Senders => {
  const peers = Topology.twoCycles(config.seed, config.machines)
  const sender = new Int32Array(slots * (config.machines + 1))
  const perRoll = new Float64Array(sender.length)
  const taken = new Uint8Array(config.machines + 1)
  let most = 0
  for (let from = 1; from <= config.machines; from++) {
    const to = Topology.peersOf(peers, from)
    const p = (to.length === 1 ? 3 : 2) / config.sides
    for (const recipient of to) {
      const slot = slots * recipient + taken[recipient]!++
      sender[slot] = from
      perRoll[slot] = p
    }
    if (to.length > 0) most = Math.max(most, to.length * p)
  }
  return { sender, perRoll, most }
}

/** Messages a second that come in to a machine when machine j makes `rollsHz[j]` rolls a second: lambda. */
export const arrivalsHz = ({ sender, perRoll }: Senders, rollsHz: Float64Array, machine: number): number => {
  const slot = slots * machine
  return perRoll[slot]! * rollsHz[sender[slot]!]! + perRoll[slot + 1]! * rollsHz[sender[slot + 1]!]!
}

/** Messages a roll of `from` that go to `machine`. */
export const perRollOf = ({ sender, perRoll }: Senders, from: number, machine: number): number => {
  let p = 0
  for (let slot = slots * machine; slot < slots * (machine + 1); slot++)
    if (sender[slot] === from) p += perRoll[slot]!
  return p
}
