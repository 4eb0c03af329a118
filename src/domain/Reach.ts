/**
 * Whom the machines of a run may send to: its topology says who a machine's neighbours are, to whom it sends singly, its
 * pattern who the group is that a roll of 3 addresses. A link goes to each of both.
 */
import * as Limits from "./Limits.ts"
import * as Pattern from "./Pattern.ts"
import * as Topology from "./Topology.ts"

/** What of a configuration it follows from. */
export interface Given {
  readonly mode: "real" | "virtual"
  readonly machines: number
  readonly seed: number
  readonly pattern: string
  readonly topology?: string
}

/** Of one machine. */
export interface OfMachine {
  /** Ascending. */
  readonly neighbours: ReadonlyArray<number>
  /** Ascending; null where it is the pair of neighbours that the roll itself gives. */
  readonly group: ReadonlyArray<number> | null
}

export interface Reach {
  readonly machines: number
  readonly of: (machine: number) => OfMachine
  /** The columns of A and B where the run is plain. */
  readonly peers: Topology.Peers | undefined
  /** All that a machine may send to, ascending. */
  readonly linksOf: (machine: number) => ReadonlyArray<number>
  /** The place of a link among all links of the run, 0, 1, 2, ...; by sender, one for each that it may send to. */
  readonly placeOf: (sender: number, recipient: number) => number
}

const topologyOf = ({ topology = Topology.standard }: Pick<Given, "topology">): Topology.Topology =>
  Topology.parse(topology)!

/** Whether roll 3 addresses the pair, and everyone has the two peers of the two cycles. */
export const isPlain = ({ pattern, topology = Topology.standard }: Pick<Given, "pattern" | "topology">) =>
  pattern === Pattern.standard && topology === Topology.standard

/** Whether a machine of the run may send to another. */
export const isLink = ({ linksOf }: Reach, from: number, to: number): boolean => linksOf(from).includes(to)

/** Where an ascending list holds a machine. */
const indexIn = (list: ReadonlyArray<number>, machine: number): number => {
  let [low, high] = [0, list.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]! < machine) low = middle + 1
    else high = middle
  }
  return low
}

/** Of the two cycles, which may be a million machines', without a list for any of them. */
const inCycles = (seed: number, machines: number): Reach => {
  const peers = Topology.twoCycles(seed, machines)
  const linksOf = (machine: number) => Topology.peersOf(peers, machine)
  /** The peers of one of two machines are the same. */
  const linksEach = machines === 2 ? 1 : 2
  return {
    machines,
    peers,
    of: (machine) => ({ neighbours: linksOf(machine), group: null }),
    linksOf,
    placeOf: (sender, recipient) => linksEach * (sender - 1) + (recipient === peers.a[sender] ? 0 : 1),
  }
}

/** Of a configuration of which `problem` finds none. */
export const of = (given: Given): Reach => {
  const { seed, machines } = given
  if (isPlain(given)) return inCycles(seed, machines)
  const neighboursOf = Topology.neighbours(topologyOf(given), seed, machines)
  const pattern = Pattern.parse(given.pattern)!
  const all: Array<OfMachine> = [{ neighbours: [], group: null }]
  const links: Array<ReadonlyArray<number>> = [[]]
  const places = new Int32Array(machines + 1)
  for (let machine = 1; machine <= machines; machine++) {
    const neighbours = neighboursOf(machine)
    const group =
      pattern.kind === "pair"
        ? null
        : pattern.kind === "multicast"
          ? Pattern.group(seed, machine, neighbours, pattern.size)
          : neighbours.length === machines - 1
            ? neighbours
            : Topology.others(machine, machines)
    all.push({ neighbours, group })
    links.push(pattern.kind === "broadcast" ? group! : neighbours)
    places[machine] = places[machine - 1]! + links[machine - 1]!.length
  }
  return {
    machines,
    peers: undefined,
    of: (machine) => all[machine]!,
    linksOf: (machine) => links[machine]!,
    placeOf: (sender, recipient) => places[sender]! + indexIn(links[sender]!, recipient),
  }
}

/** Links of the whole run. */
export const links = (given: Given): number => {
  const { machines } = given
  return Pattern.parse(given.pattern)!.kind === "broadcast"
    ? machines * (machines - 1)
    : Topology.degrees(topologyOf(given), machines).links
}

export interface Problem {
  readonly field: "pattern" | "topology"
  /** What must hold, and what was found. */
  readonly problem: string
}

const neighboursIn = (count: number): string => `${count} neighbour${count === 1 ? "" : "s"}`

const problemOfTopology = (topology: Topology.Topology, machines: number): string | undefined =>
  topology.shape === "random" && topology.out > machines - 1
    ? machines === 1
      ? `must be another than random:D for a single machine, which has nobody to be linked to, found "random:${topology.out}"`
      : `must be random:D with D from 1 to ${machines - 1}, the others of ${machines} machines, found "random:${topology.out}"`
    : undefined

const problemOfGroup = (
  pattern: Pattern.Pattern,
  { least }: Topology.Degrees,
  { machines, topology = Topology.standard }: Given,
): string | undefined => {
  if (pattern.kind !== "multicast" || pattern.size <= least) return undefined
  const found = `found "multicast:${pattern.size}"`
  if (machines === 1)
    return `must be pair or broadcast for a single machine, which has nobody to send to, ${found}`
  const more = machines - 1 > least ? `; in topology complete K may be up to ${machines - 1}` : ""
  return `must be multicast:K with K from 1 to ${least}, as of ${machines} machines in topology ${topology} some have no more than ${neighboursIn(least)}, ${found}${more}`
}

/** What is wrong with topology or pattern for a run of so many machines; undefined where it can be run. */
export const problem = (given: Given): Problem | undefined => {
  if (isPlain(given)) return undefined
  const { machines, mode } = given
  const topology = topologyOf(given)
  const pattern = Pattern.parse(given.pattern)!
  const wrong = problemOfTopology(topology, machines)
  if (wrong !== undefined) return { field: "topology", problem: wrong }
  const degrees = Topology.degrees(topology, machines)
  const ofGroup = problemOfGroup(pattern, degrees, given)
  if (ofGroup !== undefined) return { field: "pattern", problem: ofGroup }
  const isToAll = pattern.kind === "broadcast"
  const count = links(given)
  const most = isToAll ? machines - 1 : degrees.most
  const field = isToAll ? "pattern" : "topology"
  const name = isToAll ? "broadcast" : (given.topology ?? Topology.standard)
  const mostLinks = mode === "real" ? Limits.maxRealLinks : Limits.maxVirtualLinks
  if (count > mostLinks)
    return {
      field,
      problem: `must make at most ${mostLinks} links in a ${mode} run, found ${count}: ${name} of ${machines} machines`,
    }
  return most <= Limits.maxLinksOut
    ? undefined
    : {
        field,
        problem: `must link no machine to more than ${Limits.maxLinksOut} others, found ${most}: ${name} of ${machines} machines`,
      }
}
