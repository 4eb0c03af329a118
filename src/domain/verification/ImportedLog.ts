/**
 * What a log that came from elsewhere proves. It is held to what it says of itself: clocks as it has them against
 * the rule, receipts against the sends that were found for them; and where it does not say enough, the clause is
 * called unprovable, with what would make it provable. What we derived is never held against it.
 *
 * One pass in the order of positions, which is a linear extension of happened-before as far as that was found.
 * Memory is bounded by machines and messages in flight.
 */
import * as Schema from "effect/Schema"
import {
  type AnyClockEvent,
  address,
  isClockEvent,
  type Logged,
  type Recorded,
  type RunImported,
} from "../ClockEvent.ts"
import { Imported } from "../Imported.ts"
import * as LamportClock from "../LamportClock.ts"
import * as Limits from "../Limits.ts"
import type { AnyDelivery } from "../Message.ts"
import type { Options, Verdict, Verification } from "../Verification.ts"
import * as ArrivalCheck from "./ArrivalCheck.ts"
import * as Check from "./Check.ts"
import { importedRules } from "./ImportedRules.ts"
import { LinkQueue } from "./LinkQueue.ts"
import * as Shape from "./Shape.ts"
import * as VectorCheck from "./VectorCheck.ts"

type Event = Logged<AnyClockEvent>
type Receipt = Event & { readonly kind: "received" }

interface Stream {
  version: number
  /** The last clock that the log says, and what it had to be where another was found. */
  lamport: number | undefined
  expected: number | undefined
  atUs: number
  queueLength: number | null
  vector: Readonly<Record<string, number>> | undefined
  last: Named | undefined
}

interface Named {
  readonly event: string
  readonly place: string
}

/** Clocks that stand next to each other in a receipt, as the digits of two numbers read as one. */
const joined = (
  clock: number,
  inFlight: ReadonlyMap<number, string>,
): readonly [number, number] | undefined => {
  const digits = String(clock)
  for (let cut = 1; cut < digits.length; cut++) {
    const [left, right] = [Number(digits.slice(0, cut)), Number(digits.slice(cut))]
    if (digits[cut] !== "0" && inFlight.has(left) && inFlight.has(right)) return [left, right]
  }
  return undefined
}

const isImported = Schema.is(Schema.typeSchema(Imported))

/** Whether a log's first record says that it came from elsewhere. Nothing is believed of a record. */
export const isBegun = (record: Recorded | Shape.Unreadable): record is Logged<RunImported> =>
  typeof record === "object" &&
  record !== null &&
  "kind" in record &&
  record.kind === "run-imported" &&
  isImported(record.payload)

export const make = (imported: Imported, options: Options): Verification => {
  const place: Check.Place = { position: 0 }
  const log = Check.make("log", importedRules.log, place)
  const clock = Check.make("clock-condition", importedRules["clock-condition"], place)
  const messages = Check.make("messages", importedRules.messages, place)
  const queues = Check.make("queues", importedRules.queues, place)
  const schedule = Check.make("schedule", importedRules.schedule, place)
  const { machines, files } = imported
  const streams: Array<Stream | undefined> = []
  /** By recipient and sender. */
  const incoming: Array<Map<number, LinkQueue> | undefined> = []
  /** Where a clock is wrong all that follows from it is; the cross-check is told only where the rest holds. */
  const crossCheck: typeof clock = {
    ...clock,
    fail: (...failure) =>
      log.isWrong() || clock.isWrong()
        ? { rule: failure[0], events: failure[1], message: failure[2], position: 0 }
        : clock.fail(...failure),
  }
  const vectors = VectorCheck.make(crossCheck, machines)
  /** Receipts without a send, whose clock may be that of two messages read as one; told when all is known. */
  const unexplained: Array<{
    readonly draft: Check.Draft
    readonly machine: number
    readonly clock: number
    readonly said: string
  }> = []
  /** Where the event at hand stands. */
  let at = ""
  const arrivals = ArrivalCheck.make(
    0,
    (events, message) => queues.fail("length", events, `${at}: ${message}`, place.position, [at]),
    () => {
      queues.counted.length++
      queues.checked++
    },
  )
  const saysCarried = imported.says.includes("senderLamport")
  const saysArrivals = imported.says.includes("arrivedAt")
  const saysKinds = imported.says.includes("kind")
  /** What vectors the messages in flight carry, where the log has them. */
  const carried = new Map<string, { readonly vector: Readonly<Record<string, number>>; messages: number }>()
  let clocked = true
  let runVersion = 0
  let position = 0
  let events = 0
  const beforeReceipt = { untold: 0, several: 0 }
  const counted = { internal: 0, sent: 0, received: 0 }
  const account = { recipients: 0, matched: 0 }

  const placeOf = (event: Event): string =>
    `${files[(event.payload.file ?? 1) - 1] ?? "the log"}:${event.payload.line ?? "?"}`
  /** Where a line stands, as one number. */
  const lineOf = ({ payload }: Event): number => (payload.file ?? 1) * 2 ** 32 + (payload.line ?? 0)
  const placeAt = (line: number): string =>
    `${files[Math.floor(line / 2 ** 32) - 1] ?? "the log"}:${line % 2 ** 32}`

  const named = (event: Event): Named => ({ event: address(event), place: placeOf(event) })

  const fail = <Rule extends string>(
    check: Check.Account<Rule>,
    rule: Rule,
    at: ReadonlyArray<Named>,
    message: string,
  ): void => {
    check.fail(
      rule,
      at.map(({ event }) => event),
      `${at[0]?.place ?? "the log"}: ${message}`,
      place.position,
      at.map(({ place }) => place),
    )
  }

  const streamOf = (machine: number): Stream => {
    streams[machine] ??= {
      version: 0,
      lamport: undefined,
      expected: undefined,
      atUs: Number.NEGATIVE_INFINITY,
      queueLength: null,
      vector: undefined,
      last: undefined,
    }
    return streams[machine]
  }

  const linkOf = (sender: number, recipient: number): LinkQueue => {
    incoming[recipient] ??= new Map()
    const links = incoming[recipient]
    const found = links.get(sender) ?? new LinkQueue()
    links.set(sender, found)
    return found
  }

  const isDerived = (event: Event, what: "lamport" | "occurredAt"): boolean =>
    event.payload.derived?.includes(what) === true

  const before = (stream: Stream): ReadonlyArray<Named> => (stream.last === undefined ? [] : [stream.last])

  const checkPlace = (event: { readonly position: number }): void => {
    log.counted.positions++
    if (event.position !== position + 1)
      log.fail(
        "positions",
        [],
        `Positions must be 1, 2, 3, ...: expected ${position + 1}, found ${event.position}`,
      )
    position = event.position
  }

  const checkVersion = (
    event: { readonly machine: number; readonly version: number },
    expected: number,
  ): void => {
    log.counted.versions++
    if (event.version !== expected)
      log.fail(
        "versions",
        [address(event)],
        `Versions of machine ${event.machine} must be 1, 2, 3, ...: expected ${expected}, found ${event.version}`,
      )
  }

  const checkTime = (event: Event, stream: Stream): void => {
    if (isDerived(event, "occurredAt")) return
    if (stream.version > 0) {
      log.counted.times++
      if (event.occurredAtUs < stream.atUs)
        fail(
          log,
          "times",
          [named(event), ...before(stream)],
          `a machine's times must not fall: found a time ${((stream.atUs - event.occurredAtUs) / 1e6).toFixed(6)} s before that of the line before it`,
        )
    }
    stream.atUs = Math.max(stream.atUs, event.occurredAtUs)
  }

  /** What the clock after an event must be, from what it was; undefined where the log does not tell. */
  const ruled = (event: Event, last: number): number | undefined => {
    if (event.kind !== "received") return LamportClock.tick(last)
    const { senderLamport } = event.payload
    return senderLamport === null ? undefined : LamportClock.receive(last, senderLamport)
  }

  const describe = (event: Event, last: number): string =>
    event.kind === "received"
      ? `a receipt must move the clock to max(${last}, ${event.payload.senderLamport}) + 1`
      : `${event.kind === "sent" ? "a send" : "a step"} must move the clock by one, from ${last}`

  const checkClock = (event: Event, stream: Stream): void => {
    const { lamport } = event
    if (lamport === null || isDerived(event, "lamport")) {
      stream.lamport = undefined
      stream.expected = undefined
      return
    }
    const last = stream.lamport
    const other = stream.expected
    stream.lamport = lamport
    stream.expected = undefined
    if (last === undefined) return
    const expected = saysKinds ? ruled(event, last) : undefined
    const rule = event.kind === "received" ? "clock-at-receipts" : "clock"
    if (expected === undefined) {
      clock.counted.consecutive++
      clock.checked++
      if (lamport > last) return
      stream.expected = LamportClock.tick(last)
      fail(
        clock,
        "consecutive",
        [named(event), ...before(stream)],
        `the clock must rise from ${last}, found ${lamport}`,
      )
      return
    }
    log.counted[rule]++
    clock.counted.consecutive++
    clock.checked++
    if (lamport === expected || (other !== undefined && lamport === ruled(event, other))) return
    stream.expected = expected
    const gap = event.kind !== "received" && lamport > expected ? "; a line may be missing before it" : ""
    fail(
      log,
      rule,
      [named(event), ...before(stream)],
      `${describe(event, last)} to ${expected}, found ${lamport}${gap}`,
    )
    if (lamport <= last)
      fail(
        clock,
        "consecutive",
        [named(event), ...before(stream)],
        `the clock must rise from ${last}, found ${lamport}`,
      )
  }

  const checkSendReceive = (event: Receipt, sentLamport: number | null): void => {
    const { senderLamport, match, sender, sendVersion } = event.payload
    const send = `${sender}/${sendVersion}`
    if (
      saysCarried &&
      senderLamport !== null &&
      sentLamport !== null &&
      match !== "fits" &&
      match !== "one-of-several"
    ) {
      clock.counted["carried-clock"]++
      if (senderLamport !== sentLamport)
        fail(
          clock,
          "carried-clock",
          [named(event)],
          `the message of ${send} must carry its clock ${sentLamport}, found ${senderLamport}`,
        )
    }
    if (event.lamport === null || sentLamport === null || isDerived(event, "lamport")) return
    clock.checked++
    clock.counted["send-receive"]++
    if (event.lamport <= sentLamport)
      fail(
        clock,
        "send-receive",
        [named(event)],
        `the clock of a receipt must be larger than ${sentLamport}, that of its send ${send}, found ${event.lamport}`,
      )
  }

  const checkVector = (event: Event, stream: Stream): void => {
    const { vector } = event.payload
    if (vector === undefined) return
    clock.counted["recorded-vectors"]++
    clock.checked++
    const own = String(event.machine)
    const last = stream.vector
    const came =
      event.kind === "received"
        ? carried.get(`${event.payload.sender}/${event.payload.sendVersion}`)?.vector
        : undefined
    stream.vector = vector
    if (last === undefined && came === undefined) return
    const wrong: Array<string> = []
    for (const machine of new Set([
      ...Object.keys(last ?? {}),
      ...Object.keys(came ?? {}),
      ...Object.keys(vector),
    ])) {
      const known = Math.max(last?.[machine] ?? 0, came?.[machine] ?? 0)
      const expected = machine === own ? (last?.[machine] ?? 0) + 1 : known
      const found = vector[machine] ?? 0
      // Before the first line the log does not say what a machine knew.
      if (found === expected || (last === undefined && machine === own)) continue
      // A receipt whose send was not found may have brought anything but a loss.
      if (event.kind === "received" && came === undefined && machine !== own && found > expected) continue
      wrong.push(`the entry of machine ${machine} must be ${expected}, found ${found}`)
    }
    if (wrong.length > 0) fail(clock, "recorded-vectors", [named(event), ...before(stream)], wrong.join("; "))
  }

  const nameOf = (machine: number): string => imported.names[machine - 1] ?? String(machine)

  const failMissing = (
    event: Receipt,
    { sender, senderLamport }: AnyDelivery,
    last: number | undefined,
  ): void => {
    const jumped = event.lamport !== null && last !== undefined && event.lamport > last + 1
    const clock = senderLamport ?? (jumped ? event.lamport - 1 : undefined)
    const said = `a receipt must have its send: found none to machine ${nameOf(event.machine)}${sender === null ? "" : ` by machine ${nameOf(sender)}`}${clock === undefined ? "" : ` with clock ${clock}`}`
    const at = named(event)
    const draft = messages.fail(
      "committed-send",
      [at.event],
      `${at.place}: ${said}; the line of its send may be missing`,
      place.position,
      [at.place],
    )
    if (clock !== undefined && unexplained.length < Limits.maxListedFailures)
      unexplained.push({ draft, machine: event.machine, clock, said: `${at.place}: ${said}` })
  }

  /** What is left on the links of a machine, by clock: where it was sent. */
  const leftTo = (machine: number): ReadonlyMap<number, string> => {
    const left = new Map<number, string>()
    for (const [sender, link] of incoming[machine] ?? [])
      for (let i = link.next(0); i < link.length; i = link.next(i + 1))
        left.set(link.lamport(i), `${sender}/${link.version(i)}`)
    return left
  }

  /** Messages that were received as one with another. */
  const explain = (): ReadonlySet<string> => {
    const explained = new Set<string>()
    for (const { draft, machine, clock, said } of unexplained) {
      const left = leftTo(machine)
      const two = joined(clock, left)
      if (two === undefined) continue
      const [first, second] = two.map((one) => left.get(one)!)
      draft.message = `${said}; but ${first} with clock ${two[0]} and ${second} with clock ${two[1]} were sent to it and never received: two messages read as one`
      for (const send of [first, second]) explained.add(`${send} ${machine}`)
    }
    return explained
  }

  const receive = (event: Receipt, lastLamport: number | undefined): void => {
    const delivery = event.payload
    if (delivery.match === "untold") {
      beforeReceipt.untold++
      return
    }
    messages.checked++
    messages.counted["committed-send"]++
    if (delivery.sendVersion === null) {
      failMissing(event, delivery, lastLamport)
      return
    }
    if (delivery.match === "one-of-several") beforeReceipt.several++
    messages.counted.once++
    const link = linkOf(delivery.sender, event.machine)
    const index = link.find(delivery.sendVersion)
    if (index < 0) {
      fail(
        messages,
        delivery.sendVersion <= link.newestDisposed ? "once" : "committed-send",
        [named(event)],
        delivery.sendVersion <= link.newestDisposed
          ? `a message is received once: found ${delivery.sender}/${delivery.sendVersion} received again`
          : `a receipt must stand after its send in what happened: found ${delivery.sender}/${delivery.sendVersion} received before it was sent, or sent to others`,
      )
      return
    }
    account.matched++
    const isTold = delivery.match === "message" || delivery.match === "clock"
    if (imported.fifo && isTold) {
      messages.counted.fifo++
      if (delivery.sendVersion < link.newestTaken)
        fail(
          messages,
          "fifo",
          [named(event)],
          `a link is first in, first out: found ${delivery.sender}/${delivery.sendVersion} received after ${delivery.sender}/${link.newestTaken}`,
        )
    }
    link.newestTaken = Math.max(link.newestTaken, delivery.sendVersion)
    checkSendReceive(event, link.clocked(index))
    const row = link.tag(index)
    if (clocked && row >= 0) vectors.receive(event.machine, row)
    if (row >= 0) vectors.release(row)
    link.dispose(index)
  }

  const send = (event: Event & { readonly kind: "sent" }): void => {
    const { recipients } = event.payload
    account.recipients += recipients.length
    if (recipients.length === 0) return
    const row = clocked ? vectors.send(event.machine, recipients.length) : -1
    for (const recipient of recipients)
      if (recipient <= machines)
        linkOf(event.machine, recipient).push(event.version, event.lamport ?? -1, lineOf(event), row)
    if (event.payload.vector !== undefined)
      carried.set(address(event), { vector: event.payload.vector, messages: recipients.length })
  }

  const release = (event: Receipt): void => {
    const key = `${event.payload.sender}/${event.payload.sendVersion}`
    const held = carried.get(key)
    if (held !== undefined && --held.messages <= 0) carried.delete(key)
  }

  const checkQueue = (event: Event, stream: Stream): void => {
    const { queueLength } = event
    const last = stream.queueLength
    stream.queueLength = queueLength
    if (queueLength === null || last === null) return
    queues.counted.takings++
    if (queueLength < last - 1)
      fail(
        queues,
        "takings",
        [named(event), ...before(stream)],
        `a queue falls by no more than the one message that is taken: found ${last} and then ${queueLength}`,
      )
  }

  const stepVectors = (event: Event): void => {
    if (event.lamport === null || isDerived(event, "lamport")) clocked = false
    if (clocked) vectors.step(event as Event & VectorCheck.Clocked)
  }

  const step = (event: Event): void => {
    const stream = streamOf(event.machine)
    log.checked++
    checkVersion(event, stream.version + 1)
    checkTime(event, stream)
    const lastLamport = stream.lamport
    checkClock(event, stream)
    checkVector(event, stream)
    if (event.kind === "received") {
      receive(event, lastLamport)
      release(event)
    }
    stepVectors(event)
    if (event.kind === "sent") send(event)
    checkQueue(event, stream)
    at = placeOf(event)
    if (saysArrivals) arrivals.step(event)
    counted[event.kind]++
    stream.version = event.version
    stream.last = named(event)
  }

  /** Messages that a later one of their link has left behind; where links are first in, first out, they are lost. */
  const checkOvertaken = (explained: ReadonlySet<string>): void => {
    if (!imported.fifo) return
    for (const [recipient, links] of incoming.entries())
      for (const [sender, link] of links ?? []) {
        messages.counted.overtaken += link.size
        for (
          let i = link.next(0);
          i < link.length && link.version(i) < link.newestTaken;
          i = link.next(i + 1)
        ) {
          const send = `${sender}/${link.version(i)}`
          if (explained.has(`${send} ${recipient}`)) continue
          const sentAt = placeAt(link.sentAtUs(i))
          messages.fail(
            "overtaken",
            [send],
            `${sentAt}: ${send} to machine ${nameOf(recipient)} is received nowhere, though a later message of its link is; a line of that machine may be missing`,
            place.position,
            [sentAt],
          )
        }
      }
  }

  const needs = () => {
    const { received } = counted
    const receiptsUntold = received > 0 && beforeReceipt.untold === received
    const named = "message (a name for each message), or sender and senderLamport"
    return {
      log: {
        ...(log.counted.times === 0 ? { times: "occurredAt" } : {}),
        ...(log.counted.clock === 0
          ? { clock: saysKinds ? "lamport" : "kind, what sort of event each was" }
          : {}),
        ...(log.counted["clock-at-receipts"] === 0 && received > 0
          ? { "clock-at-receipts": "lamport and senderLamport" }
          : {}),
        rolls: "the seed, and how the rolls follow from it",
      },
      clock: {
        ...(clock.counted.consecutive === 0 ? { consecutive: "lamport" } : {}),
        ...(clock.counted["carried-clock"] === 0 ? { "carried-clock": `senderLamport, and ${named}` } : {}),
        ...(clock.counted["send-receive"] === 0 ? { "send-receive": `lamport, and ${named}` } : {}),
        ...(clock.counted["recorded-vectors"] === 0 ? { "recorded-vectors": "vector" } : {}),
        ...(clocked ? {} : { "vector-clocks": "lamport" }),
      },
      messages: {
        ...(receiptsUntold ? { "committed-send": named, once: named } : {}),
        ...(messages.counted.fifo === 0
          ? {
              fifo: imported.fifo
                ? named
                : "that links are first in, first out, which this kind of log does not say",
            }
          : {}),
        ...(imported.fifo
          ? {}
          : { overtaken: "that links are first in, first out, which this kind of log does not say" }),
      },
      queues: {
        ...(queues.counted.takings === 0 ? { takings: "queueLength" } : {}),
        ...(queues.counted.length === 0 ? { length: "queueLength, and arrivedAt on receipts" } : {}),
      },
      schedule: { due: "the rate of each machine" },
    }
  }

  const finish = (): Verdict => {
    arrivals.finish()
    checkOvertaken(explain())
    const inFlight = account.recipients - account.matched
    messages.counted.account = account.recipients
    if (inFlight < 0)
      messages.fail(
        "account",
        [],
        `The messages sent, ${account.recipients}, must be those received and in flight: found ${account.matched} received`,
      )
    if (options.head !== undefined && options.head !== position)
      log.fail(
        "positions",
        [],
        `The run's head says that the log ends at position ${options.head}, found its end at ${position}`,
      )
    if (clocked) clock.how = vectors.how()
    if (beforeReceipt.several > 0 || beforeReceipt.untold > 0)
      messages.how = `${counted.received} received, of which ${beforeReceipt.several} may be of more than one send, and ${beforeReceipt.untold} of one that the log does not tell`
    const lacking = needs()
    const checks = [
      log.result(lacking.log),
      clock.result(lacking.clock),
      messages.result(lacking.messages),
      queues.result(lacking.queues),
      schedule.result(lacking.schedule),
    ]
    const ticks = counted.internal + counted.sent + counted.received
    const isProved = checks.some(({ failures }) => failures.length > 0)
      ? false
      : clock.checked + messages.checked + log.counted.clock > 0
        ? true
        : null
    return {
      verified: isProved,
      upTo: position,
      finished: true,
      imported: true,
      checks,
      counts: {
        ...counted,
        events,
        clockEvents: ticks,
        dropped: 0,
        duplicates: 0,
        missed: 0,
        ticks,
        due: 0,
        recipients: account.recipients,
        leftInInboxes: 0,
        inFlight: Math.max(0, inFlight),
        machines,
        lives: 0,
      },
    }
  }

  return {
    step: (event: Recorded | Shape.Unreadable) => {
      events++
      if (Shape.placeOf(event) === undefined) {
        log.fail("positions", [], `The record after position ${position} is not an event`)
        return
      }
      place.position = event.position
      checkPlace(event)
      if ("unreadable" in event) {
        log.fail(
          "positions",
          [address(event)],
          `The record at position ${event.position} is not an event: ${event.unreadable}`,
        )
        if (event.machine > 0) streamOf(event.machine).version = event.version
        return
      }
      if (event.machine === 0) return checkVersion(event, ++runVersion)
      if (isClockEvent(event) && event.machine <= machines) step(event)
      else
        log.fail(
          "versions",
          [address(event)],
          `An imported log has clock events of machines 1 to ${machines}, found ${event.kind} of machine ${event.machine}`,
        )
    },
    finish,
  }
}
