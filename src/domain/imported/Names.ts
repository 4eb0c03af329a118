/**
 * The machines of a foreign log, numbered from 1 in the order of their names. A machine may be called by more than
 * one name: what file `machine_1` writes, others send to `1`; so a name that no machine bears means the one machine
 * whose name ends in the same number.
 */
import * as Limits from "../Limits.ts"
import { storable } from "./Bounds.ts"

export class TooManyMachines extends Error {
  constructor(name: string) {
    super(
      `a log may be of at most ${Limits.maxImportedMachines} machines, found another, ${JSON.stringify(name.slice(0, 60))}`,
    )
  }
}

const collator = new Intl.Collator("en", { numeric: true })

const numberIn = (name: string): string | undefined => {
  const digits = /(\d+)$/.exec(name)?.[1]
  return digits === undefined ? undefined : String(BigInt(digits))
}

export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #names: Array<string> = []
  /** By the number at a name's end; 0 where two names share it. */
  readonly #byDigits = new Map<string, number>()
  readonly #aliases = new Map<string, number>()

  /** `known` are those that write lines, as far as the beginning of the log tells. */
  constructor(known: Iterable<string>) {
    for (const name of [...known].sort(collator.compare)) this.#add(name)
  }

  #add(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= Limits.maxImportedMachines) throw new TooManyMachines(name)
    const number = this.#names.push(name)
    this.#numbers.set(name, number)
    const digits = numberIn(name)
    if (digits !== undefined) this.#byDigits.set(digits, this.#byDigits.has(digits) ? 0 : number)
    return number
  }

  /** Of a machine that writes lines. */
  writer(name: string): number {
    return this.#numbers.get(name) ?? this.#add(name)
  }

  /** Of a machine that another names. */
  named(name: string): number {
    const known = this.#numbers.get(name) ?? this.#aliases.get(name)
    if (known !== undefined) return known
    const digits = numberIn(name)
    const same = digits === undefined ? undefined : this.#byDigits.get(digits)
    const number = same === undefined || same === 0 ? this.#add(name) : same
    this.#aliases.set(name, number)
    return number
  }

  /** By number from 1 on. */
  get all(): ReadonlyArray<string> {
    return this.#names.map(storable)
  }
}
