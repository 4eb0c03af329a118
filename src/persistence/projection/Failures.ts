/** Which generations have failed in which runs, as long as the process lives: there they are left alone. */
import type { Generation } from "./Generations.ts"

type Named = Pick<Generation, "projection" | "generation">

const nameOf = ({ projection, generation }: Named): string => `${projection.name} ${generation}`

export class Failures {
  readonly #runs = new Map<string, Set<string>>()

  add(run: string, generation: Named): void {
    const runs = this.#runs.get(nameOf(generation)) ?? new Set()
    this.#runs.set(nameOf(generation), runs.add(run))
  }

  has(run: string, generation: Named): boolean {
    return this.#runs.get(nameOf(generation))?.has(run) === true
  }

  /** Whether there is any run in which it failed. */
  hasAny(generation: Named): boolean {
    return this.#runs.has(nameOf(generation))
  }
}
