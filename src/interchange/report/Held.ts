/** What a delivery order held back, of the messages that were received: how many, how many at once, for how long. */
import type { HeldBack } from "../../domain/Message.ts"

export interface HeldSpread {
  readonly received: number
  readonly held: number
  /** The most that its layer held at a moment. */
  readonly mostAtOnce: number
  readonly medianUs: number
  readonly p99Us: number
  readonly maxUs: number
}

export interface Held {
  readonly step: (receipt: Receipt) => void
  /** By machine. */
  readonly finish: (machines: number) => ReadonlyArray<HeldSpread>
}

interface Receipt {
  readonly machine: number
  readonly payload: HeldBack & { readonly arrivedAtUs: number }
}

interface Layer {
  received: number
  /** An entry a message that was held back. */
  readonly cameUs: Array<number>
  readonly letInUs: Array<number>
}

const ascending = (values: ReadonlyArray<number>): Float64Array => Float64Array.from(values).sort()

/** A message that is let in as another comes is held no more. */
const mostAtOnce = ({ cameUs, letInUs }: Layer): number => {
  const [came, letIn] = [ascending(cameUs), ascending(letInUs)]
  let [most, gone] = [0, 0]
  for (const [i, atUs] of came.entries()) {
    while (letIn[gone]! <= atUs) gone++
    most = Math.max(most, i + 1 - gone)
  }
  return most
}

const spreadOf = (layer: Layer): HeldSpread => {
  const heldUs = ascending(layer.letInUs.map((letInUs, i) => letInUs - layer.cameUs[i]!))
  const quantile = (q: number): number => heldUs[Math.max(0, Math.ceil(q * heldUs.length) - 1)] ?? 0
  return {
    received: layer.received,
    held: heldUs.length,
    mostAtOnce: mostAtOnce(layer),
    medianUs: quantile(0.5),
    p99Us: quantile(0.99),
    maxUs: quantile(1),
  }
}

export const make = (): Held => {
  const layers: Array<Layer | undefined> = []
  const of = (machine: number): Layer => {
    layers[machine] ??= { received: 0, cameUs: [], letInUs: [] }
    return layers[machine]
  }
  return {
    step: ({ machine, payload: { arrivedAtUs, heldUs } }) => {
      const layer = of(machine)
      layer.received++
      if (heldUs === undefined) return
      layer.cameUs.push(arrivedAtUs - heldUs)
      layer.letInUs.push(arrivedAtUs)
    },
    finish: (machines) => Array.from({ length: machines }, (_, i) => spreadOf(of(i + 1))),
  }
}
