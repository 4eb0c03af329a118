/**
 * When messages of differing latencies arrive: a draw of the sender's network stream each, and never before one that
 * was sent earlier on the same link.
 */
import * as Random from "../../domain/Random.ts"

const perTwo32 = 1 / 0x1_0000_0000
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
  const draw = (machine: number): number => {
    const at = words * machine
    const [b, c, counter] = [streams[at + 1]!, streams[at + 2]!, streams[at + 3]!]
    const sum = (streams[at]! + b + counter) | 0
    streams[at] = b ^ (b >>> 9)
    streams[at + 1] = c + (c << 3)
    streams[at + 2] = ((c << 21) | (c >>> 11)) + sum
    streams[at + 3] = counter + 1
    return sum >>> 0
  }
  return (machine, isToB, sentUs) => {
    const link = 2 * machine + isToB
    const latencyUs = lowUs + Math.floor(draw(machine) * latencies * perTwo32)
    const atUs = Math.max(sentUs + latencyUs, lastUs[link]!)
    lastUs[link] = atUs
    return atUs
  }
}
