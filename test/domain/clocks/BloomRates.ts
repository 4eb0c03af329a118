/** How often a Bloom clock orders concurrent events of runs, beside what is predicted. */
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import {
  bloom,
  counters,
  type Filter,
  falsePositives,
  falsePositivesBySums,
} from "../../../src/domain/clocks/Bloom.ts"
import { vector } from "../../../src/domain/clocks/Vector.ts"
import { machinesOf, stamped } from "./StampedLog.ts"

export const isBelow = (a: Filter, b: Filter): boolean => a.every((counter, i) => counter <= b[i]!)

export const sumOf = (filter: Filter): number => filter.reduce((sum, counter) => sum + counter, 0)

const known = new Map<string, number>()

const predictedOf = (own: number, others: number): number => {
  const key = `${own} ${others}`
  const found = known.get(key) ?? falsePositives(own, others)
  known.set(key, found)
  return found
}

export interface Rates {
  readonly concurrent: number
  readonly measured: number
  readonly predicted: number
  readonly bySums: number
}

/** Of all concurrent pairs of runs, both ways: how often the first is taken to be before the second. */
export const bloomRates = (logs: ReadonlyArray<ReadonlyArray<Logged>>): Rates => {
  let [concurrent, positives, predicted, bySums] = [0, 0, 0, 0]
  for (const log of logs) {
    const filters = stamped(bloom, log).entries
    const vectors = stamped(vector, log).entries
    const byMachine = Array.from({ length: machinesOf(log) }, (_, i) =>
      filters.filter(({ event }) => event.machine === i + 1).map(({ stamp }) => stamp),
    )
    /** The sum of the filter of all that both know of. */
    const sharedOf = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
      const filter = new Array<number>(counters).fill(0)
      byMachine.forEach((own, k) => {
        const last = own[Math.min(a[k]!, b[k]!) - 1]
        last?.forEach((counter, i) => {
          filter[i] = Math.max(filter[i]!, counter)
        })
      })
      return sumOf(filter)
    }
    for (const [i, a] of filters.entries())
      for (const [j, b] of filters.entries()) {
        const [v, w] = [vectors[i]!.stamp, vectors[j]!.stamp]
        if (vector.compare(v, w) !== "concurrent") continue
        concurrent++
        if (isBelow(a.stamp, b.stamp)) positives++
        const shared = sharedOf(v, w)
        predicted += predictedOf(sumOf(a.stamp) - shared, sumOf(b.stamp) - shared)
        bySums += falsePositivesBySums(sumOf(a.stamp), sumOf(b.stamp))
      }
  }
  return {
    concurrent,
    measured: positives / concurrent,
    predicted: predicted / concurrent,
    bySums: bySums / concurrent,
  }
}
