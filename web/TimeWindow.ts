/** The stretch of time that a diagram shows, in microseconds, and how it is moved; it never leaves the run. */
export interface TimeWindow {
  readonly fromUs: number
  readonly toUs: number
}

/** Narrower than this nothing more is to be told apart: stamps are whole microseconds. */
const narrowestUs = 100

/** The window of that width which lies within the run and as near as can be. */
export const within = (fromUs: number, widthUs: number, endUs: number): TimeWindow => {
  const width = Math.min(Math.max(widthUs, narrowestUs), Math.max(endUs, narrowestUs))
  const from = Math.min(Math.max(fromUs, 0), Math.max(endUs, narrowestUs) - width)
  return { fromUs: from, toUs: from + width }
}

/** Factor 2 shows half as much; the time `aboutUs` stays where it is. */
export const zoom = (
  { fromUs, toUs }: TimeWindow,
  factor: number,
  aboutUs: number,
  endUs: number,
): TimeWindow => {
  const width = (toUs - fromUs) / factor
  return within(aboutUs - ((aboutUs - fromUs) * width) / (toUs - fromUs), width, endUs)
}

export const pan = ({ fromUs, toUs }: TimeWindow, byUs: number, endUs: number): TimeWindow =>
  within(fromUs + byUs, toUs - fromUs, endUs)

/** The window moved as little as it takes to show a time well inside it. */
export const showing = (window: TimeWindow, us: number, endUs: number): TimeWindow => {
  const { fromUs, toUs } = window
  const margin = (toUs - fromUs) / 8
  if (us < fromUs + margin) return pan(window, us - fromUs - margin, endUs)
  return us > toUs - margin ? pan(window, us - toUs + margin, endUs) : window
}

/** Marks of an axis: multiples of 1, 2 or 5 times a power of ten, about `count` of them. */
export const ticks = ({ fromUs, toUs }: TimeWindow, count: number): ReadonlyArray<number> => {
  const rough = (toUs - fromUs) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10)
  const first = Math.ceil(fromUs / step)
  return Array.from(
    { length: Math.max(0, Math.floor(toUs / step) - first + 1) },
    (_, i) => (first + i) * step,
  )
}

/** Seconds with as many digits as tell neighbouring marks apart. */
export const secondsOf = (us: number, stepUs: number): string => {
  const digits = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(Math.max(1, stepUs)) + 1e-9)))
  return (us / 1_000_000).toFixed(digits)
}
