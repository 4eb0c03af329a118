/**
 * Invariant `log`: positions and versions without a gap, clocks that move by the rule, stamps that rise, lives
 * that begin and end, and rolls that follow from the seed. It is the gate to the other invariants: what is not
 * an event of one of the run's machines is a failure here and is not looked at elsewhere.
 */
import * as Either from "effect/Either"
import * as Change from "../Change.ts"
import { address, type Logged, type MachineEvent, type Recorded, type RunEvent } from "../ClockEvent.ts"
import * as Fault from "../Fault.ts"
import * as RunConfig from "../RunConfig.ts"
import { type Check, runStarted } from "./Check.ts"
import * as Positions from "./Positions.ts"
import * as Setting from "./Setting.ts"
import * as Shape from "./Shape.ts"
import * as Streams from "./Streams.ts"

export interface Log {
  /** Whether the event is well enough formed for the other invariants to look at it. */
  readonly step: (event: Recorded | Shape.Unreadable) => event is Logged
  /** What the run does otherwise after the event of the last step. */
  readonly changes: () => ReadonlyArray<Change.Change>
  /** Undefined until `run-started` has been seen. */
  readonly setting: () => Setting.Setting | undefined
  /** Whether the run was asked for before it was started. */
  readonly requested: () => boolean
  readonly position: () => number
  /** The address of `run-finished`, if it has been seen. */
  readonly finishedBy: () => string | undefined
  readonly finish: () => void
}

/** Real runs of before did a fault when a timer rang, which may be so much too early. */
const timerUs = 2_000

export const make = (check: Check<"log">, head: number | undefined): Log => {
  const positions = Positions.make(check)
  let setting: Setting.Setting | undefined
  let streams: Streams.Streams | undefined
  let runVersion = 0
  let runAtUs = 0
  let runPosition = 0
  /** Of the events so far. */
  let latestUs = 0
  let faultsDone = 0
  let finishedBy: string | undefined
  let requested: RunConfig.RunConfig | undefined
  let course: Change.Course | undefined
  let changed: ReadonlyArray<Change.Change> = []

  const checkRunVersion = (event: Shape.Placed): void => {
    check.counted.versions++
    const expected = runVersion + 1
    if (event.version !== expected) {
      const missing = event.version > expected && positions.missing(`0/${expected}`, runPosition)
      check.fail(
        "versions",
        missing ? [`0/${expected}`, address(event)] : [address(event), `0/${expected}`],
        `Versions of machine 0 must be 1, 2, 3, ...: expected ${expected}, found ${event.version}`,
      )
    }
    runVersion = event.version
    runPosition = event.position
  }

  const checkRunStamp = (event: Logged<RunEvent>): void => {
    check.counted.stamps++
    if (event.version > 1 && event.occurredAtUs <= runAtUs)
      check.fail(
        "stamps",
        [address(event), `0/${event.version - 1}`],
        `Times of machine 0 must strictly rise: ${runAtUs} is followed by ${event.occurredAtUs} (microseconds)`,
      )
    runAtUs = event.occurredAtUs
  }

  const change = (changes: ReadonlyArray<Change.Change>, event: Logged): void => {
    for (const one of changes) {
      check.counted.changes++
      streams?.change(one)
      const foundUs = latestUs === 0 ? 0 : Math.max(0, latestUs - setting!.startUs)
      if (one.after === 0 ? one.atUs === 0 : one.atUs === foundUs) continue
      check.fail(
        "changes",
        [runStarted, address(event)],
        `The configuration changes after ${one.after} events, at ${one.atUs} us of the schedule; found that these had come to ${foundUs} us`,
      )
    }
    changed = changes
  }

  const begin = (event: Logged<RunEvent> & { readonly kind: "run-started" }): boolean => {
    const config = RunConfig.decode(event.payload)
    if (Either.isLeft(config)) {
      check.fail(
        "run-started",
        [address(event)],
        `The first event must carry a configuration that can be run: ${config.left.message}`,
      )
      return false
    }
    if (requested !== undefined && JSON.stringify(requested) !== JSON.stringify(event.payload))
      check.fail(
        "run-started",
        [address(event), "0/1"],
        "A run that was requested or forked must be started with the configuration that was asked for, found another",
      )
    setting = Setting.make(config.right, event.occurredAtUs)
    streams = Streams.make(check, positions, setting)
    course = Change.course(config.right.changes)
    change(course.first, event)
    return true
  }

  const checkRequested = (
    event: Logged<RunEvent> & { readonly kind: "run-requested" | "run-forked" },
  ): void => {
    requested = event.payload.config
    if (event.position !== 1)
      check.fail(
        "run-started",
        [address(event)],
        `${event.kind} stands before all else: found it after other events`,
      )
  }

  const checkResumed = (event: Logged<RunEvent> & { readonly kind: "run-resumed" }): void => {
    check.counted.resumed++
    const downUs = event.occurredAtUs - latestUs
    if (event.payload.downUs !== downUs)
      check.fail(
        "resumed",
        [address(event)],
        `A run was down from its last event on, for ${downUs} us, found ${event.payload.downUs}`,
      )
  }

  const checkFault = (event: Logged<RunEvent> & { readonly kind: "fault-injected" }): void => {
    if (setting === undefined) return
    check.counted.faults++
    const expected = setting.faults[faultsDone++]
    const isExpected = expected !== undefined && Fault.isSame(expected, event.payload)
    const earlyUs = setting.config.mode === "real" ? timerUs : 0
    const dueUs = setting.startUs + setting.downUs + (expected?.atUs ?? 0) - earlyUs
    if (isExpected && event.occurredAtUs >= dueUs) return
    const plan = expected === undefined ? "no more faults" : Fault.write(expected)
    check.fail(
      "faults",
      [address(event), runStarted],
      `The configuration gives ${plan}; found ${Fault.write(event.payload)}, at ${Setting.at(setting, event.occurredAtUs)}`,
    )
  }

  /** A real run may be over before what was to happen at its very end. */
  const checkFaultsDone = (event: Logged<RunEvent>): void => {
    if (setting === undefined || setting.config.mode === "real" || setting.faults.length === 0) return
    check.counted.faults++
    const lacking = setting.faults[faultsDone]
    if (lacking === undefined) return
    check.fail(
      "faults",
      [address(event), runStarted],
      `The configuration gives ${setting.faults.length} faults; found ${faultsDone}, and not ${Fault.write(lacking)}`,
    )
  }

  const stepRun = (event: Logged<RunEvent>): boolean => {
    checkRunVersion(event)
    checkRunStamp(event)
    if (event.kind === "run-finished") {
      finishedBy = address(event)
      checkFaultsDone(event)
      streams?.close(finishedBy)
    }
    if (event.kind === "run-requested" || event.kind === "run-forked") checkRequested(event)
    if (event.kind === "run-resumed") checkResumed(event)
    if (event.kind === "fault-injected") checkFault(event)
    if (setting !== undefined) Setting.step(setting, event)
    if (event.kind !== "run-started") return setting !== undefined
    if (setting === undefined) return begin(event)
    check.fail("run-started", [address(event)], "A run is started once: found a second run-started")
    return false
  }

  const checkPlace = (event: Logged | Shape.Placed): void => {
    positions.step(event)
    check.counted["run-finished"]++
    if (finishedBy !== undefined)
      check.fail("run-finished", [address(event), finishedBy], "Nothing may follow run-finished")
  }

  /** A record that is no event is named, and keeps its place, as far as it says which that is. */
  const failShape = (record: unknown, problem: string): void => {
    const place = Shape.placeOf(record)
    if (place !== undefined) checkPlace(place)
    else positions.step({ position: positions.position() + 1, machine: 0, version: 0 })
    check.fail(
      "shape",
      place === undefined ? [] : [address(place)],
      `The record at position ${positions.position()} is not an event: ${problem}`,
    )
    if (place === undefined) return
    if (place.machine === 0) checkRunVersion(place)
    else if (place.machine > 0) streams?.skip(place)
  }

  return {
    step: (event): event is Logged => {
      changed = []
      check.checked++
      check.counted.shape++
      const problem = Shape.problem(event)
      if (problem !== undefined) {
        failShape(event, problem)
        return false
      }
      const logged = event as Logged
      checkPlace(logged)
      if (logged.machine === 0) {
        const isKnown = stepRun(logged as Logged<RunEvent>)
        latestUs = Math.max(latestUs, logged.occurredAtUs)
        if (logged.kind === "fault-injected" && course !== undefined) change(course.step(), logged)
        return isKnown
      }
      latestUs = Math.max(latestUs, logged.occurredAtUs)
      check.counted["run-started"]++
      if (streams !== undefined) {
        const isOfRun = streams.step(logged as Logged<MachineEvent>)
        change(course!.step(), logged)
        return isOfRun
      }
      check.fail(
        "run-started",
        [address(logged)],
        `The first event must be run-started with the configuration, found ${logged.kind}`,
      )
      return false
    },
    setting: () => setting,
    changes: () => changed,
    requested: () => requested !== undefined,
    position: positions.position,
    finishedBy: () => finishedBy,
    finish: () => {
      if (finishedBy !== undefined) return positions.finish(head, [])
      const open = streams?.lacking() ?? []
      positions.finish(head, open.length === 0 ? [`0/${runVersion + 1}`] : [...open, `0/${runVersion + 1}`])
    },
  }
}
