/**
 * The order that a clock gives the events around a chosen one, held against what happened: the diagram's events are
 * stamped here by the very clocks that `lightcone clocks` compares.
 */
import type { Clock } from "../src/domain/clocks/Clock.ts"
import * as Comparison from "../src/domain/clocks/Comparison.ts"
import { type Stampable, Stamping } from "../src/domain/clocks/Execution.ts"
import * as PhysicalClocks from "../src/domain/clocks/PhysicalClocks.ts"
import { type Cone, Relation, relationOf } from "./Cone.ts"
import type { SpaceTimeData } from "./SpaceTimeData.ts"

/** By its order the clock says that `from` came before `to`; whether a chain of steps and messages leads there. */
export interface Arrow {
  readonly from: number
  readonly to: number
  readonly isReal: boolean
}

export interface ClockOrder {
  readonly clock: Clock
  /**
   * To and from the chosen event: of each other machine the last event that is ordered before it and the first after it
   * and, where that is not real, the last and first that really were.
   */
  readonly arrows: ReadonlyArray<Arrow>
  /** Concurrent events that the clock orders before the chosen one, and after it; and all that are concurrent. */
  readonly falselyBefore: number
  readonly falselyAfter: number
  readonly concurrent: number
}

/** Numbers that the stamps of all events together may have. */
const mostEntries = 8_000_000

/** Whether all is there to be stamped: not of the end of a long run alone, and not too much for a page. */
export const isOffered = (data: SpaceTimeData): boolean =>
  data.atUs.length * data.machines <= mostEntries &&
  data.ofMachine.every((own) => own.length === 0 || data.version[own[0]!] === 1)

/** Times count from the run's start, and physical clocks may be before it. */
const startUs = 1_000_000_000_000

const stepsOf = (data: SpaceTimeData): ReadonlyArray<Stampable | undefined> => {
  const physical = PhysicalClocks.make(Comparison.defaults.seed, Comparison.defaults.skewUs)
  return Array.from(data.atUs, (atUs, event) => {
    if (data.isClockEvent[event] !== 1) return undefined
    const [machine, version] = [data.machine[event]!, data.version[event]!]
    const kind = data.kinds[data.kind[event]!] as Stampable["event"]["kind"]
    const taken = data.messageTaken[event]!
    const slot = kind === "sent" ? event : taken < 0 ? -1 : data.send[taken]!
    return {
      event: { kind, machine },
      at: { machine, version, physicalUs: physical.read(machine, startUs + atUs) },
      slot,
    }
  })
}

const stampsKept = new WeakMap<SpaceTimeData, Map<Clock, ReadonlyArray<unknown>>>()

/** By event; undefined of those that are no clock events. */
export const stampsOf = (data: SpaceTimeData, clock: Clock): ReadonlyArray<unknown> => {
  const kept = stampsKept.get(data) ?? new Map<Clock, ReadonlyArray<unknown>>()
  stampsKept.set(data, kept)
  const known = kept.get(clock)
  if (known !== undefined) return known
  const stamping = new Stamping(clock, data.machines)
  const stamps = stepsOf(data).map((step) => (step === undefined ? undefined : stamping.step(step)))
  kept.set(clock, stamps)
  return stamps
}

export const of = (data: SpaceTimeData, cone: Cone, clock: Clock): ClockOrder => {
  const stamps = stampsOf(data, clock)
  const chosen = cone.event
  const arrows: Array<Arrow> = []
  let [falselyBefore, falselyAfter] = [0, 0]
  for (let machine = 1; machine <= data.machines; machine++) {
    let [last, lastReal, first, firstReal] = [-1, -1, -1, -1]
    for (const event of data.ofMachine[machine]!) {
      if (data.isClockEvent[event] !== 1 || event === chosen) continue
      const order = clock.compare(stamps[event], stamps[chosen])
      if (order !== "before" && order !== "after") continue
      const relation = relationOf(data, cone, event)
      if (order === "before") {
        last = event
        if (relation === Relation.before) lastReal = event
        if (relation === Relation.concurrent) falselyBefore++
      } else {
        if (first < 0) first = event
        if (firstReal < 0 && relation === Relation.after) firstReal = event
        if (relation === Relation.concurrent) falselyAfter++
      }
    }
    if (machine === data.machine[chosen]) continue
    if (last >= 0 && last !== lastReal) arrows.push({ from: last, to: chosen, isReal: false })
    if (lastReal >= 0) arrows.push({ from: lastReal, to: chosen, isReal: true })
    if (first >= 0 && first !== firstReal) arrows.push({ from: chosen, to: first, isReal: false })
    if (firstReal >= 0) arrows.push({ from: chosen, to: firstReal, isReal: true })
  }
  return { clock, arrows, falselyBefore, falselyAfter, concurrent: cone.concurrent }
}
