/** Shares as people read them, with their standard errors. */
import type { Share } from "./Pairs.ts"

const percentText = (part: number): string => (100 * part).toPrecision(part < 0.0995 ? 2 : 3)

/** All but a few is not all. */
const almostAll = (part: number): string =>
  [4, 5, 6].map((digits) => (100 * part).toPrecision(digits)).find((text) => Number(text) < 100) ?? "99.9999"

export const percent = ({ share, standardError }: Share): string => {
  if (share === null) return "-"
  if (share === 0) return "none"
  if (share === 1) return "all"
  const text = Number(percentText(share)) === 100 ? almostAll(share) : percentText(share)
  return standardError === null ? `${text} %` : `${text} ± ${percentText(standardError)} %`
}
