/**
 * The streams of machines: versions, times, lives, clocks and rolls. Each is held to the decider's own pieces.
 *
 * A failure says which event is at fault, and what is right after it is not called wrong because of it: a clock
 * may go on from what was found or from what had to be.
 */
import type { Change } from "../Change.ts"
import {
  address,
  type ClockEvent,
  isClockEvent,
  isRefused,
  type Logged,
  type MachineEvent,
} from "../ClockEvent.ts"
import * as LamportClock from "../LamportClock.ts"
import * as Machine from "../Machine.ts"
import * as MachineList from "../MachineList.ts"
import * as Purpose from "../Purpose.ts"
import { type Check, runStarted } from "./Check.ts"
import type { Positions } from "./Positions.ts"
import { at, dueUs, type Setting } from "./Setting.ts"
import type { Placed } from "./Shape.ts"
import type { Condition } from "./Standstill.ts"

interface Stream {
  state: Machine.MachineState
  /** What the last clock had to be, where another was found. */
  expectedLamport: number | undefined
  position: number
  occurredAtUs: number
  /** Of the event before the last. */
  beforeUs: number
  /** Ticks made and missed. */
  ticks: number
  stage: "unborn" | "living" | "stopped" | "finished"
}

const same = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean =>
  left.length === right.length && left.every((value, i) => value === right[i])

const rolled = (recipients: ReadonlyArray<number>): string =>
  recipients.length === 0 ? "internal" : `sent to ${MachineList.inWords(recipients)}`

/** What a clock event of a protocol is, as far as it is decided. */
const told = ({ kind, payload }: ClockEvent): string =>
  `${kind === "sent" ? rolled(payload.recipients) : kind} (${Purpose.inWords(payload)})`

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

export interface Streams {
  /** False if the run has no such machine. */
  readonly step: (event: Logged<MachineEvent>) => boolean
  /** What the machines do otherwise from here on. */
  readonly change: (change: Change) => void
  /** An event of a stream whose record cannot be read has its place all the same. */
  readonly skip: (event: Placed) => void
  /** The log holds run-finished, of this address. */
  readonly close: (finishedBy: string) => void
  /** Events that must have been if any machine has stopped as finished: the next ones of streams still open. */
  readonly lacking: () => ReadonlyArray<string>
}

export const make = (check: Check<"log">, positions: Positions, setting: Setting): Streams => {
  const streams: Array<Stream | undefined> = []
  const { config, reach, rates, phasesUs, startUs, standstill } = setting

  const streamOf = (machine: number): Stream => {
    streams[machine] ??= {
      state: Machine.inRun(config, reach, machine),
      expectedLamport: undefined,
      position: 0,
      occurredAtUs: 0,
      beforeUs: 0,
      ticks: 0,
      stage: "unborn",
    }
    return streams[machine]
  }

  const checkVersion = (event: Logged<MachineEvent> | Placed, stream: Stream): void => {
    check.counted.versions++
    const expected = stream.state.version + 1
    if (event.version === expected) return
    const next = `${event.machine}/${expected}`
    const isMissing = event.version > expected && positions.missing(next, stream.position)
    for (let version = expected + 1; isMissing && version < event.version; version++)
      if (!positions.missing(`${event.machine}/${version}`, stream.position)) break
    check.fail(
      "versions",
      isMissing ? [next, address(event)] : [address(event), next],
      `Versions of machine ${event.machine} must be 1, 2, 3, ...: expected ${expected}, found ${event.version}`,
    )
  }

  /** The times of two events fall: the earlier is at fault if, without it, the later would be in order. */
  const failStamp = (event: Logged<MachineEvent>, stream: Stream): void => {
    const previous = `${event.machine}/${event.version - 1}`
    const isTick = event.kind === "internal" || event.kind === "sent" || event.kind === "received"
    const early = isTick && event.occurredAtUs < dueUs(setting, event.machine, stream.ticks)
    const earlierAtFault = event.occurredAtUs > stream.beforeUs && !early
    const message = `Times of machine ${event.machine} must strictly rise: ${stream.occurredAtUs} is followed by ${event.occurredAtUs} (microseconds)`
    if (earlierAtFault) check.fail("stamps", [previous, address(event)], message, stream.position)
    else check.fail("stamps", [address(event), previous], message)
  }

  const checkStamp = (event: Logged<MachineEvent>, stream: Stream): void => {
    check.counted.stamps++
    if (event.occurredAtUs < startUs)
      check.fail(
        "stamps",
        [address(event), runStarted],
        `Nothing happens before the run's start, ${startUs} (microseconds), found ${event.kind} at ${event.occurredAtUs}`,
      )
    else if (event.version > 1 && event.occurredAtUs <= stream.occurredAtUs) failStamp(event, stream)
    if (event.kind !== "dropped" || !isRefused(event.payload.reason)) return
    const { arrivedAtUs } = event.payload
    if (arrivedAtUs <= stream.occurredAtUs || arrivedAtUs >= event.occurredAtUs)
      check.fail(
        "stamps",
        // It may be the one before that is at fault.
        arrivedAtUs > stream.occurredAtUs
          ? [address(event)]
          : [address(event), `${event.machine}/${event.version - 1}`],
        `A message that does not get into the inbox is dropped as it arrives: found its arrival at ${at(setting, arrivedAtUs)}, the drop at ${at(setting, event.occurredAtUs)} and the machine's event before it at ${at(setting, stream.occurredAtUs)}`,
      )
  }

  const checkLife = (event: Logged<MachineEvent>, stream: Stream): void => {
    check.counted.life++
    const { stage } = stream
    if (stage === "unborn" && event.kind !== "started")
      check.fail("life", [address(event)], `A stream must begin with started, found ${event.kind}`)
    if (stage !== "unborn" && event.kind === "started")
      check.fail("life", [address(event)], "A machine is started once: found a second started")
    const stopped = stage === "stopped" || stage === "finished"
    if (stopped && event.kind !== "resumed" && event.kind !== "started")
      check.fail(
        "life",
        [address(event), `${event.machine}/${event.version - 1}`],
        `After stopped only resumed may follow, found ${event.kind}`,
      )
    if (event.kind !== "stopped") stream.stage = "living"
    else stream.stage = event.payload.reason === "finished" ? "finished" : "stopped"
  }

  /** What a stop and a new life of the whole run do to a machine that stands still is not its own doing. */
  const checkStill = (event: Logged<MachineEvent>): void => {
    const condition = standstill.get(event.machine)
    if (condition === undefined) return
    if (event.kind === "resumed") checkDown(event, condition)
    if (event.kind === "resumed" || event.kind === "stopped") return
    check.counted.still++
    if (condition.is !== "up")
      check.fail(
        "still",
        [address(event)],
        `Machine ${event.machine} is ${condition.is} since ${condition.sinceUs} us of the schedule, found ${event.kind}`,
      )
  }

  /** In virtual time to the microsecond. */
  const checkDown = (
    event: Logged<MachineEvent> & { readonly kind: "resumed" },
    condition: Condition,
  ): void => {
    if (config.mode === "real") return
    check.counted.resumed++
    if (event.payload.downUs === condition.downUs) return
    check.fail(
      "resumed",
      [address(event)],
      `Machine ${event.machine} was gone for ${condition.downUs} us, found ${event.payload.downUs}`,
    )
  }

  const checkClock = (event: Logged<MachineEvent>, stream: Stream): void => {
    check.counted.clock++
    const expected = expectedClock(event, stream.state.lamport)
    const other = stream.expectedLamport
    stream.expectedLamport = undefined
    if (event.lamport === expected) return
    if (other !== undefined && event.lamport === expectedClock(event, other)) return
    stream.expectedLamport = expected
    check.fail(
      "clock",
      [address(event)],
      `The clock after ${event.kind} must be ${expected} (it was ${stream.state.lamport}), found ${event.lamport}`,
    )
  }

  /** Of a machine that takes part in a protocol: what it owes comes before what it takes, and what it does is decided. */
  const checkWork = (event: Logged<MachineEvent>, state: Machine.MachineState): void => {
    if (!isClockEvent(event)) return
    check.counted.rolls++
    const { occurredAtUs: atUs, queueLength } = event
    const taken = event.kind === "received" ? event.payload : undefined
    const decided = Machine.decide(state, { input: "tick", atUs, queueLength, taken }) as typeof event
    const [expected, found] = [told(decided), told(event)]
    if (expected !== found)
      check.fail(
        "rolls",
        [address(event), runStarted],
        `What machine ${event.machine} owes, takes and wants gives ${expected}; found ${found}`,
      )
    if (event.kind !== "received" && queueLength > 0 && !Machine.owes(state))
      check.fail(
        "rolls",
        [address(event)],
        `A tick that finds a message takes it, unless it owes something: found ${queueLength} waiting at ${found}`,
      )
  }

  const checkRoll = (event: Logged<MachineEvent>, state: Machine.MachineState): void => {
    if (event.kind !== "internal" && event.kind !== "sent") return
    check.counted.rolls++
    const roll = Machine.nextRoll(state)
    const expected = Machine.recipientsOf(state, roll)
    const found = event.kind === "sent" ? event.payload.recipients : []
    if (!same(expected, found) || (event.kind === "sent" && found.length === 0))
      check.fail(
        "rolls",
        [address(event), runStarted],
        `The seed gives roll ${roll} of ${state.sides}, ${rolled(expected)}; found ${event.kind === "sent" ? `sent to ${MachineList.inWords(found) || "nobody"}` : "internal"}`,
      )
  }

  const checkStarted = (event: Logged<MachineEvent>): void => {
    if (event.kind !== "started") return
    check.counted.configuration++
    const rate = rates[event.machine]!
    const phaseUs = phasesUs[event.machine]!
    const expected = reach.of(event.machine).neighbours
    const found = event.payload
    if (found.rate !== rate || found.phaseUs !== phaseUs || !same(found.peers, expected))
      check.fail(
        "configuration",
        [address(event), runStarted],
        `The configuration gives rate ${rate}, phase ${phaseUs} us and peers [${expected}]; found ${found.rate}, ${found.phaseUs} us and [${found.peers}]`,
      )
  }

  const checkMachine = (event: { readonly machine: number; readonly version: number }): boolean => {
    check.counted.machines++
    if (event.machine <= config.machines) return true
    check.fail(
      "machines",
      [address(event), runStarted],
      `The run has machines 1 to ${config.machines}, found machine ${event.machine}`,
    )
    return false
  }

  const checkClosed = (machine: number, finishedBy: string): void => {
    check.counted.closed++
    const stream = streams[machine]
    if (stream?.stage === "finished") return
    const version = stream?.state.version ?? 0
    const found = stream?.stage === "stopped" ? "stopped for another reason" : "no stopped at its end"
    // What is missing is the next event; what says otherwise is the last.
    const at = stream?.stage === "stopped" ? version : version + 1
    check.fail(
      "closed",
      [`${machine}/${at}`, finishedBy],
      `A run is finished when every machine has stopped as finished: found ${found} in the stream of machine ${machine}`,
      stream?.stage === "stopped" ? stream.position : undefined,
    )
  }

  const moveOn = (event: Logged<MachineEvent>, stream: Stream): void => {
    stream.state = Machine.evolve(stream.state, event)
    stream.position = event.position
    // An event whose time lies ahead of what follows is at fault, and a time that falls behind is not believed.
    if (event.occurredAtUs > stream.beforeUs) {
      stream.beforeUs = Math.min(stream.occurredAtUs, event.occurredAtUs)
      stream.occurredAtUs = event.occurredAtUs
    }
    if (event.kind === "missed") stream.ticks = event.payload.first + event.payload.count
    else if (event.kind === "internal" || event.kind === "sent" || event.kind === "received") stream.ticks++
  }

  return {
    step: (event) => {
      if (!checkMachine(event)) return false
      const stream = streamOf(event.machine)
      checkVersion(event, stream)
      checkStamp(event, stream)
      checkLife(event, stream)
      checkStill(event)
      checkClock(event, stream)
      if (stream.state.work === undefined) checkRoll(event, stream.state)
      else checkWork(event, stream.state)
      checkStarted(event)
      moveOn(event, stream)
      return true
    },
    change: (change) => {
      for (let machine = 1; machine <= config.machines; machine++) {
        const stream = streamOf(machine)
        stream.state = Machine.changed(stream.state, change)
      }
    },
    skip: (event) => {
      if (!checkMachine(event)) return
      const stream = streamOf(event.machine)
      checkVersion(event, stream)
      stream.state = { ...stream.state, version: event.version }
      stream.position = event.position
      if (stream.stage === "unborn") stream.stage = "living"
    },
    close: (finishedBy) => {
      for (let machine = 1; machine <= config.machines; machine++) {
        if (streams[machine]?.stage !== "finished")
          positions.missing(
            `${machine}/${(streams[machine]?.state.version ?? 0) + 1}`,
            streams[machine]?.position ?? 0,
          )
        checkClosed(machine, finishedBy)
      }
    },
    lacking: () => {
      const open: Array<string> = []
      let finished = 0
      for (let machine = 1; machine <= config.machines; machine++) {
        const stream = streams[machine]
        if (stream?.stage === "finished") finished++
        else open.push(`${machine}/${(stream?.state.version ?? 0) + 1}`)
      }
      return finished === 0 ? [] : open
    },
  }
}
