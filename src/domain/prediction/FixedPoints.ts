/**
 * Which utilisations can last. In rolls a second, x_i = r_i (1 - rho_i), the equations of the queues are
 *
 *     x_i = max(0, r_i - lambda_i),   lambda_i = sum over senders j of p_ji x_j
 *
 * that is x >= 0, w = x + P'x - r >= 0, x w = 0: a linear complementarity problem (Cottle, Pang and Stone, "The
 * Linear Complementarity Problem", 1992), whose slack w is the growth of the queues. The right side is a contraction
 * if no machine gets as much as one message a roll of all its senders together (five sides or more), and then there is
 * one solution. Otherwise several may be, and for a few machines all choices of saturated ones are tried; for many,
 * damped iterations from several starts find those that a run can settle in.
 */
import * as Limits from "../Limits.ts"
import * as Random from "../Random.ts"
import * as Senders from "./Senders.ts"

export interface Found {
  /** By machine, entry 0 unused and 0. */
  readonly rollsHz: Float64Array
  /** Whether the damped iteration returns to it from nearby. */
  readonly stable: boolean
}

export interface Solutions {
  readonly found: ReadonlyArray<Found>
  /** Whether these are all, but for what lies between two of a continuum. */
  readonly complete: boolean
}

/** Of the largest rate: what two solutions may differ by to count as one, and an equation be wrong by. */
const sameWithin = 1e-7
const solvedWithin = 1e-13

/** How far a solution is pushed to see whether it comes back. */
const push = 1e-4

interface Problem {
  readonly rates: Float64Array
  readonly senders: Senders.Senders
  readonly largestRate: number
}

/** The largest error of any equation, ticks a second. */
export const residual = ({ rates, senders }: Pick<Problem, "rates" | "senders">, rollsHz: Float64Array) => {
  let worst = 0
  for (let i = 1; i < rates.length; i++) {
    const right = Math.max(0, rates[i]! - Senders.arrivalsHz(senders, rollsHz, i))
    worst = Math.max(worst, Math.abs(rollsHz[i]! - right))
  }
  return worst
}

/** All machines step at once, so that machines alike in the start stay alike; undefined if it does not settle. */
const settle = (problem: Problem, start: Float64Array): Float64Array | undefined => {
  const { rates, senders, largestRate } = problem
  const damping = senders.most < 1 ? 1 / (1 + senders.most) : 0.2
  let now = start
  let next = new Float64Array(start.length)
  for (let round = 0; round < Limits.maxPredictionRounds; round++) {
    let error = 0
    for (let i = 1; i < now.length; i++) {
      const excess = rates[i]! - Senders.arrivalsHz(senders, now, i) - now[i]!
      next[i] = Math.max(0, now[i]! + damping * excess)
      error = Math.max(error, Math.abs(next[i]! - now[i]!))
    }
    const before = now
    now = next
    next = before
    if (error <= solvedWithin * largestRate) return now
  }
  return undefined
}

const same = (problem: Problem, a: Float64Array, b: Float64Array): boolean =>
  a.every((value, i) => Math.abs(value - b[i]!) <= sameWithin * problem.largestRate)

/** All idle, all saturated, each half, and what the seed draws. */
function* starts({ rates }: Problem, seed: number): Generator<Float64Array> {
  yield rates.map((rate) => rate)
  yield rates.map(() => 0)
  yield rates.map((rate, i) => (i % 2 === 0 ? 0 : rate))
  yield rates.map((rate, i) => (i % 2 === 0 ? rate : 0))
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  for (let k = 0; k < Limits.predictionStarts; k++)
    yield rates.map((rate) => (rate * Random.below(draw(), 1_001)) / 1_000)
}

const isStable = (problem: Problem, rollsHz: Float64Array, seed: number): boolean => {
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  const pushed = rollsHz.map((x, i) =>
    i === 0
      ? 0
      : Math.max(0, x + (push * problem.largestRate * (Random.below(draw(), 2_001) - 1_000)) / 1_000),
  )
  const back = settle(problem, pushed)
  return back?.every((x, i) => Math.abs(x - rollsHz[i]!) <= 2 * push * problem.largestRate) ?? false
}

/** The solutions for these rates, entry 0 unused and 0. */
export const solve = (rates: Float64Array, senders: Senders.Senders, seed: number): Solutions => {
  const problem: Problem = { rates, senders, largestRate: rates.reduce((a, b) => Math.max(a, b)) }
  if (senders.most < 1) {
    const only = settle(problem, rates.slice())!
    return { found: [{ rollsHz: only, stable: true }], complete: true }
  }
  const found: Array<Float64Array> = []
  for (const start of starts(problem, seed)) {
    const solution = settle(problem, start)
    if (solution !== undefined && !found.some((other) => same(problem, other, solution))) found.push(solution)
  }
  return {
    found: found.map((rollsHz) => ({ rollsHz, stable: isStable(problem, rollsHz, seed) })),
    complete: false,
  }
}
