/** The clock events that a user names by their addresses: found in the store, told in text and JSON. */
import * as Effect from "effect/Effect"
import { type AnyClockEvent, address, isClockEvent, type Logged } from "../domain/ClockEvent.ts"
import * as Address from "../domain/causality/Address.ts"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import { toIso } from "../domain/EventPayload.ts"
import * as StreamWindow from "../persistence/StreamWindow.ts"
import type * as Store from "./Store.ts"
import { UsageError } from "./UsageError.ts"

/** The address that a word is; `doing` completes "Cannot ...". */
export const parse = (doing: string, word: string): Effect.Effect<Address.Address, UsageError> => {
  const parsed = Address.parse(word)
  return parsed === undefined
    ? Effect.fail(
        new UsageError({
          message: `Cannot ${doing}: an event must be given as machine/version, such as 2/17, found ${JSON.stringify(word)}`,
        }),
      )
    : Effect.succeed(parsed)
}

const notOfTheRun = (run: string, event: Address.Address): string =>
  `must be an event of run ${run}, found no ${address(event)}; lightcone events ${run}${event.machine > 0 ? ` --machine ${event.machine}` : ""} lists those there are`

/** The clock event of that address. Others stand outside happened-before. */
export const find = (
  store: Store.Store,
  run: string,
  doing: string,
  wanted: Address.Address,
): Effect.Effect<Logged<AnyClockEvent>, UsageError | StoreUnavailable> =>
  Effect.gen(function* () {
    const { machine, version } = wanted
    const [event] = yield* StreamWindow.read(store.database.db, { run, machine, upTo: version, events: 1 })
    if (event === undefined)
      return yield* new UsageError({ message: `Cannot ${doing}: ${notOfTheRun(run, wanted)}` })
    if (isClockEvent(event)) return event
    return yield* new UsageError({
      message: `Cannot ${doing}: ${address(wanted)} must be a clock event (internal, sent or received), found ${event.kind}, which stands outside happened-before`,
    })
  })

/** As the JSON of `why`, `relate` and `lesson` names an event. */
export const toJson = (event: Logged<AnyClockEvent>) => ({
  event: address(event),
  kind: event.kind,
  lamport: event.lamport,
  position: event.position,
  occurredAt: toIso(event.occurredAtUs),
  ...(event.payload.label === undefined ? {} : { label: event.payload.label }),
})

/** The same for an event of which a path or a chain knows no more. */
export const pointToJson = (point: Address.Point) => ({ event: address(point), lamport: point.lamport })

export const what = (event: AnyClockEvent): string =>
  event.payload.label === undefined ? did(event) : `${did(event)} (${event.payload.label})`

const did = (event: AnyClockEvent): string => {
  switch (event.kind) {
    case "internal":
      return "internal"
    case "sent":
      return `sent to ${event.payload.recipients.join(" and ")}`
    case "received":
      return event.payload.sendVersion === null
        ? "received, from a send that this log does not tell"
        : `received ${event.payload.sender}/${event.payload.sendVersion}`
  }
}

/** An event with its clock, such as "2/17 (L = 9)". */
export const withClock = (point: Address.Point): string =>
  `${address(point)} (${point.lamport === null ? "no clock" : `L = ${point.lamport}`})`
