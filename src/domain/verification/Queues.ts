/**
 * Invariant `queues`: within one life the recorded lengths are arrivals minus takings minus drops, exactly.
 *
 * An event records length q after T disposals of this life, so q + T messages had entered the inbox by then:
 * arrival number q + T came before the event and the next one after it. But when a message arrived is only
 * known once it is taken, dropped from the head or listed by `stopped`. The inbox is FIFO, so arrivals are
 * revealed in order; until then each claim waits. (Sorting all arrivals of a run was rejected: its memory grows
 * with the log.) In a life cut short what was never revealed is held to the bounds, and to not falling.
 *
 * Where an arrival and a claim clash, the arrival is at fault if it clashes with two, the claim if with one.
 */
import { address, isRefused, type Logged, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import { type Check, runStarted } from "./Check.ts"
import { type Claimant, Claims } from "./Claims.ts"
import { at, type Setting } from "./Setting.ts"

interface Inbox {
  living: boolean
  /** Taken or dropped from the head in this life, and arrivals known so far: more by what `stopped` lists. */
  disposed: number
  revealed: number
  lastArrivalUs: number
  /** Of the arrival before the last, and who told of the last. */
  beforeLastUs: number
  lastTold: string
  claims: Claims
}

type Event = Logged<MachineEvent>

export interface Queues {
  /** A drop, as the record has it. */
  readonly drop: (event: Event & { readonly kind: "dropped" }) => void
  /** An event; of a drop, by the policy that it went by. */
  readonly step: (event: Event) => void
  readonly finish: () => void
}

/** `log` is told where an arrival and an event have one and the same stamp. */
export const make = (check: Check<"queues">, log: Check<"log">, setting: Setting): Queues => {
  const { capacity, overflow } = setting.config
  const inboxes: Array<Inbox | undefined> = []

  const failLength = (events: ReadonlyArray<string>, message: string, position?: number): void => {
    check.fail("length", events, `A queue length is arrivals minus takings minus drops: ${message}`, position)
  }

  /** An arrival that `revealing` tells of and a claim at `timeUs` clash. */
  const failClaim = (
    revealing: Event,
    claimant: Claimant,
    claimed: number,
    timeUs: number,
    arrivalUs: number,
    arrivalAtFault: boolean,
  ): void => {
    const by = `${revealing.machine}/${claimant.version}`
    const events = by === address(revealing) ? [by] : [by, address(revealing)]
    const named = arrivalAtFault ? [...events].reverse() : events
    const position = arrivalAtFault ? revealing.position : claimant.position
    if (arrivalUs === timeUs) {
      log.fail(
        "stamps",
        named,
        `Stamps of machine ${revealing.machine}, arrivals included, must strictly rise: the message that ${address(revealing)} tells of arrived at the very time of ${by}, ${at(setting, timeUs)}`,
        position,
      )
      return
    }
    const which = arrivalUs > timeUs ? `number ${claimed}` : "another"
    failLength(
      named,
      `${by} at ${at(setting, timeUs)} counts ${claimed} arrivals in this life, and ${which} came at ${at(setting, arrivalUs)}, as ${address(revealing)} tells`,
      position,
    )
  }

  const checkArrival = (event: Event, inbox: Inbox, { arrivedAtUs, sentAtUs }: Delivery): void => {
    log.counted.stamps++
    if (arrivedAtUs < event.occurredAtUs && arrivedAtUs > inbox.lastArrivalUs) return
    const told = address(event)
    // In order after the one before the last, it is the last that stands out.
    const lastAtFault = arrivedAtUs > inbox.beforeLastUs && arrivedAtUs >= sentAtUs
    const events = lastAtFault ? [inbox.lastTold, told] : [told, inbox.lastTold]
    log.fail(
      "stamps",
      arrivedAtUs >= event.occurredAtUs || inbox.lastTold === told ? [told] : events,
      `Stamps of machine ${event.machine}, arrivals included, must strictly rise: the message arrived at ${at(setting, arrivedAtUs)}, ${arrivedAtUs >= event.occurredAtUs ? `the event is at ${at(setting, event.occurredAtUs)}` : `the one before it in the inbox at ${at(setting, inbox.lastArrivalUs)}`}`,
    )
  }

  const reveal = (event: Event, inbox: Inbox, delivery: Delivery): void => {
    const { arrivedAtUs } = delivery
    checkArrival(event, inbox, delivery)
    inbox.beforeLastUs = inbox.lastArrivalUs
    inbox.lastArrivalUs = arrivedAtUs
    inbox.lastTold = address(event)
    const number = ++inbox.revealed
    for (let claim = inbox.claims.lowest; claim !== undefined; claim = inbox.claims.lowest) {
      const { count, first, firstUs, last, lastUs } = claim
      if (count > number) return
      if (count === number) {
        if (arrivedAtUs >= firstUs)
          failClaim(event, first, count, firstUs, arrivedAtUs, arrivedAtUs >= claim.secondFirstUs)
        return
      }
      if (arrivedAtUs <= lastUs)
        failClaim(event, last, count, lastUs, arrivedAtUs, arrivedAtUs <= claim.secondLastUs)
      inbox.claims.dropLowest()
    }
  }

  const claim = (event: Event, inbox: Inbox, notBeforeUs: number): void => {
    check.counted.length++
    const count = event.queueLength + inbox.disposed
    if (count < inbox.revealed) {
      failLength(
        [address(event)],
        `${count} arrivals of this life are counted, and ${inbox.revealed} are known by then`,
      )
      return
    }
    inbox.claims.add(count, event, notBeforeUs, event.occurredAtUs)
  }

  /** What no arrival has settled may at least not fall, nor count arrivals that never were. */
  const settle = (machine: number, { claims, revealed }: Inbox, closed: boolean): void => {
    let before: ReturnType<typeof claims.left>[number] | undefined
    for (const claim of claims.left()) {
      const { count, first, last } = claim
      if (closed && count > revealed)
        failLength(
          [`${machine}/${first.version}`],
          `${count} arrivals of this life are counted, and ${revealed} were by its end`,
          first.position,
        )
      else if (before !== undefined && before.lastUs >= claim.firstUs)
        failLength(
          [`${machine}/${before.last.version}`, `${machine}/${first.version}`],
          `${before.count} arrivals of this life are counted by ${machine}/${before.last.version}, after ${count} were by ${machine}/${last.version}`,
          before.last.position,
        )
      before = claim
    }
  }

  const begin = (event: Event): void => {
    check.counted["empty-at-start"]++
    if (event.queueLength !== 0)
      check.fail(
        "empty-at-start",
        [address(event)],
        `An inbox must be empty when a life begins, found ${event.queueLength} messages at ${event.kind}`,
      )
    const former = inboxes[event.machine]
    if (former?.living === true) settle(event.machine, former, false)
    const inbox: Inbox = {
      living: true,
      disposed: 0,
      revealed: 0,
      lastArrivalUs: -1,
      beforeLastUs: -1,
      lastTold: "",
      claims: new Claims(),
    }
    inboxes[event.machine] = inbox
    if (event.queueLength === 0) claim(event, inbox, event.occurredAtUs)
  }

  const checkDrop = (event: Event & { readonly kind: "dropped" }): void => {
    const { reason } = event.payload
    // The network's doing, which is looked at elsewhere.
    if (reason === "loss" || reason === "duplicate") return
    check.counted.overflow++
    const full =
      event.queueLength === capacity || (reason === "drop-oldest" && event.queueLength === capacity - 1)
    if (reason === overflow && full) return
    check.fail(
      "overflow",
      [address(event), runStarted],
      `A message is dropped by the run's policy, ${overflow}, from a full inbox of ${capacity}; found ${reason} with ${event.queueLength} waiting`,
    )
  }

  /** Whether the inbox could hold so many at all. */
  const checkBounds = (event: Event): boolean => {
    check.counted.capacity++
    const before = event.queueLength + (event.kind === "received" ? 1 : 0)
    if (before > capacity)
      check.fail(
        "capacity",
        [address(event), runStarted],
        `An inbox holds at most ${capacity} messages, found ${before}${event.kind === "received" ? " before the taking" : ""}`,
      )
    // What a machine of a protocol owes it does before it takes anything; `rolls` knows what it owes.
    if (setting.config.workload === undefined && (event.kind === "internal" || event.kind === "sent")) {
      check.counted.takes++
      if (event.queueLength !== 0)
        check.fail(
          "takes",
          [address(event)],
          `A tick that finds a message takes it: found ${event.queueLength} waiting at ${event.kind}`,
        )
    }
    return before <= capacity
  }

  const stop = (event: Event & { readonly kind: "stopped" }, inbox: Inbox): void => {
    check.counted.listed++
    const listed = event.payload.inbox
    if (listed.length !== event.queueLength)
      check.fail(
        "listed",
        [address(event)],
        `stopped must list what is left in the inbox: queueLength is ${event.queueLength}, found ${listed.length} listed`,
      )
    for (const delivery of listed) reveal(event, inbox, delivery)
    const whole = listed.length === event.queueLength
    if (whole) claim(event, inbox, event.occurredAtUs)
    settle(event.machine, inbox, whole)
    inbox.living = false
    inbox.claims = new Claims()
  }

  const stepLiving = (event: Exclude<Event, { kind: "stopped" }>, inbox: Inbox, bounded: boolean): void => {
    const { occurredAtUs } = event
    const refused = event.kind === "dropped" && isRefused(event.payload.reason)
    if (event.kind === "received" || (event.kind === "dropped" && !refused)) {
      reveal(event, inbox, event.payload)
      inbox.disposed++
    }
    if (!bounded) return
    claim(event, inbox, refused ? Math.min(event.payload.arrivedAtUs, occurredAtUs) : occurredAtUs)
  }

  return {
    drop: checkDrop,
    step: (event) => {
      check.checked++
      if (event.kind === "started" || event.kind === "resumed") return begin(event)
      const bounded = checkBounds(event)
      const inbox = inboxes[event.machine]
      // Outside of a life (a failure of `log`) there is nothing to compare with.
      if (inbox?.living !== true) return
      if (event.kind === "stopped") stop(event, inbox)
      else stepLiving(event, inbox, bounded)
    },
    finish: () => {
      for (const [machine, inbox] of inboxes.entries())
        if (inbox?.living === true) settle(machine, inbox, false)
    },
  }
}
