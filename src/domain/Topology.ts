/**
 * Who is linked to whom. In the topology that a run has unless told otherwise, `cycles`, every machine has two peers,
 * its successors in two arc-disjoint Hamiltonian cycles drawn from the seed: so each sends to two and hears from two,
 * the graph is connected, and a thousand machines need two thousand links. With three machines these are simply the
 * other two. The others are graphs of every textbook; in each of them every machine reaches every other.
 */
import * as Random from "./Random.ts"

/** A topology as it is named: `random:3` is random with three links out of every machine. */
export type Topology =
  | { readonly shape: "cycles" | "complete" | "ring" | "star" | "grid" }
  | { readonly shape: "random"; readonly out: number }

export const standard = "cycles"

const shapes: ReadonlySet<string> = new Set(["cycles", "complete", "ring", "star", "grid"])

/** Undefined where the text names none. */
export const parse = (text: string): Topology | undefined => {
  if (shapes.has(text)) return { shape: text } as Topology
  const out = /^random:([1-9]\d{0,6})$/.exec(text)?.[1]
  return out === undefined ? undefined : { shape: "random", out: Number(out) }
}

export interface Peers {
  /** Peer A, the lower number; 0 where there is none. */
  readonly a: Int32Array
  /** Peer B; equal to A with two machines. Both arrays are indexed by machine, entry 0 unused. */
  readonly b: Int32Array
}

/** The successor of each machine in a uniformly drawn Hamiltonian cycle (Fisher and Yates over 1..n). */
const drawCycle = (n: number, draw: () => number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i + 1)
  for (let i = n - 1; i > 0; i--) {
    const j = Random.below(draw(), i + 1)
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  const successor = new Int32Array(n + 1)
  for (let i = 0; i < n; i++) successor[order[i]!] = order[(i + 1) % n]!
  return successor
}

const shareAnArc = (left: Int32Array, right: Int32Array): boolean => {
  for (let machine = 1; machine < left.length; machine++) if (left[machine] === right[machine]) return true
  return false
}

/** The two-cycle graph over machines 1..n. */
export const twoCycles = (seed: number, n: number): Peers => {
  if (n === 1) return { a: new Int32Array(2), b: new Int32Array(2) }
  if (n === 2) return { a: Int32Array.of(0, 2, 1), b: Int32Array.of(0, 2, 1) }
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  const first = drawCycle(n, draw)
  // A drawn cycle avoids all arcs of another with probability near 1/e, so a few draws do.
  let second = drawCycle(n, draw)
  while (shareAnArc(first, second)) second = drawCycle(n, draw)
  return {
    a: first.map((peer, machine) => Math.min(peer, second[machine]!)),
    b: first.map((peer, machine) => Math.max(peer, second[machine]!)),
  }
}

/** The distinct peers of one machine, ascending. */
export const peersOf = (peers: Peers, machine: number): ReadonlyArray<number> => {
  const a = peers.a[machine]!
  const b = peers.b[machine]!
  return a === 0 ? [] : a === b ? [a] : [a, b]
}

/** The columns of a grid as near to a square as may be: the least whose square holds n machines. */
const columnsOf = (n: number): number => {
  let columns = 1
  while (columns * columns < n) columns++
  return columns
}

/** Row by row from the top left; the last row may end early. */
const gridNeighbours = (machine: number, columns: number, n: number): ReadonlyArray<number> => {
  const column = (machine - 1) % columns
  const found: Array<number> = []
  if (machine > columns) found.push(machine - columns)
  if (column > 0) found.push(machine - 1)
  if (column < columns - 1 && machine < n) found.push(machine + 1)
  if (machine + columns <= n) found.push(machine + columns)
  return found
}

/** All machines but this one, ascending. */
export const others = (machine: number, n: number): ReadonlyArray<number> =>
  Array.from({ length: n - 1 }, (_, i) => (i + 1 < machine ? i + 1 : i + 2))

/**
 * `out` links from every machine: to its successor in a drawn Hamiltonian cycle, which keeps the graph connected, and
 * to others that are drawn for it.
 */
const randomNeighbours = (seed: number, n: number, out: number): ReadonlyArray<ReadonlyArray<number>> => {
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  const successor = drawCycle(n, draw)
  const all: Array<ReadonlyArray<number>> = [[]]
  for (let machine = 1; machine <= n; machine++) {
    const [low, high] = [Math.min(machine, successor[machine]!), Math.max(machine, successor[machine]!)]
    // The machines that are neither this one nor its successor, counted from 0.
    const further = Random.sample(draw, n - 2, out - 1).map((i) => {
      const passedLow = i + 1 < low ? i + 1 : i + 2
      return passedLow < high ? passedLow : passedLow + 1
    })
    all.push([successor[machine]!, ...further].sort((a, b) => a - b))
  }
  return all
}

const ascending = (first: number, second: number): ReadonlyArray<number> =>
  first === second ? [first] : [Math.min(first, second), Math.max(first, second)]

/** The neighbours of each machine, to whom its links go: ascending, itself never among them. */
export const neighbours = (
  topology: Topology,
  seed: number,
  n: number,
): ((machine: number) => ReadonlyArray<number>) => {
  if (n === 1) return () => []
  switch (topology.shape) {
    case "cycles": {
      const peers = twoCycles(seed, n)
      return (machine) => peersOf(peers, machine)
    }
    case "complete":
      return (machine) => others(machine, n)
    case "ring":
      return (machine) => ascending(machine === n ? 1 : machine + 1, machine === 1 ? n : machine - 1)
    case "star":
      return (machine) => (machine === 1 ? others(1, n) : [1])
    case "grid": {
      const columns = columnsOf(n)
      return (machine) => gridNeighbours(machine, columns, n)
    }
    case "random": {
      const all = randomNeighbours(seed, n, topology.out)
      return (machine) => all[machine]!
    }
  }
}

/** How many neighbours there are, without drawing any. */
export interface Degrees {
  readonly least: number
  readonly most: number
  /** Links of all machines together. */
  readonly links: number
}

const gridDegrees = (n: number): Degrees => {
  const columns = columnsOf(n)
  let [least, most, links] = [4, 0, 0]
  for (let machine = 1; machine <= n; machine++) {
    const { length } = gridNeighbours(machine, columns, n)
    least = Math.min(least, length)
    most = Math.max(most, length)
    links += length
  }
  return { least, most, links }
}

export const degrees = (topology: Topology, n: number): Degrees => {
  const regular = (degree: number): Degrees => ({ least: degree, most: degree, links: n * degree })
  if (n === 1) return regular(0)
  switch (topology.shape) {
    case "cycles":
    case "ring":
      return regular(Math.min(2, n - 1))
    case "complete":
      return regular(n - 1)
    case "star":
      return { least: 1, most: n - 1, links: 2 * (n - 1) }
    case "grid":
      return gridDegrees(n)
    case "random":
      return regular(topology.out)
  }
}
