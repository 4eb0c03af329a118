/**
 * A run of which something is changed: one word, the order of the log, what several events tell so that they agree with
 * each other still, or the configuration that all of it is held against. Of a change of one word most is found by the
 * first check that sees it; those that hang together are there for the checks behind it.
 */
import * as Random from "../../src/domain/Random.ts"
import type { RunConfig } from "../../src/domain/RunConfig.ts"
import * as Kind from "../../src/domain/records/Kind.ts"
import * as Record from "../../src/domain/records/layout/Record.ts"

export interface ChangedRun {
  readonly config: RunConfig
  readonly records: Uint8Array
  /** What was changed. */
  readonly what: string
}

/** An event's own words, and those of the inbox that it lists. */
type Words = Int32Array
type Below = (n: number) => number

const machineAt = 0
const versionAt = 1
const kindAt = 2
const timeAt = 4
const lamportAt = 6
/** Of a delivery. */
const sendVersionAt = 1
const carriedAt = 2
const sentAt = 4
const arrivedAt = 6

const us = (words: Words, at: number): number => words[at + 1]! * Record.two32 + (words[at]! >>> 0)

const setUs = (words: Words, at: number, to: number): void => {
  words[at] = to % Record.two32
  words[at + 1] = Math.floor(to / Record.two32)
}

const eventsOf = (records: Uint8Array): Array<Words> => {
  const words = new Int32Array(records.slice().buffer)
  const events: Array<Words> = []
  for (let at = 0, next = 0; at < words.length; at = next) {
    const blocks = words[at + kindAt] === Kind.finished ? Math.ceil(words[at + Record.detail]! / 2) : 0
    next = at + (1 + blocks) * Record.words
    events.push(words.slice(at, next))
  }
  return events
}

const bytesOf = (events: ReadonlyArray<Words>): Uint8Array =>
  new Uint8Array(Int32Array.from(events.flatMap((event) => [...event])).buffer)

const deltas = [
  -5_000_000, -40_000, -1_000, -3, -2, -1, 1, 2, 3, 1_000, 40_000, 5_000_000, 0x10000, 0x7fffffff,
]
const kinds = [1, 2, 3, 4, 5, 7, 0x10005, 0x20005, 0x10007, 9]

/** Where an event tells of deliveries. */
const deliveriesOf = (event: Words): ReadonlyArray<number> => {
  const kind = event[kindAt]!
  if ([Kind.received, Kind.dropNewest, Kind.dropOldest].includes(kind)) return [Record.detail]
  const listed = kind === Kind.finished ? event[Record.detail]! : 0
  return Array.from({ length: listed }, (_, i) => Record.words + i * Record.wordsPerDelivery)
}

const one = <A>(all: ReadonlyArray<A>, below: Below): A | undefined => all[below(all.length)]

/** What is done to the events, `i` one of them, and what it was; undefined if it cannot be done to that one. */
type Change = (events: Array<Words>, i: number, below: Below) => string | undefined

/** Most words are of times, clocks and versions; of an inbox that is listed, too. */
const oneWord: Change = (events, i, below) => {
  const event = events[i]!
  const at = below(event.length)
  const from = event[at]!
  event[at] = from + deltas[below(deltas.length)]!
  return `word ${at} from ${from} to ${event[at]}`
}

const anotherKind: Change = (events, i, below) => {
  const event = events[i]!
  const from = event[kindAt]
  event[kindAt] = kinds[below(kinds.length)]!
  return `kind from ${from} to ${event[kindAt]}`
}

const inAnotherPlace: Change = (events, i, below) => {
  const j = below(events.length)
  ;[events[i], events[j]] = [events[j]!, events[i]!]
  return `changes places with ${j}`
}

const oneLater: Change = (events, i) => {
  const j = Math.min(i + 1, events.length - 1)
  ;[events[i], events[j]] = [events[j]!, events[i]!]
  return "changes places with the next"
}

const takenOut: Change = (events, i) => {
  events.splice(i, 1)
  return "is taken out"
}

const twice: Change = (events, i, below) => {
  const j = below(events.length)
  events.splice(j, 0, events[i]!)
  return `again before ${j}`
}

const cutOff: Change = (events, i) => {
  events.length = i
  return "and all that follow are missing"
}

/** Which event of its own machine comes next. */
const nextOf = (events: ReadonlyArray<Words>, i: number): number =>
  events.findIndex((event, k) => k > i && event[machineAt] === events[i]![machineAt])

/** What they tell changes places; versions and times, and so the clocks of ticks, go on as before. */
const swappedWithNext: Change = (events, i) => {
  const j = nextOf(events, i)
  if (j < 0) return undefined
  const [earlier, later] = [events[i]!, events[j]!]
  const inPlace = (place: Words, told: Words): Words => {
    const words = told.slice()
    for (const at of [versionAt, timeAt, timeAt + 1, lamportAt]) words[at] = place[at]!
    return words
  }
  events[i] = inPlace(earlier, later)
  events[j] = inPlace(later, earlier)
  return `changes with its machine's next, ${j}`
}

/** From here on the machine's clock is another, in what its messages carried, too. */
const anotherClock: Change = (events, i, below) => {
  const machine = events[i]![machineAt]
  const version = events[i]![versionAt]!
  const more = [-2, -1, 1, 2, 1_000][below(5)]!
  for (const event of events.slice(i)) {
    if (event[machineAt] === machine && event[kindAt] !== Kind.started) event[lamportAt]! += more
    for (const at of deliveriesOf(event))
      if (event[at] === machine && event[at + sendVersionAt]! >= version) event[at + carriedAt]! += more
  }
  return `clock ${more} more from here on`
}

/** One tick more than there was, right before the machine finishes. */
const oneTickMore: Change = (events, i) => {
  const machine = events[i]![machineAt]
  const last = events.findIndex((event) => event[machineAt] === machine && event[kindAt] === Kind.finished)
  if (last < 0) return undefined
  const finished = events[last]!
  const tick = finished.slice(0, Record.words).fill(0, kindAt)
  tick[kindAt] = Kind.internal
  tick[lamportAt] = finished[lamportAt]! + 1
  // Later than any tick is due by its rate, so not early.
  const atUs = us(finished, timeAt) + 2_000_000
  setUs(tick, timeAt, atUs)
  setUs(finished, timeAt, atUs + 1)
  finished[versionAt]!++
  finished[lamportAt]!++
  events.splice(last, 0, tick)
  return "its machine makes a tick more"
}

/** One tick less, the last before the machine finishes. */
const oneTickLess: Change = (events, i) => {
  const machine = events[i]![machineAt]
  const last = events.findIndex((event) => event[machineAt] === machine && event[kindAt] === Kind.finished)
  const before = events.findLastIndex((event, k) => k < last && event[machineAt] === machine)
  if (last < 0 || events[before]![kindAt] !== Kind.internal) return undefined
  events[last]![versionAt]!--
  events[last]![lamportAt]!--
  events.splice(before, 1)
  return "its machine makes a tick less"
}

/** A message came when it could not: near its send, near when it was done with, or long before either. */
const anotherArrival: Change = (events, i, below) => {
  const event = events[i]!
  const delivery = one(deliveriesOf(event), below)
  if (delivery === undefined) return undefined
  const moment = [us(event, delivery + sentAt), us(event, timeAt), 0][below(3)]!
  setUs(event, delivery + arrivedAt, moment + below(3) - 1)
  return `arrived at ${us(event, delivery + arrivedAt)}`
}

/** An arrival before the send, in agreement with all else that its machine tells. */
const arrivedBeforeSend: Change = (events, i, below) => {
  const event = events[i]!
  const delivery = one(deliveriesOf(event), below)
  if (delivery === undefined) return undefined
  const sentUs = us(event, delivery + sentAt)
  const before = events.findLast((other, k) => k < i && other[machineAt] === event[machineAt])!
  if (us(before, timeAt) >= sentUs - 1) return undefined
  setUs(event, delivery + arrivedAt, sentUs - 1)
  return "arrived right before it was sent"
}

/** Somebody else's message, or one with a clock of its own. */
const anotherSender: Change = (events, i, below) => {
  const event = events[i]!
  const delivery = one(deliveriesOf(event), below)
  if (delivery === undefined) return undefined
  event[delivery] = [1, 2, 3, 0, -1, event[machineAt]!][below(6)]!
  event[delivery + carriedAt]! += below(2)
  return `from machine ${event[delivery]}`
}

/** Its last moment, when nothing comes after it. */
const muchLater: Change = (events, i, below) => {
  const machine = events[i]![machineAt]
  const last = events.findLast((event) => event[machineAt] === machine)!
  setUs(last, timeAt, [2 ** 52, Number.MAX_SAFE_INTEGER, 2 ** 53, 2 ** 62][below(4)]!)
  return "its machine's last event is much later"
}

/** A machine that there is not tells all that another did. */
const anotherMachine: Change = (events, i, below) => {
  const from = events[i]![machineAt]
  const to = [0, -1, events.length, 2 ** 31 - 1][below(4)]!
  for (const event of events) if (event[machineAt] === from) event[machineAt] = to
  return `its machine is ${to}`
}

const changes: ReadonlyArray<Change> = [
  ...[oneWord, oneWord, oneWord, anotherKind, inAnotherPlace, oneLater, takenOut, twice, cutOff],
  ...[swappedWithNext, anotherClock, oneTickMore, oneTickLess, anotherArrival, arrivedBeforeSend],
  ...[anotherSender, muchLater, anotherMachine],
]

/** The records as they are, held against another configuration. */
const otherwise = (config: RunConfig, below: Below): RunConfig => {
  const { machines, rates } = config
  switch (below(7)) {
    case 0:
      return { ...config, capacity: Math.max(config.capacity - 1, 1) }
    case 1:
      return { ...config, durationUs: config.durationUs + [-1_000_000, -1_000, -1, 1, 1_000][below(5)]! }
    case 2:
      return { ...config, sides: Math.max(config.sides + below(2) * 2 - 1, 3) }
    case 3:
      return { ...config, overflow: (["backpressure", "drop-newest", "drop-oldest"] as const)[below(3)]! }
    case 4:
      return { ...config, seed: config.seed + 1 }
    case 5: {
      if (rates === null) return { ...config, machines: Math.max(machines + below(2) * 2 - 1, 1) }
      const faster = below(machines)
      return { ...config, rates: rates.map((rate, i) => (i === faster ? rate + 1 : rate)) }
    }
    default:
      return { ...config, latency: { law: "constant", us: 1 + below(1_000) } }
  }
}

/** One of the events, as often of a rare kind as of any other. */
const chosen = (events: ReadonlyArray<Words>, below: Below): number => {
  const present = [...new Set(events.map((event) => event[kindAt]))]
  const kind = one(present, below)
  const places = [...events.keys()].filter((i) => events[i]![kindAt] === kind)
  return one(places, below)!
}

export const changed = (config: RunConfig, records: Uint8Array, draw: () => number): ChangedRun => {
  const below: Below = (n) => Random.below(draw(), n)
  const k = below(changes.length + 3)
  if (k >= changes.length)
    return { config: otherwise(config, below), records, what: "the configuration is another" }
  const events = eventsOf(records)
  const i = chosen(events, below)
  const where = `record ${i} (${[...events[i]!.subarray(0, kindAt + 1)]})`
  const what = changes[k]!(events, i, below)
  if (what === undefined) return changed(config, records, draw)
  return { config, records: bytesOf(events), what: `${where}: ${what}` }
}
