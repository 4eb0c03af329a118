/**
 * A run made again. Every machine starts from the configuration and is given its recorded inputs one by one:
 * when it ticked, which message it then took, what it missed, when it stopped. All else, kinds, recipients,
 * clocks, versions and what messages carry, is decided anew by the decider, and each event compared with the
 * record. What a machine sends here is what others receive here, so one wrong decision cannot hide behind a
 * copy of it elsewhere in the record.
 *
 * States go on from what was replayed, not from what was recorded: a spoiled record differs where it was
 * spoiled, and not from there on. Memory is bounded by machines and messages in flight.
 */
import * as Either from "effect/Either"
import * as Change from "./Change.ts"
import { address, isRunEvent, type Logged, type MachineEvent, type Recorded } from "./ClockEvent.ts"
import * as Limits from "./Limits.ts"
import * as Machine from "./Machine.ts"
import type { Delivery } from "./Message.ts"
import * as RunConfig from "./RunConfig.ts"
import * as Difference from "./replay/Difference.ts"
import { Flights } from "./replay/Flights.ts"
import { Inbox } from "./replay/Inbox.ts"
import * as Setting from "./verification/Setting.ts"
import * as Shape from "./verification/Shape.ts"

export interface ReplayedMachine {
  readonly machine: number
  /** Ticks a second. */
  readonly rate: number
  readonly stage: "unborn" | "running" | "stopped"
  readonly version: number
  readonly lamport: number
  /** Rolls made: the generator's state follows from their number. */
  readonly rolls: number
  /** Messages taken. */
  readonly received: number
  /** Messages in the inbox after the machine's last event. */
  readonly queueLength: number
}

export interface Outcome {
  readonly events: number
  /** The last position replayed; 0 if none. */
  readonly upTo: number
  readonly finished: boolean
  /** The first `Limits.maxListedFailures`, in the order in which they showed. */
  readonly differences: ReadonlyArray<Difference.Difference>
  readonly moreDifferences: number
  /** Events whose queue length no arrival settles yet, or ever: the last of lives cut short. */
  readonly queueLengthsNotRebuilt: number
  readonly machines: ReadonlyArray<ReplayedMachine>
}

export interface Replay {
  /** Replays the next event of the log; the differences that it showed, most often none. */
  readonly step: (event: Recorded | Shape.Unreadable) => ReadonlyArray<Difference.Difference>
  /** The log has been read to its end, which its head says is at this position. */
  readonly end: (head: number) => void
  readonly machine: (machine: number) => ReplayedMachine | undefined
  /** What has been replayed so far; may be asked at any time. */
  readonly outcome: () => Outcome
}

interface Node {
  state: Machine.MachineState
  stage: ReplayedMachine["stage"]
  rolls: number
  received: number
  queueLength: number
  /** The position of its last event. */
  last: number
  readonly inbox: Inbox
}

const inputOf = (
  event: MachineEvent,
  setting: Setting.Setting,
  carried: (delivery: Delivery) => Delivery,
): Machine.Input => {
  const { occurredAtUs: atUs, queueLength } = event
  const at = { atUs, queueLength }
  switch (event.kind) {
    case "internal":
    case "sent":
      return { atUs, queueLength, input: "tick", taken: undefined }
    case "received":
      return { atUs, queueLength, input: "tick", taken: carried(event.payload) }
    case "started": {
      const [rate, phaseUs] = [setting.rates[event.machine]!, setting.phasesUs[event.machine]!]
      return { ...at, input: "start", rate, phaseUs }
    }
    case "dropped":
      return {
        ...at,
        input: "drop",
        // What a second copy carries is the first one's, which may be in flight no longer.
        dropped:
          event.payload.reason === "duplicate"
            ? event.payload
            : { ...carried(event.payload), reason: event.payload.reason },
      }
    case "missed":
      return { ...at, input: "miss", ...event.payload }
    case "stopped":
      return { ...at, input: "stop", reason: event.payload.reason, inbox: event.payload.inbox.map(carried) }
    case "resumed":
      return { ...at, input: "resume", downUs: event.payload.downUs }
  }
}

/** Takes the event's disposals and arrivals into the rebuilt inbox. */
const follow = (inbox: Inbox, event: Logged<MachineEvent>): void => {
  if (event.kind === "started" || event.kind === "resumed") inbox.begin()
  if (event.kind === "received" || (event.kind === "dropped" && event.payload.reason === "drop-oldest")) {
    inbox.arrive(event.payload.arrivedAtUs)
    inbox.dispose()
  } else if (event.kind === "stopped")
    for (const { arrivedAtUs } of event.payload.inbox) inbox.arrive(arrivedAtUs)
  inbox.record(event.position, event.version, event.occurredAtUs, event.queueLength)
  if (event.kind === "stopped") inbox.close()
}

const stageAfter = (event: MachineEvent): ReplayedMachine["stage"] =>
  event.kind === "stopped" ? "stopped" : "running"

export const make = (): Replay => {
  const nodes: Array<Node> = []
  const flights = new Flights()
  const listed: Array<Difference.Difference> = []
  let more = 0
  let shown: Array<Difference.Difference> = []
  let setting: Setting.Setting | undefined
  let course: Change.Course | undefined
  let events = 0
  let upTo = 0
  let finished = false
  let last = ""

  const list = (difference: Difference.Difference): void => {
    shown.push(difference)
    if (listed.length < Limits.maxListedFailures) listed.push(difference)
    else more++
  }
  const tell: Difference.Tell = (event, field, recorded, replayed) =>
    list(Difference.make(event, field, recorded, replayed))

  const bear = (known: Setting.Setting): void => {
    for (let machine = 1; machine <= known.config.machines; machine++)
      nodes[machine] = {
        state: Machine.inRun(known.config, known.reach, machine),
        stage: "unborn",
        rolls: 0,
        received: 0,
        queueLength: 0,
        last: 0,
        inbox: new Inbox(({ position, version, recorded, replayed }) => {
          if (nodes[machine]!.last === position) nodes[machine]!.queueLength = replayed
          if (recorded === replayed) return
          list({ position, event: `${machine}/${version}`, field: "queueLength", recorded, replayed })
        }),
      }
  }

  const change = (changes: ReadonlyArray<Change.Change>): void => {
    for (const one of changes)
      for (const node of nodes) if (node) node.state = Machine.changed(node.state, one)
  }

  const stepRun = (event: Logged): void => {
    if (event.kind === "fault-injected" && course !== undefined) change(course.step())
    if (event.kind === "run-finished") finished = true
    if (setting !== undefined) Setting.step(setting, event)
    if (event.kind !== "run-started" || setting !== undefined) return
    const config = RunConfig.decode(event.payload)
    if (Either.isRight(config)) {
      setting = Setting.make(config.right, event.occurredAtUs)
      bear(setting)
      course = Change.course(config.right.changes)
      change(course.first)
    } else tell(event, "payload", config.left.message, "a configuration that can be run")
  }

  const stepMachine = (event: Logged<MachineEvent>, node: Node, known: Setting.Setting): void => {
    const carried = (delivery: Delivery): Delivery => {
      const flight = flights.find(event.machine, delivery)
      if (flight !== undefined) return { ...delivery, ...flight }
      tell(event, "message", `${delivery.sender}/${delivery.sendVersion}`, "not in flight to this machine")
      return delivery
    }
    const replayed = Machine.decide(node.state, inputOf(event, known, carried))
    Difference.compare(event, replayed, tell)
    node.queueLength = event.queueLength
    node.last = event.position
    follow(node.inbox, event)
    flights.step(event, replayed)
    node.state = Machine.evolve(node.state, replayed)
    node.stage = stageAfter(replayed)
    if (replayed.kind === "received") node.received++
    if (replayed.kind === "internal" || replayed.kind === "sent") node.rolls++
  }

  const machine = (number: number): ReplayedMachine | undefined => {
    const node = nodes[number]
    if (node === undefined) return undefined
    const { stage, rolls, received, queueLength, state } = node
    const { version, lamport } = state
    return {
      machine: number,
      rate: setting!.rates[number]!,
      stage,
      version,
      lamport,
      rolls,
      received,
      queueLength,
    }
  }

  return {
    step: (found) => {
      shown = []
      events++
      const problem = Shape.problem(found)
      const event = found as Logged
      if (problem !== undefined) {
        const place = Shape.placeOf(found) ?? { machine: 0, version: 0 }
        upTo++
        last = address(place)
        list({ position: upTo, event: last, field: "record", recorded: problem, replayed: "an event" })
        return shown
      }
      if (event.position !== upTo + 1) tell(event, "position", event.position, upTo + 1)
      upTo = event.position
      last = address(event)
      if (isRunEvent(event)) stepRun(event)
      else {
        const node = nodes[event.machine]
        if (node === undefined || setting === undefined)
          tell(event, "machine", event.machine, "no machine of the run")
        else stepMachine(event, node, setting)
        if (course !== undefined) change(course.step())
      }
      return shown
    },
    end: (head) => {
      if (head === upTo) return
      list({ position: upTo, event: last, field: "head", recorded: head, replayed: upTo })
    },
    machine,
    outcome: () => ({
      events,
      upTo,
      finished,
      differences: [...listed],
      moreDifferences: more,
      queueLengthsNotRebuilt: nodes.reduce((sum, { inbox }) => sum + inbox.unsettled + inbox.waiting, 0),
      machines: nodes.flatMap((_, number) => machine(number) ?? []),
    }),
  }
}
