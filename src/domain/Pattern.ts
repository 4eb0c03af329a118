/**
 * Whom a roll of 3 addresses: a pair of neighbours, a group that is fixed at the start, or everybody. A send to many is
 * one event.
 */
import * as Random from "./Random.ts"

/** A pattern as it is named: `multicast:4` is multicast to a group of four. */
export type Pattern =
  | { readonly kind: "pair" | "broadcast" }
  | { readonly kind: "multicast"; readonly size: number }

export const standard = "pair"

/** Undefined where the text names none. */
export const parse = (text: string): Pattern | undefined => {
  if (text === "pair" || text === "broadcast") return { kind: text }
  const size = /^multicast:([1-9]\d{0,6})$/.exec(text)?.[1]
  return size === undefined ? undefined : { kind: "multicast", size: Number(size) }
}

/** Draws of a machine's configuration that come before those of its group: rate, phase and skew. */
const drawsBefore = 3

/** The group of a machine, drawn from its neighbours; ascending. */
export const group = (
  seed: number,
  machine: number,
  neighbours: ReadonlyArray<number>,
  size: number,
): ReadonlyArray<number> => {
  if (size === neighbours.length) return neighbours
  const draw = Random.draws(seed, Random.Purpose.configuration, machine)
  for (let i = 0; i < drawsBefore; i++) draw()
  return Random.sample(draw, neighbours.length, size).map((i) => neighbours[i]!)
}
