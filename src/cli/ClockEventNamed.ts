/** The clock events that a user names by their addresses: found in the store, told in text and JSON. */
import * as Effect from "effect/Effect"
import { type AnyClockEvent, address, isClockEvent, type Logged } from "../domain/ClockEvent.ts"
import * as Address from "../domain/causality/Address.ts"
import type { StoreUnavailable } from "../domain/EventLog.ts"
import { toIso } from "../domain/EventPayload.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as StreamWindow from "../persistence/StreamWindow.ts"
import * as MachineNames from "./MachineNames.ts"
import type * as Store from "./Store.ts"

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

/** As the JSON of `why`, `relate` and `lesson` names an event; `name`, `label` and `line` where there are any. */
export const toNamedJson = (event: Logged<AnyClockEvent>, names: ReadonlyArray<string>) => {
  const name = MachineNames.nameOf(names, event.machine)
  const { label, line } = event.payload
  return {
    event: address(event),
    kind: event.kind,
    lamport: event.lamport,
    position: event.position,
    occurredAt: toIso(event.occurredAtUs),
    ...(name === undefined ? {} : { name }),
    ...(label === undefined ? {} : { label }),
    ...(line === undefined ? {} : { line }),
  }
}

/** The same where machines have no names. */
export const toJson = (event: Logged<AnyClockEvent>) => toNamedJson(event, [])

/** The same for an event of which a path or a chain knows no more. */
export const pointToJson = (point: Address.Point) => ({ event: address(point), lamport: point.lamport })

/** Why the send of a receipt is not known. */
const unknown: Readonly<Record<string, string>> = {
  missing: "whose send is not in the log",
  "none-fits": "that no send in the log fits",
}

const mostOfLabel = 200

/** How the events of a run are told: the name of a machine, where it has one, beside its first event. */
export interface Telling {
  /** An event with its clock, such as "2/17 (L = 9)". */
  readonly withClock: (point: Address.Point) => string
  /** What it was. */
  readonly what: (event: AnyClockEvent) => string
}

export const telling = (names: ReadonlyArray<string> = []): Telling => {
  const told = new Set<number>()
  /** A name that was not told yet. */
  const fresh = (machine: number): string | undefined => {
    if (told.has(machine)) return undefined
    told.add(machine)
    const name = MachineNames.nameOf(names, machine)
    if (name === undefined) return undefined
    return MachineNames.inLine(/^\d+$/.test(name) ? `machine ${name}` : name)
  }
  const beside = (machine: number, word: string): string => {
    const name = fresh(machine)
    return name === undefined ? word : `${word} (${name})`
  }

  const did = (event: AnyClockEvent): string => {
    if (event.kind === "internal") return "internal"
    if (event.kind === "sent") {
      const { recipients } = event.payload
      const listed = recipients.map((recipient) => beside(recipient, String(recipient)))
      return listed.length === 0 ? "sent to nobody known" : `sent to ${listed.join(" and ")}`
    }
    const { sender, sendVersion, match } = event.payload
    if (sendVersion !== null) {
      const found = match === "one-of-several" ? ", one of several sends that fit" : ""
      return `received ${beside(sender, `${sender}/${sendVersion}`)}${found}`
    }
    const from = sender === null ? "" : ` of machine ${beside(sender, String(sender))}`
    return `received a message${from} ${unknown[match ?? ""] ?? "whose send the log does not tell"}`
  }

  return {
    withClock: (point) => {
      const name = fresh(point.machine)
      const clock = point.lamport === null ? "no clock" : `L = ${point.lamport}`
      return `${address(point)} (${name === undefined ? "" : `${name}, `}${clock})`
    },
    what: (event) => {
      const { label } = event.payload
      return label === undefined ? did(event) : `${did(event)} (${MachineNames.inLine(label, mostOfLabel)})`
    },
  }
}

/** The same where machines have no names. */
export const withClock = (point: Address.Point): string => telling().withClock(point)
