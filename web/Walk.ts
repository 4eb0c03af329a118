/** Steps from event to event by keys: along a machine, and across the messages that leave it or come to it. */
import { placeAt, type SpaceTimeData } from "./SpaceTimeData.ts"

/** The event `by` places further on the same machine, as far as there is one. */
export const along = (data: SpaceTimeData, event: number, by: number): number => {
  const own = data.ofMachine[data.machine[event]!]!
  return own[Math.min(own.length - 1, Math.max(0, data.place[event]! + by))]!
}

/** The events at the other ends of an event's messages. */
export const acrossAll = (data: SpaceTimeData, event: number): ReadonlyArray<number> => {
  const taken = data.messageTaken[event]!
  const sent = Array.from(
    { length: data.firstMessage[event + 1]! - data.firstMessage[event]! },
    (_, i) => data.end[data.firstMessage[event]! + i]!,
  )
  return [...(taken >= 0 ? [data.send[taken]!] : []), ...sent.filter((end) => end >= 0)]
}

/**
 * Up (-1) or down (+1): over a message whose other end lies there, to the nearest machine if there are several;
 * else to the event of the neighbouring machine that is nearest in time.
 */
export const across = (data: SpaceTimeData, event: number, direction: -1 | 1): number => {
  const machine = data.machine[event]!
  const ends = acrossAll(data, event)
    .filter((end) => (data.machine[end]! - machine) * direction > 0)
    .sort((a, b) => Math.abs(data.machine[a]! - machine) - Math.abs(data.machine[b]! - machine))
  return ends[0] ?? neighbour(data, event, direction)
}

const neighbour = (data: SpaceTimeData, event: number, direction: -1 | 1): number => {
  let machine = data.machine[event]! + direction
  while ((data.ofMachine[machine]?.length ?? 1) === 0 && machine > 0) machine += direction
  const own = data.ofMachine[machine]
  if (machine < 1 || own === undefined) return event
  const us = data.atUs[event]!
  const place = placeAt(data, machine, us)
  const [earlier, later] = [own[place - 1], own[place]]
  if (earlier === undefined || later === undefined) return earlier ?? later ?? event
  return us - data.atUs[earlier]! < data.atUs[later]! - us ? earlier : later
}
