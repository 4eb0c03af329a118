/** How an event's clock came to be what it is, in words: by a step of its machine, or by the clock of a message. */
import { called } from "./MachineName.ts"
import { addressOf, type SpaceTimeData } from "./SpaceTimeData.ts"

/** The clock event before it on the same machine, -1 if there is none. */
export const before = (data: SpaceTimeData, event: number): number => {
  const own = data.ofMachine[data.machine[event]!]!
  for (let place = data.place[event]! - 1; place >= 0; place--)
    if (data.isClockEvent[own[place]!] === 1) return own[place]!
  return -1
}

/** The clock that the machine had: 0 before its first clock event, -1 where it is not known. */
const clockBefore = (data: SpaceTimeData, event: number): number => {
  const previous = before(data, event)
  if (previous >= 0) return data.lamport[previous]!
  // A diagram of a part of a run begins in the middle of a machine's life.
  return data.version[event]! <= 2 ? 0 : -1
}

/** The send whose clock set this one's, -1 if the machine's own did. */
export const causeOf = (data: SpaceTimeData, event: number): number => {
  const message = data.messageTaken[event]!
  if (message < 0 || data.isClockEvent[event] !== 1) return -1
  const send = data.send[message]!
  return data.lamport[send]! > clockBefore(data, event) ? send : -1
}

/** The nearest event on the machine, from this one back, whose clock a message set; -1 if there is none. */
export const lastJump = (data: SpaceTimeData, event: number): number => {
  const own = data.ofMachine[data.machine[event]!]!
  for (let place = data.place[event]!; place >= 0; place--)
    if (causeOf(data, own[place]!) >= 0) return own[place]!
  return -1
}

const nameOf = (data: SpaceTimeData, machine: number): string => called(data.names[machine - 1], machine)

const sentence = (data: SpaceTimeData, event: number): string => {
  const name = nameOf(data, data.machine[event]!)
  const [from, to] = [clockBefore(data, event), data.lamport[event]!]
  const cause = causeOf(data, event)
  const came = from < 0 ? `came to ${to}` : `${to - from > 1 ? "jumped" : "went"} from ${from} to ${to}`
  if (cause >= 0) return `${name} ${came} because of message ${addressOf(data, cause)}`
  const message = data.messageTaken[event]!
  if (message < 0) return `${name} ${came} by its own step`
  const send = data.send[message]!
  const clock = data.lamport[send]!
  return `${name} ${came} by its own step; message ${addressOf(data, send)} brought ${clock}, which is no more than it had`
}

/** Undefined of an event that has no clock of its own. */
export const inWords = (data: SpaceTimeData, event: number): string | undefined => {
  if (data.isClockEvent[event] !== 1 || data.lamport[event]! < 0) return undefined
  return `${sentence(data, event)}.`
}

/** What its machine's clock rests on, where the event itself is no jump. */
export const restsOn = (data: SpaceTimeData, event: number): string | undefined => {
  const jump = lastJump(data, event)
  return jump < 0 || jump === event
    ? undefined
    : `Before that, at ${addressOf(data, jump)}, ${sentence(data, jump)}.`
}
