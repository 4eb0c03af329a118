/**
 * Who may send to whom. Every machine has two peers, its successors in two arc-disjoint Hamiltonian cycles
 * drawn from the seed: so each sends to two and hears from two, the graph is connected, and a thousand
 * machines need two thousand links. With three machines these are simply the other two.
 */
import * as Random from "./Random.ts"

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
