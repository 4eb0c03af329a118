/** Lengths of time as people write them: a number and its unit, 60s, 500ms or 1.5h. */
const microsecondsOf: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
}

/** Microseconds of such a text; undefined where it has no unit or is no number. */
export const parse = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * microsecondsOf[match[2]!]!)
}

/** In the largest unit up to seconds that says it exactly. */
export const exact = (us: number): string => {
  if (us % 1_000_000 === 0) return `${us / 1_000_000}s`
  return us % 1_000 === 0 ? `${us / 1_000}ms` : `${us}us`
}
