/** A share of something in parts per million, which people write in percent: 1%, 0.25%. */

export const whole = 1_000_000
const perPercent = 10_000

/** Parts per million; undefined where the text is no percentage of at most four decimals. */
export const parse = (text: string): number | undefined => {
  const match = /^(\d+)(?:\.(\d{1,4}))?%$/.exec(text)
  return match === null ? undefined : Number(match[1]) * perPercent + Number((match[2] ?? "").padEnd(4, "0"))
}

/** As `parse` reads it. */
export const write = (ppm: number): string => `${ppm / perPercent}%`
