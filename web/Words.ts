/** Events, messages and cones in words: for the box beside the pointer, and for those who listen. */
import type { Cone } from "./Cone.ts"
import { called } from "./MachineName.ts"
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

/** A machine where its number alone is meant. */
const machineOf = (data: SpaceTimeData, machine: number): string => {
  const name = data.names[machine - 1]
  return name === undefined || name === String(machine) ? String(machine) : called(name, machine)
}

const what = (data: SpaceTimeData, event: number): string => {
  const kind = data.kinds[data.kind[event]!]!
  if (kind === "sent")
    return `sent to ${
      recipientsOf(data, event)
        .map((recipient) => machineOf(data, recipient))
        .join(" and ") || "nobody known"
    }`
  const taken = data.messageTaken[event]!
  if (taken >= 0) return `${kind} ${addressOf(data, data.send[taken]!)}`
  return kind === "received" ? "received a message whose send is not known" : kind
}

/** What is known of clock and queue. */
const knownOf = (data: SpaceTimeData, event: number): ReadonlyArray<string> => {
  const [lamport, queue] = [data.lamport[event]!, data.queueLength[event]!]
  return [...(lamport < 0 ? ["no clock"] : [`L ${lamport}`]), ...(queue < 0 ? [] : [`queue ${queue}`])]
}

/** When it was, as far as the log says. */
const whenOf = (data: SpaceTimeData, event: number): ReadonlyArray<string> => {
  if (data.axis === "time") return [`at ${time(data.atUs[event]!)}`]
  const said = data.saidUs?.[event] ?? null
  return said === null ? [] : [`at ${time(said)}`]
}

const nameOf = (data: SpaceTimeData, event: number): string => {
  const machine = data.machine[event]!
  const name = data.names[machine - 1]
  return name === undefined || name === String(machine) ? "" : `${called(name, machine)} `
}

/** Lines that name an event, the first its machine, its address and what it did. */
export const eventLines = (data: SpaceTimeData, event: number): ReadonlyArray<string> => {
  const taken = data.messageTaken[event]!
  const label = data.labels[event]
  const remark = data.remarks[event]
  const lines = [
    `${nameOf(data, event)}${addressOf(data, event)}  ${what(data, event)}`,
    [...knownOf(data, event), ...whenOf(data, event)].join(", "),
  ]
  if (taken >= 0) lines.push(...wayLines(data, taken))
  if (remark !== undefined) lines.push(remark)
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
  const state = states[data.state[message]!]!
  const remark = end < 0 ? undefined : data.remarks[end]
  return [
    `message ${addressOf(data, send)} to ${machineOf(data, data.recipient[message]!)}  ${knownOf(data, send)[0]}`,
    [
      ["sent", ...whenOf(data, send)].join(" "),
      [state, ...(end < 0 ? [] : whenOf(data, end))].join(" "),
    ].join(", "),
    ...(data.state[message] === State.received ? wayLines(data, message) : []),
    ...(remark === undefined ? [] : [remark]),
  ]
}

export const coneText = (data: SpaceTimeData, event: number, cone: Cone | undefined): string =>
  cone === undefined
    ? `${addressOf(data, event)} (${data.kinds[data.kind[event]!]}) stands outside happened-before`
    : `${addressOf(data, event)}: ${cone.before} before, ${cone.after} after, ${cone.concurrent} concurrent`

export const spoken = (data: SpaceTimeData, event: number): string => eventLines(data, event).join(", ")
