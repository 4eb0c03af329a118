/**
 * Where two runs part. In the order of their logs, with times: the first event that is not the same, as the digest has
 * it. And machine by machine, times aside: the first event of its own stream that is another, which says more of real
 * runs, where no two have the same times.
 */
import * as Beginning from "../../src/domain/Beginning.ts"
import type { Recorded } from "../../src/domain/ClockEvent.ts"

export interface Log {
  readonly events: ReadonlyArray<Recorded>
  /** Microseconds since the epoch. */
  readonly startUs: number
}

export interface Pair {
  /** Undefined where that log has ended. */
  readonly a: Recorded | undefined
  readonly b: Recorded | undefined
}

export interface Parting extends Pair {
  /** How many events are the same before it. */
  readonly same: number
  /** What differs first, in words. */
  readonly what: string
}

const timeKeys = new Set(["sentAtUs", "arrivedAtUs"])

type Payload = Readonly<Record<string, unknown>>

const sinceStart = (value: unknown, key: string, startUs: number): unknown =>
  timeKeys.has(key) && typeof value === "number" ? value - startUs : value

/** What an event carries, by name; times are since the run's start, or left out. */
const carried = (payload: Payload, startUs: number, isTimed: boolean): Payload =>
  Object.fromEntries(
    Object.keys(payload)
      .filter((key) => isTimed || !timeKeys.has(key))
      .sort()
      .map((key) => [key, comparable(payload[key], key, startUs, isTimed)]),
  )

const comparable = (value: unknown, key: string, startUs: number, isTimed: boolean): unknown =>
  Array.isArray(value)
    ? value.map((one) =>
        typeof one === "object" && one !== null ? carried(one as Payload, startUs, isTimed) : one,
      )
    : sinceStart(value, key, startUs)

type Part = readonly [name: string, value: unknown]

const parts = (event: Recorded, startUs: number, isTimed: boolean): ReadonlyArray<Part> => {
  const { lamport, queueLength } = event as { lamport?: number | null; queueLength?: number | null }
  return [
    ["machine", event.machine],
    ["version", event.version],
    ["kind", event.kind],
    ["clock", lamport],
    ...(isTimed
      ? ([
          ["microseconds since the start", event.occurredAtUs - startUs],
          ["queue", queueLength],
        ] as const)
      : []),
    ...Object.entries(carried(event.payload as unknown as Payload, startUs, isTimed)),
  ]
}

const shown = (value: unknown): string => (value === undefined ? "none" : JSON.stringify(value).slice(0, 80))

/** What is not the same in two events; undefined where they are. */
const differs = (a: Recorded, b: Recorded, of: readonly [Log, Log], isTimed: boolean): string | undefined => {
  const other = new Map(parts(b, of[1].startUs, isTimed))
  for (const [name, value] of parts(a, of[0].startUs, isTimed)) {
    const [one, two] = [shown(value), shown(other.get(name))]
    if (one !== two) return `${name} ${one} against ${two}`
    other.delete(name)
  }
  const [more] = other
  return more === undefined ? undefined : `${more[0]} none against ${shown(more[1])}`
}

const firstOf = (
  a: ReadonlyArray<Recorded>,
  b: ReadonlyArray<Recorded>,
  of: readonly [Log, Log],
  isTimed: boolean,
): Parting | undefined => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const pair = { a: a[i], b: b[i] }
    if (pair.a === undefined || pair.b === undefined) return { ...pair, same: i, what: "the end of one log" }
    const what = differs(pair.a, pair.b, of, isTimed)
    if (what !== undefined) return { ...pair, same: i, what }
  }
  return undefined
}

/** What happened to machines and links; how a run was begun and ended is its own. */
const isOfMachines = ({ machine, kind }: Recorded): boolean => machine > 0 || kind === "fault-injected"

export const inOrder = (a: Log, b: Log): Parting | undefined =>
  firstOf(a.events.filter(isOfMachines), b.events.filter(isOfMachines), [a, b], true)

/** Entry m - 1: where machine m's streams part, times aside; undefined where they do not. */
export const byMachine = (a: Log, b: Log, machines: number): ReadonlyArray<Parting | undefined> => {
  const streams = (log: Log): ReadonlyArray<ReadonlyArray<Recorded>> => {
    const own: ReadonlyArray<Array<Recorded>> = Array.from({ length: machines + 1 }, () => [])
    for (const event of log.events) if (event.machine > 0) own[event.machine]?.push(event)
    return own
  }
  const [ofA, ofB] = [streams(a), streams(b)]
  return Array.from({ length: machines }, (_, i) => firstOf(ofA[i + 1]!, ofB[i + 1]!, [a, b], false))
}

export interface Setting {
  readonly name: string
  readonly a: string
  readonly b: string
}

/** Settings that are not the same. */
export const settings = (a: Log, b: Log): ReadonlyArray<Setting> => {
  const of = ({ events }: Log): Payload => ({ ...Beginning.of(events)?.config })
  const [ofA, ofB] = [of(a), of(b)]
  const text = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value))
  return [...new Set([...Object.keys(ofA), ...Object.keys(ofB)])]
    .map((name) => ({ name, a: text(ofA[name]), b: text(ofB[name]) }))
    .filter((setting) => setting.a !== setting.b)
}
