/**
 * What a modelled network does to a message: whether it is lost, or doubled. It follows from the seed and from which
 * message it is, not from the order of draws, so that whoever reads a record can tell for every message by itself.
 */
import type { Change } from "./Change.ts"
import * as Message from "./Message.ts"
import * as Random from "./Random.ts"
import type { RunConfig } from "./RunConfig.ts"
import * as Share from "./Share.ts"

export interface Odds {
  /** Parts per million of all messages; nothing where left out. */
  readonly lossPpm?: number
  readonly duplicationPpm?: number
}

export interface Fate {
  readonly lost: boolean
  /** That it comes twice; of one that is lost only where a fork drops it, whose second copy was under way already. */
  readonly doubled: boolean
}

type FateOf = (sender: number, sendVersion: number, recipient: number) => Fate

const nothing: Fate = { lost: false, doubled: false }

/** Fates of the messages of a run, by sender, send version and recipient. */
export const of = (seed: number, { lossPpm = 0, duplicationPpm = 0 }: Odds): FateOf => {
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

export interface Fates {
  readonly of: FateOf
  /** Messages of sends beyond these versions have the fates that the change gives; entry m is machine m's. */
  readonly change: (change: Change, versions: ArrayLike<number>) => void
}

/** The same of a run that may be a fork. */
export const ofRun = (config: RunConfig): Fates => {
  const { changes = [] } = config
  const drops = new Set(
    changes.flatMap(({ drops = [] }) =>
      drops.map((drop) => Message.nameOf(drop.sender, drop.sendVersion, drop.recipient)),
    ),
  )
  let [seed, odds]: [number, Odds] = [config.seed, config]
  const spans: Array<{ readonly beyond: ArrayLike<number> | undefined; readonly fateOf: FateOf }> = [
    { beyond: undefined, fateOf: of(seed, odds) },
  ]
  const drawn: FateOf = (sender, sendVersion, recipient) => {
    let i = spans.length - 1
    while (i > 0 && sendVersion <= spans[i]!.beyond![sender]!) i--
    return spans[i]!.fateOf(sender, sendVersion, recipient)
  }
  return {
    of:
      drops.size === 0
        ? drawn
        : (sender, sendVersion, recipient) => {
            const fate = drawn(sender, sendVersion, recipient)
            return drops.has(Message.nameOf(sender, sendVersion, recipient)) ? { ...fate, lost: true } : fate
          },
    change: (change, versions) => {
      if (change.seed === undefined && change.lossPpm === undefined && change.duplicationPpm === undefined)
        return
      seed = change.seed ?? seed
      odds = {
        lossPpm: change.lossPpm ?? odds.lossPpm ?? 0,
        duplicationPpm: change.duplicationPpm ?? odds.duplicationPpm ?? 0,
      }
      spans.push({ beyond: Array.from(versions), fateOf: of(seed, odds) })
    },
  }
}
