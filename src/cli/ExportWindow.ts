/** Which events of a run an export holds, as the command line says it. */
import * as Effect from "effect/Effect"
import type { Kind, Recorded } from "../domain/ClockEvent.ts"
import * as Duration from "../domain/Duration.ts"
import { toIso } from "../domain/EventPayload.ts"
import { UsageError } from "../domain/UsageError.ts"
import type { Kinds, Run } from "../interchange/export/Exporter.ts"
import * as LogExtent from "../persistence/LogExtent.ts"
import type * as Query from "../persistence/Query.ts"

/** A moment, from the run's start or of the calendar. */
type Moment = (startUs: number) => number

export interface Asked {
  readonly from: number
  readonly to: number
  readonly fromTime: Moment | undefined
  readonly toTime: Moment | undefined
  /** Numbers or names; undefined: all. */
  readonly machines: ReadonlyArray<string> | undefined
}

export interface Window extends LogExtent.Window {
  /** Ascending. */
  readonly chosen: ReadonlyArray<number>
  /** Whether an event may be said: formats that tell of clock events alone also hear of drops. */
  readonly holds: (event: Recorded) => boolean
}

export const refuse = (problem: string): Effect.Effect<never, UsageError> =>
  Effect.fail(new UsageError({ message: `Cannot export: ${problem}` }))

const farthest = Number.MAX_SAFE_INTEGER

const position = (options: Record<string, unknown>, name: string, otherwise: number) => {
  const given = options[name]
  if (given === undefined) return Effect.succeed(otherwise)
  return /^\d{1,15}$/.test(String(given))
    ? Effect.succeed(Number(given))
    : refuse(`--${name} must be a position, a whole number from 0, found ${JSON.stringify(given)}`)
}

const isoPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

const microseconds = (text: string): number | undefined => {
  const match = isoPattern.exec(text)
  if (match === null) return undefined
  const [, second, fraction = "", zone] = match
  const ms = Date.parse(`${second}${zone}`)
  return Number.isNaN(ms) ? undefined : ms * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6))
}

const moment = (given: unknown, name: string): Effect.Effect<Moment | undefined, UsageError> => {
  if (given === undefined) return Effect.succeed(undefined)
  const text = String(given)
  const sinceUs = Duration.parse(text)
  if (sinceUs !== undefined) return Effect.succeed((startUs) => Math.min(startUs + sinceUs, farthest))
  const atUs = microseconds(text)
  return atUs === undefined
    ? refuse(
        `--${name} must be a time from the run's start, such as 10s, or an ISO time with its zone, such as 2026-01-31T12:00:00Z, found ${JSON.stringify(given)}`,
      )
    : Effect.succeed(() => atUs)
}

export const decode = (options: Record<string, unknown>): Effect.Effect<Asked, UsageError> =>
  Effect.gen(function* () {
    const machines = options.machine === undefined ? undefined : String(options.machine).split(",")
    if (machines?.some((name) => name === ""))
      return yield* refuse(
        `--machine must be machines with commas between them, such as 1,3, found ${JSON.stringify(options.machine)}`,
      )
    return {
      from: yield* position(options, "from", 0),
      to: yield* position(options, "to", farthest),
      fromTime: yield* moment(options.fromTime, "from-time"),
      toTime: yield* moment(options.toTime, "to-time"),
      machines,
    }
  })

const numberOf = (name: string, { count, nameOf }: Run): number | undefined => {
  if (/^\d{1,9}$/.test(name)) return Number(name) <= count ? Number(name) : undefined
  for (let machine = 1; machine <= count; machine++) if (nameOf(machine) === name) return machine
  return undefined
}

const machinesOf = (asked: Asked, run: Run): Effect.Effect<ReadonlyArray<number>, UsageError> =>
  Effect.gen(function* () {
    const chosen = new Set<number>()
    for (const name of asked.machines ?? []) {
      const machine = numberOf(name, run)
      if (machine === undefined)
        return yield* refuse(`the run has machines 1 to ${run.count}, found ${JSON.stringify(name)}`)
      chosen.add(machine)
    }
    return asked.machines === undefined
      ? Array.from({ length: run.count + 1 }, (_, machine) => machine)
      : [...chosen].sort((a, b) => a - b)
  })

const clock: ReadonlyArray<Kind> = ["internal", "sent", "received"]
const machines: ReadonlyArray<Kind> = [...clock, "started", "dropped", "missed", "stopped", "resumed"]

const kindsOf: Readonly<Record<Kinds, Partial<Pick<LogExtent.Window, "kinds">>>> = {
  all: {},
  machines: { kinds: machines },
  clock: { kinds: clock },
}

export const resolve = (
  asked: Asked,
  run: Run,
  kinds: Kinds,
  head: number,
): Effect.Effect<Window, UsageError> =>
  Effect.map(machinesOf(asked, run), (chosen) => {
    const [fromUs, toUs] = [asked.fromTime?.(run.startUs), asked.toTime?.(run.startUs)]
    const [least, most] = [fromUs ?? Number.NEGATIVE_INFINITY, toUs ?? Number.POSITIVE_INFINITY]
    const among = asked.machines === undefined ? undefined : new Set(chosen)
    return {
      after: Math.min(asked.from, head),
      upTo: Math.min(asked.to, head),
      ...(fromUs === undefined ? {} : { fromUs }),
      ...(toUs === undefined ? {} : { toUs }),
      ...(among === undefined ? {} : { machines: chosen }),
      ...kindsOf[kinds],
      chosen,
      holds: ({ occurredAtUs, machine }) =>
        occurredAtUs >= least &&
        occurredAtUs <= most &&
        (machine > 0 || kinds === "all") &&
        (among === undefined || among.has(machine)),
    }
  })

const span = ({ first, last, firstUs, lastUs }: LogExtent.Extent, startUs: number): string =>
  `positions ${first} to ${last}, ${toIso(firstUs)} to ${toIso(lastUs)} (${Duration.exact(Math.max(0, firstUs - startUs))} to ${Duration.exact(Math.max(0, lastUs - startUs))} from its start)`

/** What the window holds; refused where that is nothing, with what there is. */
export const extent = (db: Query.Db, name: string, runKey: number, head: number, window: Window, run: Run) =>
  Effect.gen(function* () {
    const found = yield* LogExtent.of(db, runKey, window)
    if (found.events > 0) return found
    const { kinds } = window
    const whole = yield* LogExtent.of(db, runKey, {
      after: 0,
      upTo: head,
      ...(kinds === undefined ? {} : { kinds }),
    })
    const has =
      whole.events === 0
        ? "nothing that this format holds"
        : `${whole.events} events of machines 1 to ${run.count} there: ${span(whole, run.startUs)}`
    return yield* refuse(`the window must hold an event of run ${name}, found none; the run has ${has}`)
  })
