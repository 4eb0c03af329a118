/**
 * How much chance there is in what comes in to a machine. The only chance in a run are its rolls. What machine j sends
 * to i in x_j rolls a second differs from its mean by a martingale whose variance grows by x_j Var(one roll), and what
 * i gets more, it rolls less, so that its own recipients get less, and so on: to first order the deviations y of the
 * counts of rolls solve y + P'y = -M over the unsaturated machines, M being the martingales (the central limit theorem
 * of a fluid model with feedback; see docs/PREDICTION.md). The weight with which a roll's messages tell on machine i is
 * followed backwards along the links until it is too small to matter.
 */
import * as Limits from "../Limits.ts"
import * as Reach from "../Reach.ts"
import type { RunConfig } from "../RunConfig.ts"
import type { Rolls } from "./FixedPoints.ts"
import * as LinearEquations from "./LinearEquations.ts"
import * as Senders from "./Senders.ts"

/** What is left to follow at a machine counts as nothing below this; the variance is then right to a percent. */
const leastWeight = 1e-3

/** Links that are followed for one machine before they are left to the equations. */
const maxLinksFollowed = 40_000

type Weights = ReadonlyMap<number, number>

/**
 * The weights z of everybody's receipts in the deviation of one machine: z_i = 1 - sum_l p_il z_l and z_k = - sum_l
 * p_kl z_l, by relaxing one machine after the other; only those near it are ever touched. Undefined where that does not
 * come to an end.
 */
const relaxed = (senders: Senders.Senders, rollsHz: Rolls, machine: number): Weights | undefined => {
  const weights = new Map<number, number>()
  const left = new Map([[machine, 1]])
  const waiting = [machine]
  let followed = 0
  for (let done = 0; done < waiting.length; done++) {
    const to = waiting[done]!
    const weight = left.get(to)!
    left.set(to, 0)
    weights.set(to, (weights.get(to) ?? 0) + weight)
    followed += senders.first[to + 1]! - senders.first[to]!
    if (followed > maxLinksFollowed) return undefined
    for (let slot = senders.first[to]!; slot < senders.first[to + 1]!; slot++) {
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

/** Links a machine from which on everybody is near everybody. */
const dense = 4

/**
 * The same by the equations as a whole, for all machines of a few at once. Those that roll: (I + P) Z = I, a column for
 * each; one that does not has its receipts alone, and what they take from those that roll.
 */
const solved = (senders: Senders.Senders, rollsHz: Rolls): ReadonlyArray<Weights> | undefined => {
  const all = Array.from({ length: rollsHz.length - 1 }, (_, k) => k + 1)
  const rolling = all.filter((i) => rollsHz[i]! > 0)
  if (rolling.length === 0) return undefined
  const p = (from: number, to: number) => Senders.perRollOf(senders, from, to)
  const rows = rolling.map((k) => rolling.map((l) => (k === l ? 1 : 0) + p(k, l)))
  const right = rolling.map((k) => all.map((i) => (i === k ? 1 : rollsHz[i] === 0 ? -p(k, i) : 0)))
  const z = LinearEquations.solveAll(rows, right)
  return z?.[0]?.map((_, at) => {
    const [i, weights] = [all[at]!, new Map(rolling.map((k, row) => [k, z[row]![at]!]))]
    return rollsHz[i] === 0 ? weights.set(i, 1) : weights
  })
}

/** Of each machine. Feedback that does not come to an end, as where nothing is stable, is left out. */
const weightsIn = (senders: Senders.Senders, rollsHz: Rolls): ((machine: number) => Weights) => {
  const machines = rollsHz.length - 1
  const isDense = senders.sender.length > dense * machines && machines <= Limits.maxForetoldMachines
  const all = isDense ? solved(senders, rollsHz) : undefined
  return (machine) => all?.[machine - 1] ?? relaxed(senders, rollsHz, machine) ?? new Map([[machine, 1]])
}

/** Of what one roll of a machine adds, when a message to machine i counts z_i. */
const varianceOfRoll = (
  sides: number,
  { neighbours, group }: Reach.OfMachine,
  z: (machine: number) => number,
): number => {
  const count = neighbours.length
  let [sum, squares, ofPairs] = [0, 0, 0]
  for (const [i, neighbour] of neighbours.entries()) {
    const [a, b] = [z(neighbour), count === 1 ? 0 : z(neighbours[(i + 1) % count]!)]
    sum += a
    squares += a * a
    ofPairs += (a + b) ** 2
  }
  // Sides 1 and 2 address a neighbour each, all equally often.
  const single = { mean: (2 * sum) / count, square: (2 * squares) / count }
  const ofGroup = (group ?? []).reduce((all, one) => all + z(one), 0)
  const both =
    group === null
      ? { mean: ((count === 1 ? 1 : 2) * sum) / count, square: ofPairs / count }
      : { mean: ofGroup, square: ofGroup ** 2 }
  return (single.square + both.square) / sides - ((single.mean + both.mean) / sides) ** 2
}

/** The same where only one recipient counts, for whom p messages a roll come, one at a time. */
const varianceOfOne = (p: number, z: number): number => p * (1 - p) * z * z

/**
 * By machine, the variance a second: of its rolls where it is unsaturated, of what comes in to it where it is
 * saturated. Entry 0 is unused.
 */
export const of = (config: RunConfig, senders: Senders.Senders, rollsHz: Rolls): Float64Array => {
  const reach = Reach.of(config)
  const weightsOf = weightsIn(senders, rollsHz)
  const variance = new Float64Array(rollsHz.length)
  for (let machine = 1; machine < rollsHz.length; machine++) {
    const weights = weightsOf(machine)
    const z = (recipient: number) => weights.get(recipient) ?? 0
    const rolling = new Set<number>()
    for (const recipient of weights.keys())
      for (let slot = senders.first[recipient]!; slot < senders.first[recipient + 1]!; slot++) {
        const from = senders.sender[slot]!
        if (weights.size > 1) rolling.add(from)
        else variance[machine]! += rollsHz[from]! * varianceOfOne(senders.perRoll[slot]!, z(recipient))
      }
    for (const from of rolling)
      variance[machine]! += rollsHz[from]! * varianceOfRoll(config.sides, reach.of(from), z)
  }
  return variance
}
