/**
 * What events say of arrivals before it is known when these were. An event claims that so many messages had
 * arrived by its time: arrival number `count` before it, and the next one after it. Of all that claim the same
 * number the first two and the last two matter; there are no more numbers than messages in the inbox.
 */
export interface Claimant {
  readonly version: number
  readonly position: number
}

export interface Claim {
  readonly count: number
  first: Claimant
  firstUs: number
  secondFirstUs: number
  last: Claimant
  lastUs: number
  secondLastUs: number
}

/** Where claims before the head are given back. */
const compactFrom = 64

export class Claims {
  /** By count, from `#head` on. */
  #claims: Array<Claim> = []
  #head = 0

  /** The lowest count claimed. */
  get lowest(): Claim | undefined {
    return this.#claims[this.#head]
  }

  /** An event at `occurredAtUs` claims `count` arrivals, the last of them before `notBeforeUs`. */
  add(count: number, claimant: Claimant, notBeforeUs: number, occurredAtUs: number): void {
    const claims = this.#claims
    let at = claims.length
    while (at > this.#head && claims[at - 1]!.count > count) at--
    const known = at > this.#head ? claims[at - 1] : undefined
    const by = { version: claimant.version, position: claimant.position }
    if (known?.count === count) {
      join(known, by, notBeforeUs, occurredAtUs)
      return
    }
    const claim: Claim = {
      count,
      first: by,
      firstUs: notBeforeUs,
      secondFirstUs: Number.POSITIVE_INFINITY,
      last: by,
      lastUs: occurredAtUs,
      secondLastUs: Number.NEGATIVE_INFINITY,
    }
    if (at === claims.length) claims.push(claim)
    else claims.splice(at, 0, claim)
  }

  dropLowest(): void {
    this.#head++
    if (this.#head < compactFrom || this.#head * 2 < this.#claims.length) return
    this.#claims = this.#claims.slice(this.#head)
    this.#head = 0
  }

  /** Claims that no arrival has settled, by count. */
  left(): ReadonlyArray<Claim> {
    return this.#claims.slice(this.#head)
  }
}

const join = (claim: Claim, claimant: Claimant, notBeforeUs: number, occurredAtUs: number): void => {
  if (notBeforeUs < claim.firstUs) {
    claim.secondFirstUs = claim.firstUs
    claim.firstUs = notBeforeUs
    claim.first = claimant
  } else if (notBeforeUs < claim.secondFirstUs) claim.secondFirstUs = notBeforeUs
  if (occurredAtUs > claim.lastUs) {
    claim.secondLastUs = claim.lastUs
    claim.lastUs = occurredAtUs
    claim.last = claimant
  } else if (occurredAtUs > claim.secondLastUs) claim.secondLastUs = occurredAtUs
}
