/** How times are read from and shown to people. */
export { parse as parseDuration } from "../domain/Duration.ts"

export const showDuration = (us: number): string => {
  if (us < 1_000) return `${us}us`
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))}ms`
  return `${Number((us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 1))}s`
}
