/** The clock events that a user names by their addresses: found in the store, and as JSON names them. */
import * as Effect from "effect/Effect"
import { type AnyClockEvent, address, isClockEvent, type Logged } from "../../domain/ClockEvent.ts"
import * as Address from "../../domain/causality/Address.ts"
import type { StoreUnavailable } from "../../domain/EventLog.ts"
import { toIso } from "../../domain/EventPayload.ts"
import { UsageError } from "../../domain/UsageError.ts"
import type * as Query from "../Query.ts"
import * as StreamWindow from "../StreamWindow.ts"
import * as MachineNames from "./MachineNames.ts"

/** The address that a word is; `doing` completes "Cannot ...". */
export const parse = (doing: string, word: string): Effect.Effect<Address.Address, UsageError> => {
  const parsed = Address.parse(word)
  return parsed === undefined
    ? Effect.fail(
        new UsageError({
          message: `Cannot ${doing}: an event must be given as machine/version, such as 2/17, found ${JSON.stringify(word)}`,
          word,
        }),
      )
    : Effect.succeed(parsed)
}

const notOfTheRun = (run: string, event: Address.Address): string =>
  `must be an event of run ${run}, found no ${address(event)}; lightcone events ${run}${event.machine > 0 ? ` --machine ${event.machine}` : ""} lists those there are`

/** The clock event of that address. Others stand outside happened-before. */
export const find = (
  db: Query.Db,
  run: string,
  doing: string,
  wanted: Address.Address,
): Effect.Effect<Logged<AnyClockEvent>, UsageError | StoreUnavailable> =>
  Effect.gen(function* () {
    const { machine, version } = wanted
    const [event] = yield* StreamWindow.read(db, { run, machine, upTo: version, events: 1 })
    if (event === undefined)
      return yield* new UsageError({
        message: `Cannot ${doing}: ${notOfTheRun(run, wanted)}`,
        word: address(wanted),
      })
    if (isClockEvent(event)) return event
    return yield* new UsageError({
      message: `Cannot ${doing}: ${address(wanted)} must be a clock event (internal, sent or received), found ${event.kind}, which stands outside happened-before`,
      word: address(wanted),
    })
  })

/** As the JSON of `why`, `relate` and `lesson` names an event; what it is for, and `name`, `label` and `line`, where there are any. */
export const toNamedJson = (event: Logged<AnyClockEvent>, names: ReadonlyArray<string>) => {
  const name = MachineNames.nameOf(names, event.machine)
  const { purpose, snapshot, tokens, label, line } = event.payload
  return {
    event: address(event),
    kind: event.kind,
    lamport: event.lamport,
    position: event.position,
    occurredAt: toIso(event.occurredAtUs),
    ...(name === undefined ? {} : { name }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(label === undefined ? {} : { label }),
    ...(line === undefined ? {} : { line }),
  }
}

/** The same where machines have no names. */
export const toJson = (event: Logged<AnyClockEvent>) => toNamedJson(event, [])

/** The same for an event of which a path or a chain knows no more. */
export const pointToJson = (point: Address.Point) => ({ event: address(point), lamport: point.lamport })
