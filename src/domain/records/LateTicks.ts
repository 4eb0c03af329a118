/** How late ticks are, in whole microseconds: in virtual time nearly all are made when they are due. */
import * as Histogram from "../Histogram.ts"

/** Those of less are counted apart, without a look for a bucket. */
const little = 128

export class LateTicks {
  readonly #little = new Float64Array(little)
  readonly #late = Histogram.make()
  readonly #most: Float64Array

  constructor(machines: number) {
    this.#most = new Float64Array(machines + 1)
  }

  /** A tick of the machine is so late; those that are not are not told. */
  add(machine: number, lateUs: number): void {
    if (lateUs < little) this.#little[lateUs]!++
    else this.#late.record(lateUs)
    if (lateUs > this.#most[machine]!) this.#most[machine] = lateUs
  }

  /** Of so many ticks; entry m of `mostUs` is the largest of machine m. */
  finish(ticks: number): { readonly all: Histogram.Histogram; readonly mostUs: Float64Array } {
    const told = this.#little.reduce((sum, count) => sum + count, this.#late.count())
    this.#late.record(0, ticks - told)
    for (const [lateUs, count] of this.#little.entries()) if (count > 0) this.#late.record(lateUs, count)
    return { all: this.#late, mostUs: this.#most }
  }
}
