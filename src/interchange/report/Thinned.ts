/**
 * A line of any number of points in bounded memory. Beyond twice its capacity, points are thinned: of each of
 * equal slices of time the first, the smallest, the largest and the last are kept ("M4", Jugel et al. 2014), so
 * extremes stay exact and a line drawn at the width of a page looks the same.
 */
import type { Series } from "./ReportData.ts"

export interface Thinned {
  /** Times must not fall. */
  readonly add: (atUs: number, value: number) => void
  readonly finish: (machine: number) => Series
}

const pointsPerSlice = 4

/** The points of one slice that are kept, by index, ascending and distinct. */
const keptOf = (values: ReadonlyArray<number>, from: number, to: number): ReadonlyArray<number> => {
  let [least, most] = [from, from]
  for (let i = from + 1; i < to; i++) {
    if (values[i]! < values[least]!) least = i
    if (values[i]! >= values[most]!) most = i
  }
  return [...new Set([from, Math.min(least, most), Math.max(least, most), to - 1])]
}

export const make = (capacity: number): Thinned => {
  let times: Array<number> = []
  let values: Array<number> = []
  let thinned = false

  const compact = (): void => {
    const slices = Math.max(1, Math.floor(capacity / pointsPerSlice))
    const start = times[0]!
    const widthUs = Math.max(1, (times[times.length - 1]! - start) / slices)
    const keptTimes: Array<number> = []
    const keptValues: Array<number> = []
    let from = 0
    while (from < times.length) {
      const slice = Math.floor((times[from]! - start) / widthUs)
      let to = from + 1
      while (to < times.length && Math.floor((times[to]! - start) / widthUs) === slice) to++
      for (const i of keptOf(values, from, to)) {
        keptTimes.push(times[i]!)
        keptValues.push(values[i]!)
      }
      from = to
    }
    thinned ||= keptTimes.length < times.length
    times = keptTimes
    values = keptValues
  }

  return {
    add: (atUs, value) => {
      times.push(atUs)
      values.push(value)
      if (times.length >= 2 * capacity) compact()
    },
    finish: (machine) => {
      if (times.length > capacity) compact()
      return { machine, atUs: times, values, thinned }
    },
  }
}
