/**
 * The light cone of an event: what could have influenced it, and what it could have influenced (Lamport 1978).
 * Either half is closed along every machine, so it is no more than a frontier, one place a machine; a walk from
 * the event over machines and received messages finds it, and visits nothing twice.
 */
import { type SpaceTimeData, State } from "./SpaceTimeData.ts"

export interface Cone {
  readonly event: number
  /** Entry m: the place of machine m's last event that happened before, -1 if none; of its own machine the event itself. */
  readonly past: Int32Array
  /** Entry m: the place of machine m's first event that happened after, beyond the last if none. */
  readonly future: Int32Array
  /** Clock events that happened before, after, and neither; the event itself is in none. */
  readonly before: number
  readonly after: number
  readonly concurrent: number
}

export const Relation = { concurrent: 0, before: 1, after: 2, self: 3, outside: 4 } as const
export type Relation = (typeof Relation)[keyof typeof Relation]

/** Undefined of an event that stands outside happened-before. */
export const of = (data: SpaceTimeData, event: number): Cone | undefined => {
  if (data.isClockEvent[event] !== 1) return undefined
  const past = new Int32Array(data.machines + 1).fill(-1)
  const future = Int32Array.from(data.ofMachine, (own) => own.length)
  const before = walkBack(data, event, past) - 1
  const after = walkOn(data, event, future) - 1
  const all = data.isClockEvent.reduce((sum, one) => sum + one, 0)
  return { event, past, future, before, after, concurrent: all - before - after - 1 }
}

/** How many clock events the past has, the event included. */
const walkBack = (data: SpaceTimeData, event: number, past: Int32Array): number => {
  const stack = [event]
  let found = 0
  while (stack.length > 0) {
    const reached = stack.pop()!
    const machine = data.machine[reached]!
    const own = data.ofMachine[machine]!
    for (let place = past[machine]! + 1; place <= data.place[reached]!; place++) {
      const passed = own[place]!
      if (data.isClockEvent[passed] !== 1) continue
      found++
      const message = data.messageTaken[passed]!
      if (message >= 0) stack.push(data.send[message]!)
    }
    past[machine] = Math.max(past[machine]!, data.place[reached]!)
  }
  return found
}

const walkOn = (data: SpaceTimeData, event: number, future: Int32Array): number => {
  const stack = [event]
  let found = 0
  while (stack.length > 0) {
    const reached = stack.pop()!
    const machine = data.machine[reached]!
    const own = data.ofMachine[machine]!
    for (let place = future[machine]! - 1; place >= data.place[reached]!; place--) {
      const passed = own[place]!
      if (data.isClockEvent[passed] !== 1) continue
      found++
      for (let k = data.firstMessage[passed]!; k < data.firstMessage[passed + 1]!; k++)
        if (data.state[k] === State.received) stack.push(data.end[k]!)
    }
    future[machine] = Math.min(future[machine]!, data.place[reached]!)
  }
  return found
}

export const relationOf = (data: SpaceTimeData, cone: Cone, event: number): Relation => {
  if (event === cone.event) return Relation.self
  if (data.isClockEvent[event] !== 1) return Relation.outside
  const machine = data.machine[event]!
  const place = data.place[event]!
  if (place <= cone.past[machine]!) return Relation.before
  return place >= cone.future[machine]! ? Relation.after : Relation.concurrent
}

/**
 * A message belongs to the past if its receipt does, to the future if its send does. One that nobody received has
 * carried nothing anywhere.
 */
export const messageRelationOf = (data: SpaceTimeData, cone: Cone, message: number): Relation => {
  if (data.state[message] !== State.received) return Relation.concurrent
  const sent = relationOf(data, cone, data.send[message]!)
  if (sent === Relation.after || sent === Relation.self) return Relation.after
  const taken = relationOf(data, cone, data.end[message]!)
  return taken === Relation.before || taken === Relation.self ? Relation.before : Relation.concurrent
}
