/** What a round of the torture appends: the same for everybody who knows its seed and number. */
import type { LabEvent } from "../../../src/domain/ClockEvent.ts"
import * as Random from "../../../src/domain/Random.ts"

export interface Round {
  readonly seed: number
  readonly round: number
}

export const runOf = ({ round }: Round): string => `round${String(round).padStart(7, "0")}`

const machines = 3
const maxBatch = 300
const maxLabel = 400
const startUs = 1_700_000_000_000_000

export const drawsOf = ({ seed, round }: Round, purpose: Random.Purpose = Random.Purpose.fault) =>
  Random.draws(seed, purpose, round)

/** Sizes of the batches, one after another; one in eight is of a single event. */
export const batchSizes = function* (of: Round): Generator<number> {
  const draw = drawsOf(of, Random.Purpose.experiment)
  for (;;) yield Random.below(draw(), 8) === 0 ? 1 : 1 + Random.below(draw(), maxBatch)
}

/** The event at a position, from 1. Its label differs from all others, and in length, so that pages fill unevenly. */
export const eventAt = ({ seed, round }: Round, position: number): LabEvent => {
  const version = Math.ceil(position / machines)
  const length = (position * 7_919 + round * 104_729 + seed) % maxLabel
  return {
    machine: 1 + ((position - 1) % machines),
    version,
    occurredAtUs: startUs + position,
    lamport: version,
    queueLength: 0,
    kind: "internal",
    payload: { label: `${seed}/${round}/${position}/`.padEnd(length, "x") },
  }
}
