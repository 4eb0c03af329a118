/** Times as text, by the million: neighbours in a log share their second, which is written once. */
import { toIso } from "../../domain/EventPayload.ts"

const kept = 64
const seconds = new Float64Array(kept).fill(-1)
const texts = new Array<string>(kept).fill("")

/** As `EventPayload.toIso` has it. */
export const iso = (us: number): string => {
  if (us < 0) return toIso(us)
  const second = Math.floor(us / 1_000_000)
  const place = second % kept
  if (seconds[place] !== second) {
    texts[place] = toIso(second * 1_000_000).slice(0, 20)
    seconds[place] = second
  }
  // The leading 1 keeps the zeros.
  return `${texts[place]}${String(1_000_000 + us - second * 1_000_000).slice(1)}Z`
}
