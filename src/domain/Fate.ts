/**
 * What a modelled network does to a message: whether it is lost, or doubled. It follows from the seed and from which
 * message it is, not from the order of draws, so that whoever reads a record can tell for every message by itself.
 */
import * as Random from "./Random.ts"
import * as Share from "./Share.ts"

export interface Odds {
  /** Parts per million of all messages; nothing where left out. */
  readonly lossPpm?: number
  readonly duplicationPpm?: number
}

export interface Fate {
  readonly lost: boolean
  /** That it comes twice; never of one that is lost. */
  readonly doubled: boolean
}

const nothing: Fate = { lost: false, doubled: false }

/** Fates of the messages of a run, by sender, send version and recipient. */
export const of = (
  seed: number,
  { lossPpm = 0, duplicationPpm = 0 }: Odds,
): ((sender: number, sendVersion: number, recipient: number) => Fate) => {
  if (lossPpm === 0 && duplicationPpm === 0) return () => nothing
  const keys = new Map<number, number>()
  const keyOf = (sender: number): number => {
    const known = keys.get(sender)
    if (known !== undefined) return known
    const key = Random.draws(seed, Random.Purpose.fault, sender)()
    keys.set(sender, key)
    return key
  }
  return (sender, sendVersion, recipient) => {
    const first = Random.fromWords(keyOf(sender), sendVersion, recipient)
    const second = Random.advance(first)
    const lost = Random.below(Random.peek(first.a, first.b, first.counter), Share.whole) < lossPpm
    const doubled =
      Random.below(Random.peek(second.a, second.b, second.counter), Share.whole) < duplicationPpm
    return { lost, doubled: doubled && !lost }
  }
}
