/** What became of each link's messages, by a run's log alone: a plain count beside the verifier's. */

import type { Recorded } from "../../src/domain/ClockEvent.ts"
import type { Delivery } from "../../src/domain/Message.ts"

export interface Disposal {
  readonly link: string
  readonly sent: number
  /** Received, dropped or left in the inbox. */
  readonly disposed: number
  readonly lastArrivedAtUs: number
  /** When the first was sent that has not arrived. */
  readonly waitsSinceUs: number
  /** What is wrong: a message lost, doubled or out of its order; what came is to be the beginning of what was sent. */
  readonly wrong: string | undefined
}

const deliveriesOf = (event: Recorded): ReadonlyArray<Delivery> => {
  if (event.kind === "received" || event.kind === "dropped") return [event.payload as Delivery]
  return event.kind === "stopped" ? event.payload.inbox : []
}

const group = <A>(entries: Iterable<readonly [string, A]>): Map<string, Array<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const [key, value] of entries) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

export const disposals = (log: ReadonlyArray<Recorded>): ReadonlyArray<Disposal> => {
  const sent = group(
    log.flatMap((event) =>
      event.kind === "sent"
        ? event.payload.recipients.map((to) => [`${event.machine} to ${to}`, event] as const)
        : [],
    ),
  )
  const came = group(
    log.flatMap((event) =>
      deliveriesOf(event).map((delivery) => [`${delivery.sender} to ${event.machine}`, delivery] as const),
    ),
  )
  return [...sent].map(([link, sends]) => {
    const arrived = (came.get(link) ?? []).sort((a, b) => a.arrivedAtUs - b.arrivedAtUs)
    const at = arrived.findIndex(({ sendVersion }, i) => sendVersion !== sends[i]?.version)
    return {
      link,
      sent: sends.length,
      disposed: arrived.length,
      lastArrivedAtUs: arrived.at(-1)?.arrivedAtUs ?? 0,
      waitsSinceUs: sends[arrived.length]?.occurredAtUs ?? Number.POSITIVE_INFINITY,
      wrong:
        at < 0
          ? undefined
          : `${link}: arrival ${at + 1} is of version ${arrived[at]!.sendVersion}, sent was ${sends[at]?.version}`,
    }
  })
}
