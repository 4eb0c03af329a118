/**
 * Messages of an ordering protocol, from layer to layer: each takes what a message takes in this network, by draws of
 * its own. They are no events and take no tick.
 */
import type { Change } from "../../../domain/Change.ts"
import * as Latency from "../../../domain/Latency.ts"
import * as Random from "../../../domain/Random.ts"
import type { RunConfig } from "../../../domain/RunConfig.ts"
import { type Happening, Happenings } from "../../Happenings.ts"

interface Notice extends Happening {
  /** Gives the machine whose layer may now have something to pass on. */
  readonly come: () => number | undefined
}

export class Notices {
  readonly #underWay = new Happenings<Notice>()
  #latency: Latency.Latency
  #seed: number
  readonly #draws: Array<(() => number) | undefined> = []
  #left = 0

  constructor({ latency = Latency.standard, seed }: Pick<RunConfig, "latency" | "seed">) {
    this.#latency = latency
    this.#seed = seed
  }

  get nextUs(): number {
    return this.#underWay.nextUs
  }

  /** For what leaves from now on. */
  change({ latency, seed }: Change): void {
    this.#latency = latency ?? this.#latency
    if (seed === undefined) return
    this.#seed = seed
    this.#draws.length = 0
  }

  send(sender: number, atUs: number, come: (atUs: number) => number | undefined): void {
    this.#draws[sender] ??= Random.draws(this.#seed, Random.Purpose.ordering, sender)
    const arrivesUs = atUs + Latency.next(this.#latency, this.#draws[sender])
    this.#underWay.push({ atUs: arrivesUs, order: this.#left++, come: () => come(arrivesUs) })
  }

  /** When the next comes, and to whose layer; it is dealt with. */
  next(): { readonly atUs: number; readonly machine: number | undefined } {
    const { atUs, come } = this.#underWay.pop()!
    return { atUs, machine: come() }
  }
}
