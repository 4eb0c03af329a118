/**
 * Fidge 1988, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering"; Mattern 1988, "Virtual Time
 * and Global States of Distributed Systems". A machine counts its events, and keeps for every other how many of
 * its events it has heard of. Then a happened before b if and only if V(a) is at or below V(b), entry by entry, and not the
 * same; with fewer entries than machines no clock can do that (Charron-Bost 1991).
 */
import * as Clock from "./Clock.ts"

/** Entry m - 1 is of machine m. */
export type Vector = ReadonlyArray<number>

const counted = (vector: Array<number>, machine: number): Vector => {
  vector[machine - 1]!++
  return vector
}

const isBelow = (a: Vector, b: Vector): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i]! > b[i]!) return false
  return true
}

export const vector = Clock.define<Vector>({
  name: "vector",
  title: "Vector",
  source: "Fidge 1988, Mattern 1988",
  growth: "a number a machine",
  initial: (_, machines) => new Array<number>(machines).fill(0),
  local: (own, { machine }) => counted(own.slice(), machine),
  send: (own, { machine }) => counted(own.slice(), machine),
  receive: (own, carried, { machine }) => {
    const larger = own.slice()
    for (let i = 0; i < larger.length; i++) if (larger[i]! < carried[i]!) larger[i] = carried[i]!
    return counted(larger, machine)
  },
  compare: (a, b) => Clock.orderOf(isBelow(a, b), isBelow(b, a)),
  encode: (stamp, to) => {
    for (const entry of stamp) to.varint(entry)
  },
  show: (stamp) => `[${stamp.join(" ")}]`,
})
