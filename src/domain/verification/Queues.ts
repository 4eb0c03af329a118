/**
 * Invariant `queues`: within one life the recorded lengths are arrivals minus takings minus drops, exactly.
 *
 * An event records length q after T disposals of this life, so q + T messages had entered the inbox by then:
 * arrival number q + T came before the event and the next one after it. But when a message arrived is only
 * known once it is taken, dropped from the head or listed by `stopped`. The inbox is FIFO, so arrivals are
 * revealed in order; until then each distinct count waits with the earliest and latest event that claims it.
 * There are no more such counts than messages in the inbox. (Sorting all arrivals of a run was rejected: its
 * memory grows with the log.) In a life cut short what was never revealed is held to the bounds only.
 */
import { address, type MachineEvent } from "../ClockEvent.ts"
import type { Check } from "./Check.ts"
import { at, type Setting } from "./Setting.ts"

/** Events that claim `count` arrivals: the first and the last of them by time. */
interface Claim {
  readonly count: number
  firstUs: number
  first: number
  lastUs: number
  last: number
}

interface Inbox {
  living: boolean
  /** Taken or dropped from the head in this life, and arrivals known so far: more by what `stopped` lists. */
  disposed: number
  revealed: number
  lastArrivalUs: number
  /** Claims from `head` on wait for arrivals; counts rise. */
  claims: Array<Claim>
  head: number
}

/** Where claims before `head` are given back. */
const compactFrom = 64

export interface Queues {
  readonly step: (event: MachineEvent) => void
}

/** `log` is told where an arrival and an event have one and the same stamp. */
export const make = (check: Check, log: Check, setting: Setting): Queues => {
  const { capacity, overflow } = setting.config
  const inboxes: Array<Inbox | undefined> = []

  const failLength = (events: ReadonlyArray<string>, message: string): void =>
    check.fail("length", events, `A queue length is arrivals minus takings minus drops: ${message}`)

  const compare = (machine: number, claimed: number, by: number, arrivalUs: number, timeUs: number): void => {
    if (arrivalUs === timeUs)
      log.fail(
        "stamps",
        [`${machine}/${by}`],
        `Stamps of machine ${machine}, arrivals included, must strictly rise: a message arrived at the very time of the event, ${at(setting, timeUs)}`,
      )
    else
      failLength(
        [`${machine}/${by}`],
        `the event at ${at(setting, timeUs)} counts ${claimed} arrivals in this life, and ${arrivalUs > timeUs ? `number ${claimed}` : "another"} came at ${at(setting, arrivalUs)}`,
      )
  }

  const reveal = (event: MachineEvent, inbox: Inbox, arrivedAtUs: number): void => {
    if (arrivedAtUs >= event.occurredAtUs || arrivedAtUs <= inbox.lastArrivalUs)
      log.fail(
        "stamps",
        [address(event)],
        `Stamps of machine ${event.machine}, arrivals included, must strictly rise: the message arrived at ${at(setting, arrivedAtUs)}, ${arrivedAtUs >= event.occurredAtUs ? `the event is at ${at(setting, event.occurredAtUs)}` : `the one before it in the inbox at ${at(setting, inbox.lastArrivalUs)}`}`,
      )
    inbox.lastArrivalUs = arrivedAtUs
    const number = ++inbox.revealed
    const { machine } = event
    for (let claim = inbox.claims[inbox.head]; claim !== undefined; claim = inbox.claims[inbox.head]) {
      if (claim.count > number) break
      if (claim.count === number) {
        if (arrivedAtUs >= claim.firstUs) compare(machine, number, claim.first, arrivedAtUs, claim.firstUs)
        break
      }
      if (arrivedAtUs <= claim.lastUs) compare(machine, claim.count, claim.last, arrivedAtUs, claim.lastUs)
      inbox.head++
    }
    if (inbox.head >= compactFrom && inbox.head * 2 >= inbox.claims.length) {
      inbox.claims = inbox.claims.slice(inbox.head)
      inbox.head = 0
    }
  }

  const claim = (event: MachineEvent, inbox: Inbox, notBeforeUs: number): void => {
    const count = event.queueLength + inbox.disposed
    const { version, occurredAtUs } = event
    const last = inbox.claims[inbox.claims.length - 1]
    if (count < (last?.count ?? inbox.revealed)) {
      failLength(
        last === undefined ? [address(event)] : [`${event.machine}/${last.last}`, address(event)],
        `${count} arrivals of this life are counted, after ${last?.count ?? inbox.revealed} were`,
      )
      return
    }
    if (count === inbox.revealed && count > 0 && inbox.lastArrivalUs >= notBeforeUs)
      compare(event.machine, count, version, inbox.lastArrivalUs, notBeforeUs)
    if (last?.count === count) {
      if (notBeforeUs < last.firstUs) Object.assign(last, { firstUs: notBeforeUs, first: version })
      if (occurredAtUs > last.lastUs) {
        last.lastUs = occurredAtUs
        last.last = version
      }
    } else
      inbox.claims.push({ count, firstUs: notBeforeUs, first: version, lastUs: occurredAtUs, last: version })
  }

  const begin = (event: MachineEvent): void => {
    if (event.queueLength !== 0)
      check.fail(
        "empty-at-start",
        [address(event)],
        `An inbox must be empty when a life begins, found ${event.queueLength} messages at ${event.kind}`,
      )
    const inbox = { living: true, disposed: 0, revealed: 0, lastArrivalUs: -1, claims: [], head: 0 }
    inboxes[event.machine] = inbox
    if (event.queueLength === 0) claim(event, inbox, event.occurredAtUs)
  }

  const checkDrop = (event: MachineEvent & { readonly kind: "dropped" }): void => {
    const { reason } = event.payload
    const full =
      event.queueLength === capacity || (reason === "drop-oldest" && event.queueLength === capacity - 1)
    if (reason === overflow && full) return
    check.fail(
      "overflow",
      [address(event)],
      `A message is dropped by the run's policy, ${overflow}, from a full inbox of ${capacity}; found ${reason} with ${event.queueLength} waiting`,
    )
  }

  const checkBounds = (event: MachineEvent): void => {
    const before = event.queueLength + (event.kind === "received" ? 1 : 0)
    if (before > capacity)
      check.fail(
        "capacity",
        [address(event)],
        `An inbox holds at most ${capacity} messages, found ${before}${event.kind === "received" ? " before the taking" : ""}`,
      )
    if ((event.kind === "internal" || event.kind === "sent") && event.queueLength !== 0)
      check.fail(
        "takes",
        [address(event)],
        `A tick that finds a message takes it: found ${event.queueLength} waiting at ${event.kind}`,
      )
  }

  const stop = (event: MachineEvent & { readonly kind: "stopped" }, inbox: Inbox): void => {
    const listed = event.payload.inbox
    if (listed.length !== event.queueLength)
      check.fail(
        "listed",
        [address(event)],
        `stopped must list what is left in the inbox: queueLength is ${event.queueLength}, found ${listed.length} listed`,
      )
    for (const delivery of listed) reveal(event, inbox, delivery.arrivedAtUs)
    if (listed.length === event.queueLength) claim(event, inbox, event.occurredAtUs)
    inbox.living = false
    inbox.claims = []
  }

  const stepLiving = (event: MachineEvent, inbox: Inbox) => {
    const { occurredAtUs } = event
    if (event.kind === "stopped") return stop(event, inbox)
    if (event.kind === "received" || (event.kind === "dropped" && event.payload.reason !== "drop-newest")) {
      reveal(event, inbox, event.payload.arrivedAtUs)
      inbox.disposed++
    }
    if (event.kind !== "dropped" || event.payload.reason !== "drop-newest")
      return claim(event, inbox, occurredAtUs)
    const { arrivedAtUs } = event.payload
    if (arrivedAtUs >= occurredAtUs)
      log.fail(
        "stamps",
        [address(event)],
        `A message arrives before it is dropped: found ${at(setting, arrivedAtUs)} and ${at(setting, occurredAtUs)}`,
      )
    claim(event, inbox, Math.min(arrivedAtUs, occurredAtUs))
  }

  return {
    step: (event) => {
      check.checked++
      if (event.kind === "started" || event.kind === "resumed") return begin(event)
      checkBounds(event)
      if (event.kind === "dropped") checkDrop(event)
      const inbox = inboxes[event.machine]
      // Outside of a life (a failure of `log`) there is nothing to compare with.
      if (inbox?.living === true) stepLiving(event, inbox)
    },
  }
}
