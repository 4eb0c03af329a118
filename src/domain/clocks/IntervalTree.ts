/**
 * Almeida, Baquero and Fonte 2008, "Interval Tree Clocks: A Logical Clock for Dynamic Systems" (OPODIS), section 5. A
 * machine owns a part of the interval [0, 1), told by a tree of 0 and 1, and knows a function of whole numbers over
 * all of it, told by a tree of numbers that are added up on the way down. An event makes the function larger
 * somewhere in the part that is owned, a message carries the function alone (the paper's anonymous stamp), and a
 * receipt joins both. Then a happened before b if and only if a's function is nowhere above b's.
 *
 * Machines can come and go: `fork` gives half of one's part away, `join` takes another's. A run of Lightcone has its
 * machines from the start: they fork the whole interval among them.
 */
import type { Bytes } from "./Bytes.ts"
import * as Clock from "./Clock.ts"

export type Id = 0 | 1 | readonly [left: Id, right: Id]

export type Tree = number | { readonly n: number; readonly left: Tree; readonly right: Tree }

export interface Stamp {
  readonly id: Id
  readonly event: Tree
}

const isLeaf = (tree: Tree): tree is number => typeof tree === "number"

export const seed: Stamp = { id: 1, event: 0 }

// Identities.

const split = (id: Id): readonly [Id, Id] => {
  if (id === 0) return [0, 0]
  if (id === 1)
    return [
      [1, 0],
      [0, 1],
    ]
  const [left, right] = id
  if (left === 0) {
    const [one, other] = split(right)
    return [
      [0, one],
      [0, other],
    ]
  }
  if (right === 0) {
    const [one, other] = split(left)
    return [
      [one, 0],
      [other, 0],
    ]
  }
  return [
    [left, 0],
    [0, right],
  ]
}

const normId = (left: Id, right: Id): Id =>
  left === 0 && right === 0 ? 0 : left === 1 && right === 1 ? 1 : [left, right]

const sum = (a: Id, b: Id): Id => {
  if (a === 0) return b
  if (b === 0) return a
  if (a === 1 || b === 1) throw new Error("Cannot join two interval tree clocks that own the same part")
  return normId(sum(a[0], b[0]), sum(a[1], b[1]))
}

// Functions over the interval.

const lift = (tree: Tree, by: number): Tree =>
  by === 0 ? tree : isLeaf(tree) ? tree + by : { n: tree.n + by, left: tree.left, right: tree.right }

/** Of a tree in normal form, whose smallest value is at its root. */
const smallest = (tree: Tree): number => (isLeaf(tree) ? tree : tree.n)

const largest = (tree: Tree): number =>
  isLeaf(tree) ? tree : tree.n + Math.max(largest(tree.left), largest(tree.right))

const norm = (n: number, left: Tree, right: Tree): Tree => {
  if (isLeaf(left) && left === right) return n + left
  const least = Math.min(smallest(left), smallest(right))
  return { n: n + least, left: lift(left, -least), right: lift(right, -least) }
}

const isBelow = (a: Tree, b: Tree, aBase = 0, bBase = 0): boolean => {
  if (isLeaf(a)) return aBase + a <= bBase + smallest(b)
  if (aBase + a.n > bBase + smallest(b)) return false
  const [left, right, base] = isLeaf(b) ? [0, 0, bBase + b] : [b.left, b.right, bBase + b.n]
  return isBelow(a.left, left, aBase + a.n, base) && isBelow(a.right, right, aBase + a.n, base)
}

const joined = (a: Tree, b: Tree): Tree => {
  if (a === b) return a
  if (isLeaf(a) && isLeaf(b)) return Math.max(a, b)
  const one = isLeaf(a) ? { n: a, left: 0, right: 0 } : a
  const other = isLeaf(b) ? { n: b, left: 0, right: 0 } : b
  const [low, high] = one.n <= other.n ? [one, other] : [other, one]
  const by = high.n - low.n
  return norm(low.n, joined(low.left, lift(high.left, by)), joined(low.right, lift(high.right, by)))
}

/** Raises what is owned as far as that makes the tree simpler. */
const fill = (id: Id, tree: Tree): Tree => {
  if (id === 0 || isLeaf(tree)) return tree
  if (id === 1) return largest(tree)
  const [ownLeft, ownRight] = id
  if (ownLeft === 1) {
    const right = fill(ownRight, tree.right)
    return norm(tree.n, Math.max(largest(tree.left), smallest(right)), right)
  }
  if (ownRight === 1) {
    const left = fill(ownLeft, tree.left)
    return norm(tree.n, left, Math.max(largest(tree.right), smallest(left)))
  }
  const [left, right] = [fill(ownLeft, tree.left), fill(ownRight, tree.right)]
  return left === tree.left && right === tree.right ? tree : norm(tree.n, left, right)
}

/** More than any tree is deep, so that making it no larger comes first. */
const costOfNode = 1_000

/** The tree with one added somewhere in what is owned, where that costs the fewest nodes, and then is nearest to the root. */
const grow = (id: Id, tree: Tree): readonly [tree: Tree, cost: number] => {
  if (isLeaf(tree)) {
    if (id === 1) return [tree + 1, 0]
    const [grown, cost] = grow(id, { n: tree, left: 0, right: 0 })
    return [grown, cost + costOfNode]
  }
  const [ownLeft, ownRight] = id as readonly [Id, Id]
  const left = ownLeft === 0 ? undefined : grow(ownLeft, tree.left)
  const right = ownRight === 0 ? undefined : grow(ownRight, tree.right)
  return left !== undefined && (right === undefined || left[1] < right[1])
    ? [{ n: tree.n, left: left[0], right: tree.right }, left[1] + 1]
    : [{ n: tree.n, left: tree.left, right: right![0] }, right![1] + 1]
}

const same = (a: Tree, b: Tree): boolean =>
  a === b || (!isLeaf(a) && !isLeaf(b) && a.n === b.n && same(a.left, b.left) && same(a.right, b.right))

// The paper's three operations; `send` and `receive` are made of them.

export const fork = ({ id, event }: Stamp): readonly [Stamp, Stamp] => {
  const [one, other] = split(id)
  return [
    { id: one, event },
    { id: other, event },
  ]
}

/** An event of somebody who owns a part. */
export const event = ({ id, event: tree }: Stamp): Stamp => {
  if (id === 0) throw new Error("Cannot have an event: the stamp owns no part of the interval")
  const filled = fill(id, tree)
  return { id, event: same(filled, tree) ? grow(id, tree)[0] : filled }
}

export const join = (a: Stamp, b: Stamp): Stamp => ({ id: sum(a.id, b.id), event: joined(a.event, b.event) })

/** What a message carries: all that is known, and nothing that is owned. */
export const peek = ({ event: tree }: Stamp): Stamp => ({ id: 0, event: tree })

export const compare = (a: Stamp, b: Stamp): Clock.Order =>
  Clock.orderOf(isBelow(a.event, b.event), isBelow(b.event, a.event))

/** The part of `machine` where those from `first` to `last` have forked it in halves. */
const shareOf = (machine: number, first: number, last: number): Id => {
  if (first === last) return 1
  const middle = Math.floor((first + last) / 2)
  return machine <= middle ? [shareOf(machine, first, middle), 0] : [0, shareOf(machine, middle + 1, last)]
}

/** The paper's section 6: small numbers take few bits, and a 0 below a node none but the node's own. */
const encodeNumber = (n: number, to: Bytes): void => {
  let width = 2
  let rest = n
  while (rest >= 2 ** width) {
    to.bits(1, 1)
    rest -= 2 ** width
    width++
  }
  to.bits(0, 1)
  to.bits(rest, width)
}

const encodeTree = (tree: Tree, to: Bytes): void => {
  if (isLeaf(tree)) {
    to.bits(1, 1)
    encodeNumber(tree, to)
    return
  }
  const { n, left, right } = tree
  to.bits(0, 1)
  if (n === 0) to.bits(left === 0 ? 0 : right === 0 ? 1 : 2, 2)
  else {
    to.bits(3, 2)
    if (left === 0 || right === 0) to.bits(left === 0 ? 0 : 1, 2)
    else to.bits(1, 1)
    to.bits(1, 1)
    encodeNumber(n, to)
  }
  if (left !== 0) encodeTree(left, to)
  if (right !== 0) encodeTree(right, to)
}

const shown = (tree: Tree): string =>
  isLeaf(tree) ? String(tree) : `(${tree.n} ${shown(tree.left)} ${shown(tree.right)})`

export const intervalTree = Clock.define<Stamp>({
  name: "interval-tree",
  title: "Interval tree",
  source: "Almeida, Baquero and Fonte 2008",
  growth: "up to a number a machine and the nodes between",
  initial: (machine, machines) => ({ id: shareOf(machine, 1, machines), event: 0 }),
  local: event,
  send: event,
  receive: (own, carried) => event(join(own, peek(carried))),
  compare,
  encode: (stamp, to) => encodeTree(stamp.event, to),
  show: (stamp) => shown(stamp.event),
})
