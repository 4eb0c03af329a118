/**
 * How much chance there is in what comes in to a machine. The only chance in a run are its rolls. What machine j sends
 * to i in x_j rolls a second differs from its mean by a martingale whose variance grows by x_j Var(one roll), and what
 * i gets more, it rolls less, so that its own recipients get less, and so on: to first order the deviations y of the
 * counts of rolls solve y + P'y = -M over the unsaturated machines, M being the martingales (the central limit theorem
 * of a fluid model with feedback; see docs/PREDICTION.md). The weight with which a roll's messages tell on machine i is
 * followed backwards along the links until it is too small to matter.
 */
import type { RunConfig } from "../RunConfig.ts"
import * as Topology from "../Topology.ts"
import type { Rolls } from "./FixedPoints.ts"
import * as Senders from "./Senders.ts"

/** What is left to follow at a machine counts as nothing below this; the variance is then right to a percent. */
const leastWeight = 1e-3

/** Steps for one machine; feedback that has not died out by then, as where nothing is stable, is left out. */
const maxSteps = 20_000

/**
 * The weights z of everybody's receipts in the deviation of one machine: z_i = 1 - sum_l p_il z_l and z_k = - sum_l
 * p_kl z_l, by relaxing one machine after the other; only those near it are ever touched.
 */
const weightsOf = (
  senders: Senders.Senders,
  rollsHz: Rolls,
  machine: number,
): ReadonlyMap<number, number> => {
  const weights = new Map<number, number>()
  const left = new Map([[machine, 1]])
  const waiting = [machine]
  for (let done = 0; done < waiting.length; done++) {
    if (done === maxSteps) return new Map([[machine, 1]])
    const to = waiting[done]!
    const weight = left.get(to)!
    left.set(to, 0)
    weights.set(to, (weights.get(to) ?? 0) + weight)
    for (let slot = Senders.slots * to; slot < Senders.slots * (to + 1); slot++) {
      const from = senders.sender[slot]!
      if (rollsHz[from] === 0) continue
      const before = left.get(from) ?? 0
      const after = before - senders.perRoll[slot]! * weight
      left.set(from, after)
      if (Math.abs(before) < leastWeight && Math.abs(after) >= leastWeight) waiting.push(from)
    }
  }
  return weights
}

/** Of what one roll of a machine adds, when a message to A counts `a`, one to B `b`, and both go out with 3. */
const varianceOfRoll = (sides: number, a: number, b: number, alone: boolean): number =>
  alone
    ? (3 / sides) * (1 - 3 / sides) * a * a
    : (a * a + b * b + (a + b) ** 2) / sides - ((2 * (a + b)) / sides) ** 2

/**
 * By machine, the variance a second: of its rolls where it is unsaturated, of what comes in to it where it is
 * saturated. Entry 0 is unused.
 */
export const of = (config: RunConfig, senders: Senders.Senders, rollsHz: Rolls): Float64Array => {
  const peers = Topology.twoCycles(config.seed, config.machines)
  const variance = new Float64Array(rollsHz.length)
  for (let machine = 1; machine < rollsHz.length; machine++) {
    const weights = weightsOf(senders, rollsHz, machine)
    const rolling = new Set<number>()
    for (const recipient of weights.keys())
      for (let slot = Senders.slots * recipient; slot < Senders.slots * (recipient + 1); slot++)
        rolling.add(senders.sender[slot]!)
    for (const from of rolling) {
      if (from === 0) continue
      const [a, b] = [peers.a[from]!, peers.b[from]!]
      const [zA, zB] = [weights.get(a) ?? 0, weights.get(b) ?? 0]
      variance[machine]! += rollsHz[from]! * varianceOfRoll(config.sides, zA, zB, a === b)
    }
  }
  return variance
}
