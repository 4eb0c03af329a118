/**
 * The ticks of all machines in the order in which they are due, those of one instant by machine: a window of some
 * ticks at a time, sorted. Rates are whole numbers a second, so one second of ticks is like any other, and where a
 * second fits into a window it is sorted once and only its base moves.
 *
 * Rejected: a heap of machines, which moves log N entries a tick, and a ring for each rate with the least of their heads
 * next, which costs a search of the heads a tick. Either also has to fetch what a sorted list has side by side.
 */
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Schedule from "../../domain/Schedule.ts"
import * as KeySort from "./KeySort.ts"

export interface Agenda {
  /** The windows' machines, by slot, and when each is due, microseconds after the base. */
  readonly slots: Int32Array
  readonly offsetsUs: Int32Array
  /** Goes to the next window in which anything is due; false once nothing is. */
  readonly turn: () => boolean
  /** The beginning of the present window. A column of one: a product would be a small integer at first, and compiled as such. */
  readonly baseUs: Float64Array
  /** How many ticks of the present window are due before the run's end. */
  readonly count: () => number
}

const secondUs = 1_000_000
/** A window of fewer ticks is made of several seconds, one of more holds a part of a second. */
const minTicks = 1_024
const maxTicks = 16_777_216
const maxSeconds = 1_000

export const phasesOf = (config: RunConfig.RunConfig, rates: Uint16Array): Int32Array =>
  Int32Array.from(rates, (rate, machine) =>
    machine === 0 ? 0 : RunConfig.phaseOf(config.seed, machine, rate),
  )

/** How a run of these rates is cut into windows. */
const windowOf = (
  rates: Uint16Array,
  mostTicks: number,
): { readonly lengthUs: number; readonly seconds: number } => {
  const aSecond = rates.reduce((sum, rate) => sum + rate, 0)
  const seconds = Math.min(Math.max(1, Math.floor(minTicks / aSecond)), maxSeconds)
  const parts = Math.ceil(aSecond / mostTicks)
  return { lengthUs: seconds * Math.ceil(secondUs / parts), seconds: parts === 1 ? seconds : 0 }
}

/** `slotOf` says where each machine is. Nothing is due from `durationUs` on. */
export const make = (
  durationUs: number,
  rates: Uint16Array,
  phasesUs: Int32Array,
  slotOf: Int32Array,
  mostTicks = maxTicks,
): Agenda => {
  const { lengthUs, seconds } = windowOf(rates, mostTicks)
  const isLikeAnyOther = seconds > 0
  const copies = isLikeAnyOther ? seconds : 1
  const sortedUs = isLikeAnyOther ? secondUs : lengthUs
  const most = rates.reduce((sum, rate) => sum + Math.ceil((rate * sortedUs) / secondUs), 0)
  const slots = new Int32Array(copies * most)
  const offsetsUs = new Int32Array(copies * most)
  let sorted = 0
  let window = -1
  const baseUs = new Float64Array(1)
  let due = 0

  /** Of each machine the first tick that was not in a window yet. */
  const next = new Int32Array(rates.length)
  /** Ticks from `fromUs` to before `toUs`, as they come: the slot of each, by its time after `fromUs`. */
  const listed = (
    fromUs: number,
    toUs: number,
  ): { readonly pairs: KeySort.Pairs; readonly count: number } => {
    const [keys, values] = [new Int32Array(most), new Int32Array(most)]
    let count = 0
    for (let machine = 1; machine < rates.length; machine++) {
      const [phaseUs, rate, slot] = [phasesUs[machine]!, rates[machine]!, slotOf[machine]!]
      let tick = next[machine]!
      let dueUs = Schedule.offsetUs(phaseUs, rate, tick)
      while (dueUs < toUs) {
        keys[count] = dueUs - fromUs
        values[count++] = slot
        dueUs = Schedule.offsetUs(phaseUs, rate, ++tick)
      }
      next[machine] = tick
    }
    return { pairs: { keys, values }, count }
  }
  const fill = (fromUs: number): void => {
    const { pairs, count } = listed(fromUs, fromUs + sortedUs)
    KeySort.sort(pairs, count, { keys: offsetsUs, values: slots })
    sorted = copies * count
    for (let i = count; i < sorted; i++) {
      slots[i] = slots[i - count]!
      offsetsUs[i] = offsetsUs[i - count]! + secondUs
    }
  }
  const dueBefore = (lengthLeftUs: number): number => {
    if (lengthLeftUs >= lengthUs) return sorted
    let [low, high] = [0, sorted]
    while (low < high) {
      const middle = (low + high) >> 1
      if (offsetsUs[middle]! < lengthLeftUs) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    slots,
    offsetsUs,
    turn: () => {
      for (due = 0; due === 0; ) {
        const fromUs = ++window * lengthUs
        if (fromUs >= durationUs) return false
        baseUs[0] = fromUs
        if (window === 0 || !isLikeAnyOther) fill(fromUs)
        due = dueBefore(durationUs - fromUs)
      }
      return true
    },
    baseUs,
    count: () => due,
  }
}
