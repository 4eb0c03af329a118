/**
 * A machine of the scale model as a pure decider: `initial`, `decide`, `evolve`. It knows no clock, socket or
 * store; both engines drive this code. The state is one flat record of numbers, so that a loop can hold a
 * million of them in columns, and a decision looks at no more than that record and its input. Only a machine that sends
 * to more than two peers, or to a group, has lists of them beside, which never change.
 *
 * The inbox stays outside: what a tick takes, and how long the queue then is, come with the input. So the
 * state follows from the machine's own stream alone, which is what replay and resume rest on.
 */
import type { Change } from "./Change.ts"
import {
  type Dropped,
  isClockEvent,
  type MachineEvent,
  type MissReason,
  type Started,
  type StopReason,
} from "./ClockEvent.ts"
import * as LamportClock from "./LamportClock.ts"
import type { Delivery } from "./Message.ts"
import * as Random from "./Random.ts"
import type * as Reach from "./Reach.ts"
import * as Workload from "./Workload.ts"
import type { Deed } from "./workload/Deed.ts"

export interface MachineState {
  readonly machine: number
  readonly peerA: number
  readonly peerB: number
  /** Whom it may send to where A and B alone do not say so: a list shared by all states of the machine. */
  readonly reach: Reach.OfMachine | undefined
  /** Of a protocol that it takes part in; undefined where it rolls dice and no more. */
  readonly work: Workload.State | undefined
  readonly sides: number
  readonly version: number
  readonly lamport: number
  /** The generator's words; they follow from the count of rolls made. */
  readonly rngA: number
  readonly rngB: number
  readonly rngC: number
  readonly rngCounter: number
}

interface At {
  readonly atUs: number
  /** Messages in the inbox once the input has been dealt with. */
  readonly queueLength: number
}

export type Input =
  | (At & { readonly input: "tick"; readonly taken: Delivery | undefined })
  | (At & { readonly input: "start"; readonly rate: number; readonly phaseUs: number })
  | (At & { readonly input: "drop"; readonly dropped: Dropped["payload"] })
  | (At & {
      readonly input: "miss"
      readonly first: number
      readonly count: number
      readonly reason: MissReason
    })
  | (At & { readonly input: "stop"; readonly reason: StopReason; readonly inbox: ReadonlyArray<Delivery> })
  | (At & { readonly input: "resume"; readonly downUs: number })

export interface Identity {
  readonly seed: number
  readonly machine: number
  readonly sides: number
  /** 0 where there is no peer. */
  readonly peerA: number
  readonly peerB: number
  /** Left out where A and B are all that it may send to, and 3 addresses both. */
  readonly reach?: Reach.OfMachine
  readonly work?: Workload.State
}

export const initial = ({ seed, machine, sides, peerA, peerB, reach, work }: Identity): MachineState => {
  const rng = Random.stream(seed, Random.Purpose.roll, machine)
  return {
    machine,
    peerA,
    peerB,
    reach,
    work,
    sides,
    version: 0,
    lamport: LamportClock.initial,
    rngA: rng.a,
    rngB: rng.b,
    rngC: rng.c,
    rngCounter: rng.counter,
  }
}

/** A machine of a run before its first event. */
export const inRun = (
  config: { readonly seed: number; readonly sides: number; readonly workload?: Workload.Name },
  reach: Reach.Reach,
  machine: number,
): MachineState => {
  const { seed, sides, workload } = config
  const of = reach.of(machine)
  const [peerA = 0, peerB = peerA] = of.neighbours
  const work = workload === undefined ? {} : { work: Workload.initial(workload, reach, machine) }
  const identity = { seed, machine, sides, peerA, peerB, ...work }
  return initial(of.group === null && of.neighbours.length <= 2 ? identity : { ...identity, reach: of })
}

const nextDraw = (state: MachineState): number => Random.peek(state.rngA, state.rngB, state.rngCounter)

/** The same machine as its next rolls are made by what a fork changes. */
export const changed = (state: MachineState, { seed, sides = state.sides }: Change): MachineState => {
  if (seed === undefined) return { ...state, sides }
  const rng = Random.stream(seed, Random.Purpose.roll, state.machine)
  return { ...state, sides, rngA: rng.a, rngB: rng.b, rngC: rng.c, rngCounter: rng.counter }
}

/** The roll that the next tick with an empty inbox makes: 1..sides, one draw. */
export const nextRoll = (state: MachineState): number => 1 + Random.below(nextDraw(state), state.sides)

const noRecipients: ReadonlyArray<number> = []

/**
 * Of a machine with more neighbours than two, or a group. What is left of the draw, once the side that is up has been
 * taken from it, is as even as the draw was, and says which of many neighbours are A and B this time.
 */
const reached = (state: MachineState, roll: number, { neighbours, group }: Reach.OfMachine) => {
  if (roll === 3 && group !== null) return group
  const count = neighbours.length
  const left = (nextDraw(state) * state.sides) % 2 ** 32
  const first = count <= 2 ? 0 : Random.below(left, count)
  const [a, b] = [neighbours[first]!, neighbours[(first + 1) % count]!]
  if (roll === 1 || a === b) return [a]
  return roll === 2 ? [b] : [Math.min(a, b), Math.max(a, b)]
}

/** Whom the next roll addresses, being this one: 1 peer A, 2 peer B, 3 both or the group, anything else nobody. */
export const recipientsOf = (state: MachineState, roll: number): ReadonlyArray<number> => {
  if (roll > 3 || state.peerA === 0) return noRecipients
  if (state.reach !== undefined) return reached(state, roll, state.reach)
  if (roll === 1 || state.peerA === state.peerB) return [state.peerA]
  return roll === 2 ? [state.peerB] : [state.peerA, state.peerB]
}

const noPayload = {}

/** Whether the next tick pays what the machine owes rather than take a message. */
export const owes = ({ work }: MachineState): boolean =>
  work !== undefined && Workload.due(work) !== undefined

const wanted = (state: MachineState, work: Workload.State): Deed => {
  const roll = nextRoll(state)
  return Workload.wish(work, roll, state.sides, recipientsOf(state, roll))
}

/** Of a machine that takes part in a protocol. */
const workingTick = (
  state: MachineState,
  work: Workload.State,
  { atUs: occurredAtUs, queueLength }: At,
  taken: Delivery | undefined,
): MachineEvent => {
  const stamp = { machine: state.machine, version: state.version + 1, occurredAtUs, queueLength }
  const owed = Workload.due(work)
  if (owed === undefined && taken !== undefined) {
    const lamport = LamportClock.receive(state.lamport, taken.senderLamport)
    return { ...stamp, kind: "received", lamport, payload: { ...taken, ...Workload.noted(work, taken) } }
  }
  const { recipients, remarks } = owed ?? wanted(state, work)
  const lamport = LamportClock.tick(state.lamport)
  return recipients.length === 0
    ? { ...stamp, kind: "internal", lamport, payload: remarks }
    : { ...stamp, kind: "sent", lamport, payload: { recipients, ...remarks } }
}

/** Written out, as it is made millions of times: a spread here takes as long as all else together. */
const tick = (state: MachineState, { atUs, queueLength }: At, taken: Delivery | undefined): MachineEvent => {
  const { machine } = state
  const version = state.version + 1
  if (taken !== undefined) {
    const lamport = LamportClock.receive(state.lamport, taken.senderLamport)
    return { machine, version, occurredAtUs: atUs, queueLength, kind: "received", lamport, payload: taken }
  }
  const lamport = LamportClock.tick(state.lamport)
  const recipients = recipientsOf(state, nextRoll(state))
  return recipients.length === 0
    ? { machine, version, occurredAtUs: atUs, queueLength, kind: "internal", lamport, payload: noPayload }
    : { machine, version, occurredAtUs: atUs, queueLength, kind: "sent", lamport, payload: { recipients } }
}

/** The one event that an input makes. */
export const decide = (state: MachineState, input: Input): MachineEvent => {
  if (input.input === "tick")
    return state.work === undefined
      ? tick(state, input, input.taken)
      : workingTick(state, state.work, input, input.taken)
  const stamp = {
    machine: state.machine,
    version: state.version + 1,
    occurredAtUs: input.atUs,
    lamport: state.lamport,
    queueLength: input.queueLength,
  }
  switch (input.input) {
    case "start":
      return { ...stamp, kind: "started", payload: started(state, input.rate, input.phaseUs) }
    case "drop":
      return { ...stamp, kind: "dropped", payload: input.dropped }
    case "miss":
      return {
        ...stamp,
        kind: "missed",
        payload: { first: input.first, count: input.count, reason: input.reason },
      }
    case "stop":
      return { ...stamp, kind: "stopped", payload: { reason: input.reason, inbox: input.inbox } }
    case "resume":
      return { ...stamp, kind: "resumed", payload: { downUs: input.downUs } }
  }
}

/** Whom it sends to singly. */
const peersOf = ({ peerA, peerB, reach }: MachineState): ReadonlyArray<number> => {
  if (reach !== undefined) return reach.neighbours
  return peerA === 0 ? noRecipients : peerA === peerB ? [peerA] : [peerA, peerB]
}

const started = (state: MachineState, rate: number, phaseUs: number): Started["payload"] => ({
  rate,
  phaseUs,
  peers: peersOf(state),
})

/**
 * The state after an event of the machine's own stream; events that made a roll advance the generator. Field by field:
 * spreading a record whose words are large numbers takes several microseconds.
 */
export const evolve = (state: MachineState, event: MachineEvent): MachineState => {
  let [a, b, c, counter] = [state.rngA, state.rngB, state.rngC, state.rngCounter]
  if (event.kind === "internal" || event.kind === "sent")
    ({ a, b, c, counter } = Random.advance({ a, b, c, counter }))
  return {
    machine: state.machine,
    peerA: state.peerA,
    peerB: state.peerB,
    reach: state.reach,
    work: state.work === undefined || !isClockEvent(event) ? state.work : Workload.evolve(state.work, event),
    sides: state.sides,
    version: event.version,
    lamport: event.lamport,
    rngA: a,
    rngB: b,
    rngC: c,
    rngCounter: counter,
  }
}
