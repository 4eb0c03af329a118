/** Events of the API's JSON as the domain has them: times are microseconds, whatever else is as it came. */
import type { Recorded } from "../../src/domain/ClockEvent.ts"

export interface EventJson {
  readonly position: number
  readonly machine: number
  readonly version: number
  readonly kind: string
  readonly occurredAt: string
  readonly lamport: number | null
  readonly queueLength: number | null
  readonly payload: Record<string, unknown>
}

let [knownSecond, knownUs] = ["", 0]

/** Microseconds since the epoch; most events share their second with the one before. */
const microseconds = (iso: string): number => {
  const second = iso.slice(0, 19)
  if (second !== knownSecond) [knownSecond, knownUs] = [second, Date.parse(`${second}Z`) * 1_000]
  return knownUs + Number(iso.slice(20, 26))
}

const moment = (iso: unknown): number | null => (typeof iso === "string" ? microseconds(iso) : null)

const delivery = ({ sentAt, arrivedAt, ...rest }: Record<string, unknown>): Record<string, unknown> => ({
  ...rest,
  sentAtUs: moment(sentAt),
  arrivedAtUs: moment(arrivedAt),
})

const payloadOf = ({ kind, payload }: EventJson): Record<string, unknown> => {
  switch (kind) {
    case "received":
    case "dropped":
      return delivery(payload)
    case "stopped":
      return { ...payload, inbox: (payload.inbox as ReadonlyArray<Record<string, unknown>>).map(delivery) }
    default:
      return payload
  }
}

export const read = (json: EventJson): Recorded => {
  const { position, machine, version, kind, occurredAt, lamport, queueLength } = json
  const occurredAtUs = microseconds(occurredAt)
  const payload = payloadOf(json)
  return { position, machine, version, kind, occurredAtUs, lamport, queueLength, payload } as Recorded
}
