/**
 * Who sent to whom, where lines do not say it but the log as a whole does: a first reading of it, whose findings the
 * second one puts into the entries.
 *
 * Vector clocks (Fidge 1988, Mattern 1988) tell everything: an event whose vector has learnt of others received a
 * message, and its send is that event, of those newly known, whose own vector holds all that was learnt. Names of
 * messages tell to whom they went: to those that receive them.
 */

import type { Match } from "../Imported.ts"
import * as Limits from "../Limits.ts"
import { addressed, type Entry } from "./Entry.ts"

export interface Kind {
  /** Neither do lines say to whom messages go, nor do these have names: clocks tell some of it. */
  readonly open: boolean
  /** Lines do not say what they are: by vectors one is a send, a receipt or neither. */
  readonly kindless: boolean
  /** Sends that nobody receives, and receipts of what nobody sent, are events of their machine alone. */
  readonly soft: boolean
}

export class TooMuchToLookThrough extends Error {
  constructor() {
    super(
      `a log that does not say to whom its messages go may hold at most ${Limits.maxIndexedEntries} of them, found more`,
    )
  }
}

/** Names of one machine, where others call it by its number alone. */
const isSame = (a: string, b: string): boolean => {
  const [left, right] = [/(\d+)$/.exec(a)?.[1], /(\d+)$/.exec(b)?.[1]]
  return a === b || (left !== undefined && left === right && (a === left || b === right))
}

/** How long before a receipt a send was; one after it is the last to be thought of. */
const awayFrom = (atUs: number | null, send: Open): number => {
  if (atUs === null || send.atUs === null) return 0
  return send.atUs <= atUs ? atUs - send.atUs : Number.MAX_SAFE_INTEGER
}

type Vector = Readonly<Record<string, number>>

const keyOf = (machine: string, count: number): string => `${machine}#${count}`

/** A line of which only its clock may tell what it has to do with others. */
interface Open {
  readonly id: number
  readonly machine: string
  readonly sender: string | null
  readonly atUs: number | null
  /** Of a send its own; of a receipt that which its message bore. */
  readonly clock: number
  readonly isSaid: boolean
}

/** Whether only its clock can tell whom a line has to do with; in an open log others may name their message. */
const isUnaddressed = ({ message }: Entry): boolean => message === null

const idOf = (file: number, line: number): number => file * 2 ** 36 + line

export class Addressing {
  readonly #kind: Kind
  /** By name of the message. */
  readonly #senders = new Map<string, string>()
  readonly #receivers = new Map<string, Array<string>>()
  /** By machine and count of its events. */
  readonly #vectors = new Map<string, Vector>()
  /** By receipt, its send. */
  readonly #causes = new Map<string, string>()

  /** Of an open log: clocks so far, sends by clock, receipts, and what is found of both by line. */
  readonly #clocks = new Map<string, number>()
  readonly #sends = new Map<number, Array<Open>>()
  #receipts: Array<Open> = []
  readonly #found = new Map<number, { readonly message: string | null; readonly match: Match }>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  /** Of the first reading. */
  note(entry: Entry, file: number): void {
    const { machine, message, vector } = entry
    const kept = this.#senders.size + this.#receivers.size + this.#vectors.size + this.#found.size
    if (kept + this.#receipts.length > Limits.maxIndexedEntries) throw new TooMuchToLookThrough()
    if (this.#kind.open && isUnaddressed(entry)) this.#noteOpen(entry, idOf(file, entry.line))
    if (message !== null) {
      if (entry.kind === "sent") this.#senders.set(message, machine)
      if (entry.kind === "received") this.#receive(message, machine)
    } else if (vector !== null) this.#vectors.set(keyOf(machine, vector[machine] ?? 0), vector)
  }

  #noteOpen({ kind, machine, lamport, senderLamport, sender, atUs, match }: Entry, id: number): void {
    const before = this.#clocks.get(machine)
    if (lamport !== null) this.#clocks.set(machine, lamport)
    if (kind === "sent" && lamport !== null) {
      const known = this.#sends.get(lamport) ?? []
      known.push({ id, machine, sender: null, atUs, clock: lamport, isSaid: true })
      this.#sends.set(lamport, known)
    }
    if (kind !== "received" || match !== undefined) return
    // By the rule L = max(L, m.L) + 1 a receipt that jumps carries L - 1.
    const jumped = lamport !== null && before !== undefined && lamport > before + 1
    const clock = senderLamport ?? (jumped ? lamport - 1 : undefined)
    if (clock === undefined) this.#found.set(id, { message: null, match: "untold" })
    else this.#receipts.push({ id, machine, sender, atUs, clock, isSaid: senderLamport !== null })
  }

  /** Of the sends that bore the clock, the latest before the receipt that has not come to its machine yet. */
  #findOpen(): void {
    const taken = new Set<string>()
    for (const { id, machine, sender, atUs, clock, isSaid } of this.#receipts) {
      const fitting = (this.#sends.get(clock) ?? []).filter(
        (send) =>
          send.machine !== machine &&
          (sender === null || isSame(sender, send.machine)) &&
          !taken.has(`${send.id} ${machine}`),
      )
      const [send] = [...fitting].sort((a, b) => awayFrom(atUs, a) - awayFrom(atUs, b))
      if (send === undefined) {
        this.#found.set(id, { message: null, match: isSaid ? "missing" : "none-fits" })
        continue
      }
      taken.add(`${send.id} ${machine}`)
      const message = `line ${send.id}`
      this.#senders.set(message, send.machine)
      this.#receive(message, machine)
      const match = fitting.length > 1 ? "one-of-several" : isSaid ? "clock" : "fits"
      this.#found.set(id, { message, match })
    }
    this.#receipts = []
  }

  #receive(message: string, machine: string): void {
    const known = this.#receivers.get(message)
    if (known === undefined) this.#receivers.set(message, [machine])
    else if (!known.includes(machine)) known.push(machine)
  }

  /** Between the two readings. */
  finish(): void {
    if (this.#kind.open) this.#findOpen()
    const machines = new Map<string, Array<readonly [count: number, vector: Vector]>>()
    for (const [key, vector] of this.#vectors) {
      const machine = key.slice(0, key.lastIndexOf("#"))
      const own = machines.get(machine) ?? []
      own.push([vector[machine] ?? 0, vector])
      machines.set(machine, own)
    }
    for (const [machine, own] of machines) {
      own.sort(([a], [b]) => a - b)
      let last: Vector = {}
      for (const [count, vector] of own) {
        this.#find(machine, count, vector, last)
        last = vector
      }
    }
  }

  #find(machine: string, count: number, vector: Vector, last: Vector): void {
    const learnt = Object.keys(vector).filter(
      (other) => other !== machine && vector[other]! > (last[other] ?? 0),
    )
    if (learnt.length === 0) return
    const cause = learnt.find((sender) => {
      const sent = this.#vectors.get(keyOf(sender, vector[sender]!))
      return sent !== undefined && learnt.every((other) => (sent[other] ?? 0) >= vector[other]!)
    })
    if (cause === undefined) return
    const message = keyOf(cause, vector[cause]!)
    this.#causes.set(keyOf(machine, count), message)
    this.#senders.set(message, cause)
    this.#receive(message, machine)
  }

  /** Of the second reading. */
  apply(entry: Entry, file: number): Entry {
    if (this.#kind.open && isUnaddressed(entry)) return this.#byClock(entry, idOf(file, entry.line))
    return entry.message === null && entry.vector !== null ? this.#byVector(entry) : this.#byName(entry)
  }

  #byClock(entry: Entry, id: number): Entry {
    const { kind } = entry
    if (kind === "sent") {
      const message = `line ${id}`
      return addressed(entry, { kind, message, recipients: this.#receivers.get(message) ?? [] })
    }
    const found = kind === "received" ? this.#found.get(id) : undefined
    return found === undefined ? entry : addressed(entry, { kind, recipients: null, ...found })
  }

  #byVector(entry: Entry): Entry {
    const { machine, vector, kind } = entry
    const key = keyOf(machine, vector![machine] ?? 0)
    const cause = this.#causes.get(key)
    const recipients = this.#receivers.get(key)
    const { kindless } = this.#kind
    if (cause !== undefined && (kindless || kind === "received"))
      return addressed(entry, { kind: "received", message: cause, recipients: null, match: "vector" })
    if (kindless && recipients === undefined)
      return addressed(entry, { kind: "internal", message: null, recipients: null })
    if (kindless || kind === "sent")
      return addressed(entry, {
        kind: "sent",
        message: key,
        recipients: (kindless ? null : entry.recipients) ?? recipients ?? [],
      })
    return entry
  }

  #byName(entry: Entry): Entry {
    const { kind, message } = entry
    if (kind === "internal" || message === null) return entry
    const receivers = this.#receivers.get(message)
    const isAlone =
      kind === "sent"
        ? (receivers?.every((receiver) => receiver === entry.machine) ?? true)
        : (this.#senders.get(message) ?? entry.machine) === entry.machine
    if (this.#kind.soft && isAlone)
      return addressed(entry, { kind: "internal", message: null, recipients: null })
    return kind === "sent" && entry.recipients === null
      ? addressed(entry, { kind, message, recipients: receivers ?? [] })
      : entry
  }
}
