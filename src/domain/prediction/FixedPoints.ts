/**
 * Which utilisations can last. In rolls a second, x_i = r_i (1 - rho_i), the equations of the queues are
 *
 *     x_i = max(0, r_i - lambda_i),   lambda_i = sum over senders j of p_ji x_j
 *
 * that is x >= 0, w = x + P'x - r >= 0, x w = 0: a linear complementarity problem (Cottle, Pang and Stone, "The
 * Linear Complementarity Problem", 1992), whose slack w is the growth of the queues. The right side is a contraction
 * where no machine gets as much as one message a roll of all its senders together (five sides or more), and then there
 * is one solution. Otherwise several may be: for a few machines every choice of saturated ones is tried, for many,
 * damped iterations from several starts find those that a run can settle in.
 */
import * as Limits from "../Limits.ts"
import * as Random from "../Random.ts"
import * as LinearEquations from "./LinearEquations.ts"
import * as Senders from "./Senders.ts"

/** Rolls a second by machine; entry 0 is unused and 0. */
export type Rolls = Float64Array<ArrayBuffer>

export interface Solutions {
  readonly found: ReadonlyArray<{
    readonly rollsHz: Rolls
    /** Whether the damped iteration comes back to it from nearby. */
    readonly stable: boolean
  }>
  /** Whether these are all, but for what lies between two of a continuum. */
  readonly complete: boolean
  /** Whether all that lies between some two of them are solutions too. */
  readonly continuum: boolean
}

/** Of the largest rate: when an iteration has settled, what counts as no roll at all. */
const settledWithin = 1e-13
const noRoll = 1e-10
/** What an equation may be wrong by, and two solutions differ by to count as one. */
const solvedWithin = 1e-9
const sameWithin = 1e-7
/** And how far a solution is pushed to see whether it comes back. */
const push = 1e-4

interface Problem {
  readonly rates: Rolls
  readonly senders: Senders.Senders
  readonly seed: number
  readonly largestRate: number
}

/** All machines step at once, so that machines alike in the start stay alike; undefined if it does not settle. */
const settle = (problem: Problem, start: Rolls, damping: number): Rolls | undefined => {
  const { rates, senders, largestRate } = problem
  let now = start
  let next: Rolls = new Float64Array(start.length)
  let spare: Rolls = new Float64Array(start.length)
  for (let round = 0; round < Limits.maxPredictionRounds; round++) {
    let moved = 0
    for (let i = 1; i < now.length; i++) {
      const excess = rates[i]! - Senders.arrivalsHz(senders, now, i) - now[i]!
      next[i] = Math.max(0, now[i]! + damping * excess)
      moved = Math.max(moved, Math.abs(next[i]! - now[i]!))
    }
    if (moved <= settledWithin * largestRate) return next
    ;[now, next, spare] = [next, now === start ? spare : now, spare]
  }
  return undefined
}

const dampingOf = ({ senders: { most } }: Problem): number =>
  most < 1 ? 1 / (1 + most) : Math.min(0.2, 1 / (1 + most))

/** Whether no equation is wrong by more than rounding. */
const solves = ({ rates, senders, largestRate }: Problem, rollsHz: Rolls): boolean =>
  rollsHz.every((x, i) => {
    const right = i === 0 ? 0 : Math.max(0, rates[i]! - Senders.arrivalsHz(senders, rollsHz, i))
    return Math.abs(x - right) <= solvedWithin * largestRate
  })

/** All idle, all saturated, each half, and what the seed draws; fewer of the last where each costs more. */
function* starts({ rates, senders, seed }: Problem): Generator<Rolls> {
  yield rates.slice()
  yield rates.map(() => 0)
  yield rates.map((rate, i) => (i % 2 === 0 ? 0 : rate))
  yield rates.map((rate, i) => (i % 2 === 0 ? rate : 0))
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  const size = Math.max(rates.length, senders.sender.length / 2)
  const drawn = Math.min(Limits.predictionStarts, Math.ceil(Limits.predictionStartMachines / size))
  for (let k = 0; k < drawn; k++) yield rates.map((rate) => (rate * Random.below(draw(), 1_001)) / 1_000)
}

function* settledFrom(problem: Problem): Generator<Rolls> {
  for (const start of starts(problem)) {
    const rollsHz = settle(problem, start, dampingOf(problem))
    if (rollsHz !== undefined) yield rollsHz
  }
}

/** The solutions of every choice of saturated machines: the bits of `choice` are machines that still roll. */
function* enumerated(problem: Problem): Generator<Rolls> {
  const { rates, senders } = problem
  for (let choice = 0; choice < 2 ** (rates.length - 1); choice++) {
    const rolling = Array.from({ length: rates.length - 1 }, (_, k) => k + 1).filter(
      (i) => (choice >> (i - 1)) & 1,
    )
    const rows = rolling.map((i) => rolling.map((j) => (i === j ? 1 : 0) + Senders.perRollOf(senders, j, i)))
    const solution = LinearEquations.solve(
      rows,
      rolling.map((i) => rates[i]!),
    )
    if (solution === undefined) continue
    const rollsHz: Rolls = new Float64Array(rates.length)
    for (const [k, i] of rolling.entries()) rollsHz[i] = Math.max(0, solution[k]!)
    yield rollsHz
  }
}

const isStable = (problem: Problem, rollsHz: Rolls): boolean => {
  const draw = Random.draws(problem.seed, Random.Purpose.configuration, 0)
  const most = push * problem.largestRate
  const pushed = rollsHz.map((x, i) =>
    i === 0 ? 0 : Math.max(0, x + (most * (Random.below(draw(), 2_001) - 1_000)) / 1_000),
  )
  const back = settle(problem, pushed, dampingOf(problem))
  return back?.every((x, i) => Math.abs(x - rollsHz[i]!) <= 2 * most) ?? false
}

const near = ({ largestRate }: Problem, a: Rolls, b: Rolls): boolean =>
  a.every((x, i) => Math.abs(x - b[i]!) <= sameWithin * largestRate)

/** Whether all between two solutions are solutions: the same machines are saturated there, so the middle tells. */
const joined = (problem: Problem, a: Rolls, b: Rolls): boolean =>
  solves(
    problem,
    a.map((x, i) => (x + b[i]!) / 2),
  )

/** Whether `x` lies between `a` and `b`. */
const between = (problem: Problem, x: Rolls, a: Rolls, b: Rolls): boolean => {
  let along = 0
  let length = 0
  for (let i = 1; i < x.length; i++) {
    along += (x[i]! - a[i]!) * (b[i]! - a[i]!)
    length += (b[i]! - a[i]!) ** 2
  }
  const part = along / length
  return (
    part > 0 &&
    part < 1 &&
    near(
      problem,
      x,
      a.map((y, i) => y + part * (b[i]! - y)),
    )
  )
}

/** Stable ones first; then by how much the first machines roll. */
const inOrder = (a: Solutions["found"][number], b: Solutions["found"][number]): number => {
  if (a.stable !== b.stable) return a.stable ? -1 : 1
  const first = a.rollsHz.findIndex((x, i) => x !== b.rollsHz[i])
  return first < 0 ? 0 : b.rollsHz[first]! - a.rollsHz[first]!
}

const collect = (problem: Problem, candidates: Iterable<Rolls>, into: Array<Rolls>): void => {
  for (const candidate of candidates) {
    // Where exactly as much comes in as can be taken, an iteration leaves a little that is nothing but rounding.
    const rollsHz = candidate.map((x) => (x <= noRoll * problem.largestRate ? 0 : x))
    if (solves(problem, rollsHz) && !into.some((other) => near(problem, other, rollsHz))) into.push(rollsHz)
  }
}

/** The solutions for these rates, entry 0 unused and 0. */
export const solve = (rates: Rolls, senders: Senders.Senders, seed: number): Solutions => {
  const problem: Problem = { rates, senders, seed, largestRate: rates.reduce((a, b) => Math.max(a, b)) }
  const all: Array<Rolls> = []
  const alone = senders.most < 1
  const few = rates.length - 1 <= Limits.maxEnumeratedMachines
  if (alone) collect(problem, [settle(problem, rates.slice(), dampingOf(problem))!], all)
  else {
    if (few) collect(problem, enumerated(problem), all)
    collect(problem, settledFrom(problem), all)
    for (let damping = 0.1; all.length === 0 && damping > 0.001; damping /= 2)
      collect(problem, [settle(problem, rates.slice(), damping) ?? rates], all)
  }
  if (all.length === 0) throw new Error(`No fixed point was found for rates ${rates.slice(1).join(", ")}`)
  const pairs = all.flatMap((a, k) => all.slice(k + 1).map((b) => [a, b] as const))
  const segments = pairs.filter(([a, b]) => joined(problem, a, b))
  const ends = all.filter((x) => !segments.some(([a, b]) => x !== a && x !== b && between(problem, x, a, b)))
  const found = ends.map((rollsHz) => ({ rollsHz, stable: isStable(problem, rollsHz) })).sort(inOrder)
  return {
    found: found.slice(0, Limits.maxFixedPoints),
    complete: (alone || few) && found.length <= Limits.maxFixedPoints,
    continuum: segments.length > 0,
  }
}
