/** Events, messages and cones in words: for the box beside the pointer, and for those who listen. */
import type { Cone } from "./Cone.ts"
import { addressOf, type SpaceTimeData, State } from "./SpaceTimeData.ts"

const time = (us: number): string => `${(us / 1_000_000).toFixed(6)} s`

const stretch = (us: number): string =>
  us < 1_000
    ? `${us} us`
    : us < 1_000_000
      ? `${Number((us / 1_000).toPrecision(3))} ms`
      : `${Number((us / 1_000_000).toPrecision(4))} s`

const states = [
  "received",
  "dropped",
  "in the inbox, not taken",
  "in flight",
  "received later than this diagram goes",
]

const recipientsOf = (data: SpaceTimeData, event: number): ReadonlyArray<number> =>
  Array.from(data.recipient.subarray(data.firstMessage[event]!, data.firstMessage[event + 1]!))

const what = (data: SpaceTimeData, event: number): string => {
  const kind = data.kinds[data.kind[event]!]!
  if (kind === "sent") return `sent to ${recipientsOf(data, event).join(" and ")}`
  const taken = data.messageTaken[event]!
  if (kind === "received" && taken < 0) return "received a message whose send the log does not tell"
  return taken < 0 ? kind : `${kind} ${addressOf(data, data.send[taken]!)}`
}

/** What is known of clock and queue. */
const knownOf = (data: SpaceTimeData, event: number): ReadonlyArray<string> => {
  const [lamport, queue] = [data.lamport[event]!, data.queueLength[event]!]
  return [...(lamport < 0 ? ["no clock"] : [`L ${lamport}`]), ...(queue < 0 ? [] : [`queue ${queue}`])]
}

const nameOf = (data: SpaceTimeData, event: number): string => {
  const machine = data.machine[event]!
  const name = data.names[machine - 1]
  return name === undefined || name === String(machine) ? "" : `${name} `
}

/** Lines that name an event, the first its address and what it did. */
export const eventLines = (data: SpaceTimeData, event: number): ReadonlyArray<string> => {
  const taken = data.messageTaken[event]!
  const label = data.labels[event]
  const lines = [
    `${nameOf(data, event)}${addressOf(data, event)}  ${what(data, event)}`,
    [...knownOf(data, event), `at ${time(data.atUs[event]!)}`].join(", "),
  ]
  if (taken >= 0) lines.push(...wayLines(data, taken))
  return label === undefined ? lines : [...lines, label]
}

const wayLines = (data: SpaceTimeData, message: number): ReadonlyArray<string> => {
  const arrivedUs = data.arrivedUs[message]!
  const end = data.end[message]!
  if (arrivedUs < 0 || end < 0) return []
  const networkUs = arrivedUs - data.atUs[data.send[message]!]!
  return [`${stretch(networkUs)} on the network, ${stretch(data.atUs[end]! - arrivedUs)} in the inbox`]
}

export const messageLines = (data: SpaceTimeData, message: number): ReadonlyArray<string> => {
  const send = data.send[message]!
  const end = data.end[message]!
  return [
    `message ${addressOf(data, send)} to ${data.recipient[message]}  ${knownOf(data, send)[0]}`,
    `sent at ${time(data.atUs[send]!)}, ${states[data.state[message]!]}${end < 0 ? "" : ` at ${time(data.atUs[end]!)}`}`,
    ...(data.state[message] === State.received ? wayLines(data, message) : []),
  ]
}

export const coneText = (data: SpaceTimeData, event: number, cone: Cone | undefined): string =>
  cone === undefined
    ? `${addressOf(data, event)} (${data.kinds[data.kind[event]!]}) stands outside happened-before`
    : `${addressOf(data, event)}: ${cone.before} before, ${cone.after} after, ${cone.concurrent} concurrent`

export const spoken = (data: SpaceTimeData, event: number): string => eventLines(data, event).join(", ")
