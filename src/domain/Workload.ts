/**
 * What machines do at their ticks beyond the dice of the scale model: a protocol, with a state of its own in each
 * machine. A tick pays what the machine owes; else takes a message; else, with an empty inbox, does what it wants, by the
 * roll. What a protocol does are internal events, sends and receipts with a purpose, so clocks, records and every tool
 * are the same. Its state follows from the machine's own stream, as all else of a machine does.
 *
 * A run without a workload rolls dice; that is `Machine` by itself.
 */
import * as Schema from "effect/Schema"
import type { Change } from "./Change.ts"
import type { ClockEvent } from "./ClockEvent.ts"
import * as Limits from "./Limits.ts"
import type { Delivery } from "./Message.ts"
import * as Pattern from "./Pattern.ts"
import type { Purposed } from "./Purpose.ts"
import type * as Reach from "./Reach.ts"
import * as Share from "./Share.ts"
import * as Topology from "./Topology.ts"
import type { Deed } from "./workload/Deed.ts"
import * as Mutex from "./workload/Mutex.ts"
import * as Snapshot from "./workload/Snapshot.ts"

export const Name = Schema.Literal("mutex", "snapshot")
export type Name = typeof Name.Type

/** As it is told where there is none. */
export const standard = "dice"

export type State = Mutex.MutexState | Snapshot.SnapshotState

/** Of a machine before its first event. */
export const initial = (name: Name, reach: Reach.Reach, machine: number): State => {
  const links = reach.linksOf(machine)
  if (name === "mutex") return Mutex.initial(machine, links)
  const from: Array<number> = []
  for (let sender = 1; sender <= reach.machines; sender++)
    if (reach.linksOf(sender).includes(machine)) from.push(sender)
  return Snapshot.initial(from, links)
}

/** What the machine owes: its next tick does it before it takes a message. */
export const due = (state: State): Deed | undefined =>
  state.workload === "mutex" ? Mutex.due(state) : Snapshot.due(state)

/** What a tick with an empty inbox does. `recipients` are those whom the dice would address. */
export const wish = (state: State, roll: number, sides: number, recipients: ReadonlyArray<number>): Deed =>
  state.workload === "mutex" ? Mutex.wish(state, roll) : Snapshot.wish(state, roll, sides, recipients)

const nothing: Purposed = {}

/** What a receipt says beyond what the message does. */
export const noted = (state: State, taken: Delivery): Purposed =>
  state.workload === "mutex" ? nothing : Snapshot.noted(state, taken)

export const evolve = (state: State, event: ClockEvent): State =>
  state.workload === "mutex" ? Mutex.evolve(state, event) : Snapshot.evolve(state, event)

/** What of a configuration a workload's assumptions are about. */
export interface Given {
  readonly workload?: Name
  readonly machines: number
  readonly sides: number
  readonly topology?: string
  readonly pattern: string
  readonly overflow: string
  readonly links?: string
  readonly delivery?: string
  readonly lossPpm?: number
  readonly changes?: ReadonlyArray<Change>
}

export interface Problem {
  readonly field: "machines" | "sides" | "topology" | "pattern" | "overflow" | "links" | "lossPpm" | "changes"
  /** What must hold, and what was found. */
  readonly problem: string
}

const problemOfChanges = (workload: Name, changes: ReadonlyArray<Change>): Problem | undefined => {
  for (const { lossPpm = 0, drops = [], sides = Limits.minSnapshotSides } of changes) {
    if (lossPpm > 0 || drops.length > 0)
      return {
        field: "changes",
        problem: `must lose nothing in a run with workload ${workload}, which assumes that no message is lost, found ${lossPpm > 0 ? `loss=${Share.write(lossPpm)}` : "a message that is dropped"}`,
      }
    if (workload === "snapshot" && sides < Limits.minSnapshotSides)
      return {
        field: "changes",
        problem: `must have ${Limits.minSnapshotSides} sides or more for workload snapshot, as the highest begins a snapshot, found sides=${sides}`,
      }
  }
  return undefined
}

/** What is wrong with a run of a workload; undefined where it can be run, and where there is no workload. */
export const problem = (given: Given): Problem | undefined => {
  const {
    workload,
    machines,
    sides,
    topology = Topology.standard,
    pattern,
    links,
    delivery,
    overflow,
    lossPpm = 0,
  } = given
  if (workload === undefined) return undefined
  const most = workload === "mutex" ? Limits.maxMutexMachines : Limits.maxSnapshotMachines
  if (machines < 2 || machines > most)
    return {
      field: "machines",
      problem: `must be 2 to ${most} for workload ${workload}, found ${machines}`,
    }
  if (workload === "mutex" && topology !== "complete")
    return {
      field: "topology",
      problem: `must be complete for workload mutex, as a request goes to every machine, found ${topology}`,
    }
  if (workload === "mutex" && pattern !== Pattern.standard)
    return {
      field: "pattern",
      problem: `must be pair for workload mutex, which addresses every machine by itself, found ${pattern}`,
    }
  if (workload === "snapshot" && sides < Limits.minSnapshotSides)
    return {
      field: "sides",
      problem: `must be ${Limits.minSnapshotSides} or more for workload snapshot, as the highest side begins a snapshot, found ${sides}`,
    }
  if (overflow !== "backpressure")
    return {
      field: "overflow",
      problem: `must be backpressure for workload ${workload}, which assumes that no message is lost, found ${overflow}`,
    }
  if (lossPpm > 0)
    return {
      field: "lossPpm",
      problem: `must be 0 for workload ${workload}, which assumes that no message is lost, found ${Share.write(lossPpm)}`,
    }
  if (links === "unordered" && delivery === undefined)
    return {
      field: "links",
      problem: `must be fifo, or put in an order of delivery, for workload ${workload}, which assumes that messages of a link do not overtake, found unordered`,
    }
  return problemOfChanges(workload, given.changes ?? [])
}
