/**
 * Makes one log of the entries of many machines: numbers machines and events, finds the send of every receipt, joins
 * what are two lines of one send, derives clocks that are missing, and puts all of it into an order in which
 * causes come before effects and that follows time as far as there is any.
 *
 * Entries come in from several sources (files), each in its own order; `wants` says whose next are needed. Held are
 * only those that wait: for time, for their send, or for what settles which send it was.
 */
import type { AnyClockEvent, Derived, Logged } from "../ClockEvent.ts"
import type { Field, Match } from "../Imported.ts"
import * as LamportClock from "../LamportClock.ts"
import * as Limits from "../Limits.ts"
import * as Bounds from "./Bounds.ts"
import type { Entry } from "./Entry.ts"
import { Matching, type Seeking } from "./Matching.ts"
import type { Names } from "./Names.ts"
import type { Sending } from "./Sending.ts"

export interface Options {
  readonly names: Names
  readonly sources: number
  /** Times of different machines may be wrong by so much, microseconds. */
  readonly slackUs: number
  /** Whether a source may go back in time: sends are then looked for when all is read. */
  readonly unsorted: boolean
}

/** A source goes back in time, so that sends may come after their receipts have been looked at. */
export class GoesBack extends Error {}

export interface Tally {
  readonly events: number
  readonly internal: number
  readonly sent: number
  readonly received: number
  readonly matches: Readonly<Partial<Record<Match, number>>>
  /** Lines that were joined to the line before, as one send to several. */
  readonly joined: number
  readonly derived: Readonly<Record<Derived, number>>
  readonly says: ReadonlyArray<Field>
  /** Of the first event; 0 if there is none. */
  readonly startUs: number
}

interface Held {
  readonly entry: Entry
  readonly file: number
  readonly machine: number
  readonly sending: Sending | undefined
  readonly seeking: Sought | undefined
}

/** A receipt and what it waits for. */
interface Sought extends Seeking {
  held: Held | undefined
  /** How its message's name was found. */
  by: Match | undefined
}

interface Machine {
  readonly queue: Array<Held>
  head: number
  version: number
  /** The last clock as the log has it, and as the event has it. */
  said: number | null
  lamport: number | null
  /** Whether the log leaves clocks out, and all that is needed to derive them has been found so far. */
  derivable: boolean
  lastUs: number
  matching: Matching | undefined
  waitsForTime: boolean
  /** Whether it is among those that are looked at next. */
  isReady: boolean
}

interface Source {
  ended: boolean
  entries: number
  lastUs: number
}

/** Without any times events stand so far apart, from the epoch on. */
const stepUs = 1_000

const nobody: ReadonlyArray<number> = []

/** Messages that are remembered though all have received them. */
const mostClosed = 65_536

export class Weave {
  readonly #options: Options
  readonly #machines: Array<Machine | undefined> = []
  readonly #sources: Array<Source>
  /** Sends that no receipt has found yet, by the message's name. */
  readonly #named = new Map<string, { readonly sending: Sending; left: number }>()
  /** The latest that all of their recipients have received: who receives one again is told so. */
  readonly #received = new Map<string, Sending>()
  /** Receipts that wait for a send of that name. */
  readonly #awaited = new Map<string, Array<Sought>>()
  /** Events that wait for a send to have its place. */
  readonly #behind = new Map<Sending, Array<number>>()
  #ready: Array<number> = []
  #out: Array<Logged<AnyClockEvent>> = []
  #position = 1
  #held = 0
  #timed = false
  #startUs = Number.POSITIVE_INFINITY
  readonly #counts = { internal: 0, sent: 0, received: 0, joined: 0, lamport: 0, occurredAt: 0 }
  readonly #matches: Partial<Record<Match, number>> = {}
  readonly #said: Partial<Record<Field, true>> = {}

  constructor(options: Options) {
    this.#options = options
    this.#sources = Array.from({ length: options.sources }, () => ({
      ended: false,
      entries: 0,
      lastUs: Number.NEGATIVE_INFINITY,
    }))
  }

  /** The source whose next entries are needed; undefined when all have ended. */
  wants(): number | undefined {
    let wanted: number | undefined
    for (const [i, source] of this.#sources.entries()) {
      if (source.ended) continue
      const best = wanted === undefined ? undefined : this.#sources[wanted]!
      if (
        best === undefined ||
        source.lastUs < best.lastUs ||
        (source.lastUs === best.lastUs && source.entries < best.entries)
      )
        wanted = i
    }
    return wanted
  }

  push(from: number, entry: Entry): void {
    Bounds.check(entry)
    const source = this.#sources[from]!
    source.entries++
    if (entry.atUs !== null) {
      this.#timed = true
      if (entry.atUs < source.lastUs - this.#options.slackUs && !this.#options.unsorted) throw new GoesBack()
      source.lastUs = Math.max(source.lastUs, entry.atUs)
    }
    const number = this.#options.names.writer(entry.machine)
    const machine = this.#machineOf(number)
    if (this.#isJoined(machine, entry)) return
    const held =
      entry.kind === "sent"
        ? this.#send(number, entry, from)
        : entry.kind === "received"
          ? this.#receive(number, machine, entry, from)
          : { entry, file: from + 1, machine: number, sending: undefined, seeking: undefined }
    if (entry.lamport !== null) machine.said = entry.lamport
    machine.queue.push(held)
    this.#held++
    if (machine.queue.length - machine.head <= 2) this.#wake(number)
  }

  end(from: number): void {
    this.#sources[from]!.ended = true
  }

  /** Events that have their place, in it. */
  take(): ReadonlyArray<Logged<AnyClockEvent>> {
    const over = this.#sources.every(({ ended }) => ended)
    const untilUs = over ? Number.POSITIVE_INFINITY : this.#frontierUs()
    this.#match(untilUs - this.#options.slackUs, over)
    this.#place(untilUs, over)
    if (over) this.#placeRest()
    else if (this.#held > Limits.maxEventsWaiting) this.#giveUpWaiting(untilUs)
    const out = this.#out
    this.#out = []
    return out
  }

  tally(): Tally {
    const { internal, sent, received, joined, lamport, occurredAt } = this.#counts
    return {
      events: internal + sent + received,
      internal,
      sent,
      received,
      matches: this.#matches,
      joined,
      derived: { lamport, occurredAt },
      says: Object.keys(this.#said) as Array<Field>,
      startUs: Number.isFinite(this.#startUs) ? this.#startUs : 0,
    }
  }

  #machineOf(number: number): Machine {
    this.#machines[number] ??= {
      queue: [],
      head: 0,
      version: 0,
      said: null,
      lamport: LamportClock.initial,
      derivable: true,
      lastUs: Number.NEGATIVE_INFINITY,
      matching: undefined,
      waitsForTime: false,
      isReady: false,
    }
    return this.#machines[number]
  }

  /** What a line itself says, before anything is put into its entry. */
  note(entry: Entry): void {
    const said = this.#said
    if (entry.atUs !== null) said.occurredAt = true
    if (entry.lamport !== null) said.lamport = true
    if (entry.queueLength !== null) said.queueLength = true
    if (entry.recipients !== null) said.recipients = true
    if (entry.sender !== null) said.sender = true
    if (entry.senderLamport !== null) said.senderLamport = true
    if (entry.message !== null) said.message = true
    if (entry.arrivedAtUs !== null) said.arrivedAt = true
    if (entry.vector !== null) said.vector = true
  }

  /** Two lines of one clock are one send to two. */
  #isJoined(machine: Machine, entry: Entry): boolean {
    const last = machine.queue[machine.queue.length - 1]
    const sending = last?.sending
    if (
      entry.kind !== "sent" ||
      entry.lamport === null ||
      entry.recipients === null ||
      sending === undefined ||
      sending.version > 0 ||
      last?.entry.lamport !== entry.lamport ||
      sending.recipients === null ||
      last.entry.message !== entry.message
    )
      return false
    const fresh = entry.recipients
      .map((name) => this.#options.names.named(name))
      .filter((recipient) => !sending.recipients!.includes(recipient))
    if (fresh.length < entry.recipients.length) return false
    sending.recipients.push(...fresh)
    for (const recipient of fresh) this.#offer(sending, recipient)
    this.#counts.joined++
    return true
  }

  #send(number: number, entry: Entry, from: number): Held {
    const { names } = this.#options
    const recipients =
      entry.recipients === null ? null : [...new Set(entry.recipients.map((name) => names.named(name)))]
    const sending: Sending = {
      machine: number,
      lamport: entry.lamport,
      atUs: entry.atUs,
      recipients,
      version: 0,
      occurredAtUs: 0,
    }
    if (entry.message !== null) this.#name(entry.message, sending)
    else for (const recipient of recipients ?? []) this.#offer(sending, recipient)
    return { entry, file: from + 1, machine: number, sending, seeking: undefined }
  }

  /** To those receipts of a machine that do not name their message. */
  #offer(sending: Sending, recipient: number): void {
    const machine = this.#machineOf(recipient)
    machine.matching ??= new Matching(this.#options.slackUs)
    machine.matching.send(sending)
  }

  #name(message: string, sending: Sending): void {
    const waiting = this.#awaited.get(message) ?? []
    for (const seeking of waiting) this.#settle(seeking, sending, seeking.by ?? "message")
    this.#awaited.delete(message)
    const left = (sending.recipients?.length ?? Number.POSITIVE_INFINITY) - waiting.length
    if (left > 0) this.#named.set(message, { sending, left })
    else this.#close(message, sending)
  }

  #receive(number: number, machine: Machine, entry: Entry, from: number): Held {
    const { names } = this.#options
    const seeking: Sought = {
      atUs: entry.atUs,
      before: machine.said,
      after: entry.lamport,
      sender: entry.sender === null ? null : names.named(entry.sender),
      senderLamport: entry.senderLamport,
      found: undefined,
      match: undefined,
      held: undefined,
      by: undefined,
    }
    const held = { entry, file: from + 1, machine: number, sending: undefined, seeking }
    seeking.held = held
    if (entry.message !== null) this.#seekByName(entry.message, seeking, entry.match ?? "message")
    else if (entry.match !== undefined) this.#settle(seeking, null, entry.match)
    else {
      machine.matching ??= new Matching(this.#options.slackUs)
      machine.matching.receive(seeking)
    }
    return held
  }

  #seekByName(message: string, seeking: Sought, match: Match): void {
    const known = this.#named.get(message)
    if (known === undefined) {
      const closed = this.#received.get(message)
      if (closed !== undefined) {
        this.#settle(seeking, closed, match)
        return
      }
      seeking.by = match
      const waiting = this.#awaited.get(message)
      if (waiting === undefined) this.#awaited.set(message, [seeking])
      else waiting.push(seeking)
      return
    }
    this.#settle(seeking, known.sending, match)
    known.left--
    if (known.left > 0) return
    this.#named.delete(message)
    this.#close(message, known.sending)
  }

  #close(message: string, sending: Sending): void {
    this.#received.set(message, sending)
    if (this.#received.size <= mostClosed) return
    for (const oldest of this.#received.keys()) {
      this.#received.delete(oldest)
      break
    }
  }

  #settle(seeking: Sought, found: Sending | null, match: Match): void {
    seeking.found = found
    seeking.match = match
    if (seeking.held !== undefined) this.#wake(seeking.held.machine)
  }

  #wake(number: number): void {
    const machine = this.#machines[number]!
    if (machine.isReady) return
    machine.isReady = true
    this.#ready.push(number)
  }

  #frontierUs(): number {
    if (!this.#timed) return Number.POSITIVE_INFINITY
    let frontier = Number.POSITIVE_INFINITY
    for (const { ended, lastUs } of this.#sources) if (!ended) frontier = Math.min(frontier, lastUs)
    return frontier
  }

  /** Lets receipts look for their sends, as far as all sends that may be theirs are known. */
  #match(untilUs: number, over: boolean): void {
    if (!over && (this.#options.unsorted || !this.#timed)) return
    for (const machine of this.#machines) {
      const matching = machine?.matching
      if (matching === undefined) continue
      if (over) this.#settled(matching.finish())
      else
        while (matching.hasNext && (matching.nextUs ?? Number.POSITIVE_INFINITY) < untilUs)
          this.#settled(matching.step())
    }
  }

  #settled(seekings: ReadonlyArray<Seeking & Partial<Sought>>): void {
    for (const { held } of seekings) if (held !== undefined) this.#wake(held.machine)
  }

  /** Places what can be placed, the earliest first as far as several can. */
  #place(untilUs: number, over: boolean): void {
    const heap = new Heap((number) => this.#headUs(number))
    for (const [number, machine] of this.#machines.entries()) if (machine?.waitsForTime) this.#wake(number)
    for (const number of this.#ready) heap.push(number)
    this.#ready = []
    let number = heap.pop()
    while (number !== undefined) {
      const machine = this.#machines[number]!
      machine.isReady = false
      machine.waitsForTime = false
      const held = this.#placeable(machine, untilUs, over)
      if (held === undefined) {
        number = heap.pop()
        continue
      }
      this.#emit(held, machine)
      for (const waiting of this.#behindOf(held)) {
        if (this.#machines[waiting]!.isReady) continue
        this.#machines[waiting]!.isReady = true
        heap.push(waiting)
      }
      machine.isReady = true
      number = heap.pushAndPop(number)
    }
  }

  /** The machine's next event, if nothing keeps it from its place. */
  #placeable(machine: Machine, untilUs: number, over: boolean): Held | undefined {
    const held = machine.queue[machine.head]
    if (held === undefined) return undefined
    const isLast = machine.head === machine.queue.length - 1
    // The next line may be joined to a send; and what comes from elsewhere may be earlier.
    if ((held.entry.atUs ?? 0) > untilUs || (isLast && held.sending !== undefined && !over)) {
      machine.waitsForTime = true
      return undefined
    }
    return this.#isReady(held) ? held : undefined
  }

  #headUs(number: number): number {
    const machine = this.#machines[number]!
    return machine.queue[machine.head]?.entry.atUs ?? 0
  }

  #behindOf({ sending }: Held): ReadonlyArray<number> {
    if (sending === undefined) return []
    const waiting = this.#behind.get(sending)
    if (waiting === undefined) return nobody
    this.#behind.delete(sending)
    return waiting
  }

  #isReady({ seeking, machine }: Held): boolean {
    if (seeking === undefined) return true
    if (seeking.match === undefined) return false
    const { found } = seeking
    if (found === null || found === undefined || found.version > 0) return true
    const waiting = this.#behind.get(found)
    if (waiting === undefined) this.#behind.set(found, [machine])
    else waiting.push(machine)
    return false
  }

  /** Nothing more comes: what still waits waits for nothing, or in a circle. */
  #placeRest(): void {
    for (const waiting of this.#awaited.values())
      for (const seeking of waiting) this.#settle(seeking, null, "missing")
    this.#awaited.clear()
    this.#place(Number.POSITIVE_INFINITY, true)
    while (this.#held > 0) {
      const stuck = [...this.#machines.entries()]
        .filter(([, machine]) => machine !== undefined && machine.head < machine.queue.length)
        .map(([number]) => number)
        .sort((a, b) => this.#headUs(a) - this.#headUs(b))[0]!
      const held = this.#machines[stuck]!.queue[this.#machines[stuck]!.head]!
      this.#settle(held.seeking!, null, "none-fits")
      this.#place(Number.POSITIVE_INFINITY, true)
    }
  }

  /** Too many wait: those that have waited the longest are told that there is no send. */
  #giveUpWaiting(untilUs: number): void {
    for (const [message, waiting] of this.#awaited) {
      for (const seeking of waiting) this.#settle(seeking, null, "missing")
      this.#awaited.delete(message)
      if (this.#held <= Limits.maxEventsWaiting / 2) return
      this.#place(untilUs, false)
    }
  }

  #emit(held: Held, machine: Machine): void {
    const { entry } = held
    machine.head++
    this.#held--
    if (machine.head > 1_024 && machine.head * 2 > machine.queue.length) {
      machine.queue.splice(0, machine.head)
      machine.head = 0
    }
    const version = ++machine.version
    const position = ++this.#position
    const derived: Array<Derived> = []
    const occurredAtUs = this.#timeOf(entry, machine, position, derived)
    const lamport = this.#clockOf(held, machine, derived)
    this.#counts[entry.kind]++
    this.#startUs = Math.min(this.#startUs, occurredAtUs)
    const { sending } = held
    if (sending !== undefined) {
      sending.version = version
      sending.lamport = lamport
      sending.occurredAtUs = occurredAtUs
    }
    const payload = this.#payloadOf(held)
    if (entry.label !== null) payload.label = Bounds.storable(entry.label)
    payload.line = entry.line
    if (held.file !== 1) payload.file = held.file
    if (derived.length > 0) payload.derived = derived
    if (entry.vector !== null) payload.vector = this.#vectorOf(entry.vector)
    const { kind, queueLength } = entry
    const event = {
      position,
      machine: held.machine,
      version,
      occurredAtUs,
      kind,
      payload,
      lamport,
      queueLength,
    }
    this.#out.push(event as unknown as Logged<AnyClockEvent>)
  }

  /** Put together key by key: a million of them by spreading takes seconds. */
  #payloadOf({ sending, seeking, entry }: Held): Record<string, unknown> {
    if (sending !== undefined) return { recipients: [...(sending.recipients ?? [])].sort((a, b) => a - b) }
    if (seeking === undefined) return {}
    const { found, sender, senderLamport, match = "untold" } = seeking
    this.#matches[match] = (this.#matches[match] ?? 0) + 1
    const { arrivedAtUs } = entry
    return found === null || found === undefined
      ? { sender, sendVersion: null, senderLamport, sentAtUs: null, arrivedAtUs, match }
      : {
          sender: found.machine,
          sendVersion: found.version,
          senderLamport: senderLamport ?? found.lamport,
          sentAtUs: found.occurredAtUs,
          arrivedAtUs,
          match,
        }
  }

  #timeOf(entry: Entry, machine: Machine, position: number, derived: Array<Derived>): number {
    if (entry.atUs !== null) {
      machine.lastUs = entry.atUs
      return entry.atUs
    }
    derived.push("occurredAt")
    this.#counts.occurredAt++
    return this.#timed && Number.isFinite(machine.lastUs) ? machine.lastUs : position * stepUs
  }

  #clockOf({ entry, seeking }: Held, machine: Machine, derived: Array<Derived>): number | null {
    if (entry.lamport !== null) {
      machine.lamport = entry.lamport
      return entry.lamport
    }
    const last = machine.lamport
    const carried = seeking === undefined ? 0 : (seeking.found?.lamport ?? null)
    machine.lamport = last === null || carried === null ? null : LamportClock.receive(last, carried)
    if (machine.lamport === null) return null
    derived.push("lamport")
    this.#counts.lamport++
    return machine.lamport
  }

  #vectorOf(vector: Readonly<Record<string, number>>): Record<string, number> {
    const numbered: Record<string, number> = {}
    for (const name in vector) numbered[this.#options.names.named(name)] = vector[name]!
    return numbered
  }
}

/** Numbers, the one with the smallest key first; of equal keys the smaller number. */
class Heap {
  readonly #keyOf: (number: number) => number
  readonly #items: Array<{ readonly key: number; readonly number: number }> = []

  constructor(keyOf: (number: number) => number) {
    this.#keyOf = keyOf
  }

  #isBefore(a: number, b: number): boolean {
    const [left, right] = [this.#items[a]!, this.#items[b]!]
    return left.key === right.key ? left.number < right.number : left.key < right.key
  }

  #swap(a: number, b: number): void {
    const items = this.#items
    const kept = items[a]!
    items[a] = items[b]!
    items[b] = kept
  }

  push(number: number): void {
    let at = this.#items.push({ key: this.#keyOf(number), number }) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  pop(): number | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first?.number
    items[0] = last
    this.#sink()
    return first.number
  }

  /** As `push` and then `pop`. */
  pushAndPop(number: number): number {
    const items = this.#items
    const first = items[0]
    const key = this.#keyOf(number)
    if (first === undefined || key < first.key || (key === first.key && number < first.number)) return number
    items[0] = { key, number }
    this.#sink()
    return first.number
  }

  #sink(): void {
    const items = this.#items
    for (let at = 0; ; ) {
      let least = at
      const right = 2 * at + 2
      if (right - 1 < items.length && this.#isBefore(right - 1, least)) least = right - 1
      if (right < items.length && this.#isBefore(right, least)) least = right
      if (at === least) return
      this.#swap(at, least)
      at = least
    }
  }
}
