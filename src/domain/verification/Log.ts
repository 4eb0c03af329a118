/**
 * Invariant `log`: positions and versions without a gap, clocks that move by the rule, stamps that rise, lives
 * that begin and end, and rolls that follow from the seed. It is the gate to the other invariants: what is not
 * an event of one of the run's machines is a failure here and is not looked at elsewhere.
 */
import * as Either from "effect/Either"
import { address, type Logged, type MachineEvent, type RunEvent } from "../ClockEvent.ts"
import * as LamportClock from "../LamportClock.ts"
import * as Machine from "../Machine.ts"
import * as RunConfig from "../RunConfig.ts"
import * as Topology from "../Topology.ts"
import type { Check } from "./Check.ts"
import * as Setting from "./Setting.ts"
import * as Shape from "./Shape.ts"

interface Stream {
  state: Machine.MachineState
  occurredAtUs: number
  stage: "unborn" | "living" | "stopped"
}

const same = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean =>
  left.length === right.length && left.every((value, i) => value === right[i])

const rolled = (recipients: ReadonlyArray<number>): string =>
  recipients.length === 0 ? "internal" : `sent to ${recipients.join(" and ")}`

export interface Log {
  /** Whether the event is well enough formed for the other invariants to look at it. */
  readonly step: (event: Logged) => boolean
  /** Undefined until `run-started` has been seen. */
  readonly setting: () => Setting.Setting | undefined
  readonly position: () => number
}

export const make = (check: Check): Log => {
  let position = 0
  let setting: Setting.Setting | undefined
  let runVersion = 0
  let runAtUs = 0
  let finishedBy: string | undefined
  const streams: Array<Stream | undefined> = []

  const checkPosition = (event: Logged): void => {
    if (event.position !== position + 1)
      check.fail(
        "positions",
        [address(event)],
        `Positions must be 1, 2, 3, ...: expected ${position + 1}, found ${event.position}`,
      )
    position = Number.isSafeInteger(event.position) ? event.position : position + 1
  }

  const checkVersion = (event: Logged, last: number): void => {
    if (event.version !== last + 1)
      check.fail(
        "versions",
        [address(event)],
        `Versions of machine ${event.machine} must be 1, 2, 3, ...: expected ${last + 1}, found ${event.version}`,
      )
  }

  const checkStamp = (event: Logged, lastUs: number): void => {
    if (event.version > 1 && event.occurredAtUs <= lastUs)
      check.fail(
        "stamps",
        [`${event.machine}/${event.version - 1}`, address(event)],
        `Times of machine ${event.machine} must strictly rise: ${lastUs} is followed by ${event.occurredAtUs} (microseconds)`,
      )
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
    setting = Setting.make(config.right, event.occurredAtUs)
    return true
  }

  const stepRun = (event: Logged<RunEvent>): boolean => {
    checkVersion(event, runVersion)
    checkStamp(event, runAtUs)
    runVersion = event.version
    runAtUs = event.occurredAtUs
    if (event.kind === "run-finished") finishedBy = address(event)
    if (event.kind !== "run-started") return setting !== undefined
    if (setting === undefined) return begin(event)
    check.fail("run-started", [address(event)], "A run is started once: found a second run-started")
    return false
  }

  const born = (machine: number, { config, peers }: Setting.Setting): Stream => ({
    state: Machine.inRun(config, peers, machine),
    occurredAtUs: 0,
    stage: "unborn",
  })

  const checkLife = (event: Logged<MachineEvent>, stream: Stream): void => {
    const { stage } = stream
    if (stage === "unborn" && event.kind !== "started")
      check.fail("life", [address(event)], `A stream must begin with started, found ${event.kind}`)
    if (stage !== "unborn" && event.kind === "started")
      check.fail("life", [address(event)], "A machine is started once: found a second started")
    if (stage === "stopped" && event.kind !== "resumed" && event.kind !== "started")
      check.fail("life", [address(event)], `After stopped only resumed may follow, found ${event.kind}`)
    stream.stage = event.kind === "stopped" ? "stopped" : "living"
  }

  const expectedClock = (event: MachineEvent, last: number): number => {
    switch (event.kind) {
      case "internal":
      case "sent":
        return LamportClock.tick(last)
      case "received":
        return LamportClock.receive(last, event.payload.senderLamport)
      case "started":
        return LamportClock.initial
      default:
        return last
    }
  }

  const checkClock = (event: Logged<MachineEvent>, last: number): void => {
    const expected = expectedClock(event, last)
    if (event.lamport !== expected)
      check.fail(
        "clock",
        [address(event)],
        `The clock after ${event.kind} must be ${expected} (it was ${last}), found ${event.lamport}`,
      )
  }

  const checkRoll = (event: Logged<MachineEvent>, state: Machine.MachineState): void => {
    if (event.kind !== "internal" && event.kind !== "sent") return
    const roll = Machine.nextRoll(state)
    const expected = Machine.recipientsOf(state, roll)
    const found = event.kind === "sent" ? event.payload.recipients : []
    if (!same(expected, found) || (event.kind === "sent" && found.length === 0))
      check.fail(
        "rolls",
        [address(event)],
        `The seed gives roll ${roll} of ${state.sides}, ${rolled(expected)}; found ${event.kind === "sent" ? `sent to ${found.join(" and ") || "nobody"}` : "internal"}`,
      )
  }

  const checkStarted = (event: Logged<MachineEvent>, { rates, phasesUs, peers }: Setting.Setting): void => {
    if (event.kind !== "started") return
    const rate = rates[event.machine]!
    const phaseUs = phasesUs[event.machine]!
    const expected = Topology.peersOf(peers, event.machine)
    const found = event.payload
    if (found.rate !== rate || found.phaseUs !== phaseUs || !same(found.peers, expected))
      check.fail(
        "configuration",
        [address(event)],
        `The configuration gives rate ${rate}, phase ${phaseUs} us and peers [${expected}]; found ${found.rate}, ${found.phaseUs} us and [${found.peers}]`,
      )
  }

  const stepMachine = (event: Logged<MachineEvent>, known: Setting.Setting): boolean => {
    if (event.machine > known.config.machines) {
      check.fail(
        "machines",
        [address(event)],
        `The run has machines 1 to ${known.config.machines}, found machine ${event.machine}`,
      )
      return false
    }
    streams[event.machine] ??= born(event.machine, known)
    const stream = streams[event.machine]!
    checkVersion(event, stream.state.version)
    checkStamp(event, stream.occurredAtUs)
    checkLife(event, stream)
    checkClock(event, stream.state.lamport)
    checkRoll(event, stream.state)
    checkStarted(event, known)
    stream.state = Machine.evolve(stream.state, event)
    stream.occurredAtUs = event.occurredAtUs
    return true
  }

  return {
    step: (event) => {
      check.checked++
      const problem = Shape.problem(event)
      if (problem !== undefined) {
        check.fail("shape", [], `The record after position ${position} is not an event: ${problem}`)
        position++
        return false
      }
      checkPosition(event)
      if (finishedBy !== undefined)
        check.fail("run-finished", [finishedBy, address(event)], "Nothing may follow run-finished")
      if (event.machine === 0) return stepRun(event as Logged<RunEvent>)
      if (setting !== undefined) return stepMachine(event as Logged<MachineEvent>, setting)
      check.fail(
        "run-started",
        [address(event)],
        `The first event must be run-started with the configuration, found ${event.kind}`,
      )
      return false
    },
    setting: () => setting,
    position: () => position,
  }
}
