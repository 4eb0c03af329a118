/**
 * When messages of differing latencies arrive: a draw of the sender's network stream each, and never before one that
 * was sent earlier on the same link.
 */
import * as Random from "../../domain/Random.ts"

const words = 4

/** Of uniform latencies; `isToB` is 0 on a machine's link to its peer A, 1 on that to B. */
export const make = (
  { seed, machines }: { readonly seed: number; readonly machines: number },
  { lowUs, highUs }: { readonly lowUs: number; readonly highUs: number },
): ((machine: number, isToB: number, sentUs: number) => number) => {
  const latencies = highUs - lowUs + 1
  const streams = new Int32Array(words * (machines + 1))
  for (let machine = 1; machine <= machines; machine++) {
    const { a, b, c, counter } = Random.stream(seed, Random.Purpose.network, machine)
    streams.set([a, b, c, counter], words * machine)
  }
  /** Entry 2m is of machine m's link to A, 2m + 1 of that to B. */
  const lastUs = new Float64Array(2 * machines + 2)
  return (machine, isToB, sentUs) => {
    const link = 2 * machine + isToB
    const latencyUs = lowUs + Random.below(Random.drawAt(streams, words * machine), latencies)
    const atUs = Math.max(sentUs + latencyUs, lastUs[link]!)
    lastUs[link] = atUs
    return atUs
  }
}
