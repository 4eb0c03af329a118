/** How times are read from and shown to people. */
const microsecondsOf: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
}

/** Microseconds of a text such as 60s, 500ms or 1.5h; undefined where it has no unit or is no number. */
export const parseDuration = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * microsecondsOf[match[2]!]!)
}

export const showDuration = (us: number): string => {
  if (us < 1_000) return `${us}us`
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))}ms`
  return `${Number((us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 1))}s`
}
