/**
 * Invariant `messages`: every `received` and `dropped` names one committed send addressed to it and before it
 * in the log, none is disposed of twice, links are FIFO, and the account of all messages closes.
 *
 * What is left of FIFO when messages are dropped: a taking, and a drop from the head (drop-oldest), is always
 * the oldest in flight on its link; those dropped on arrival (drop-newest) overtake the ones that wait, so of
 * them only the order among themselves holds, within a life (what waited is offered again after a resume).
 */
import { address, isRefused, isSecondCopy, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery } from "../Message.ts"
import type { RunConfig } from "../RunConfig.ts"
import type { Check } from "./Check.ts"
import { LinkQueue } from "./LinkQueue.ts"

export interface Account {
  /** Messages sent: the recipients of all sends. */
  readonly recipients: number
  readonly received: number
  readonly dropped: number
  readonly leftInInboxes: number
  readonly inFlight: number
}

export interface Messages {
  readonly step: (event: MachineEvent) => void
  /** Whether the run is finished. */
  readonly finish: (isOver: boolean) => Account
}

/** What else goes along with messages. */
export interface Companion {
  /** A send to so many machines of the run; the tag that its messages bear. */
  readonly sent: (event: MachineEvent, messages: number) => number
  /** An event names a message in flight, whose send has this clock. */
  readonly named: (event: MachineEvent, delivery: Delivery, sendLamport: number) => void
  readonly received: (event: MachineEvent, tag: number) => void
  /** A message with this tag is in flight no longer. */
  readonly disposed: (tag: number) => void
  /** A message is in flight when all is over. */
  readonly inFlight: (sender: number, sendVersion: number, recipient: number, sentAtUs: number) => void
}

/** Where links are not `fifo`, messages of one may overtake each other. */
export const make = (
  check: Check<"messages">,
  { machines, links: order = "fifo" }: Pick<RunConfig, "machines" | "links">,
  companion: Companion,
): Messages => {
  const isFifo = order === "fifo"
  const incoming: Array<Map<number, LinkQueue> | undefined> = []
  const lives: Array<number> = []
  const left: Array<number> = []
  let recipients = 0
  let strays = 0
  let received = 0
  let dropped = 0

  const linkOf = (sender: number, recipient: number): LinkQueue => {
    incoming[recipient] ??= new Map()
    const links = incoming[recipient]
    const link = links.get(sender) ?? new LinkQueue()
    if (link.newestSent === 0) links.set(sender, link)
    return link
  }

  const send = (event: MachineEvent & { readonly kind: "sent" }): void => {
    const links = new Set<LinkQueue>()
    for (const recipient of event.payload.recipients) {
      recipients++
      if (recipient > machines) strays++
      else links.add(linkOf(event.machine, recipient))
    }
    // A version that does not rise is a failure of `log`; the ring is bisected, so it must not get in.
    for (const link of links) if (event.version <= link.newestSent) links.delete(link)
    if (links.size === 0) return
    const tag = companion.sent(event, links.size)
    for (const link of links) link.push(event.version, event.lamport, event.occurredAtUs, tag)
  }

  /** The link and index of a message that must be in flight to the event's machine. */
  const findInFlight = (event: MachineEvent, delivery: Delivery) => {
    check.counted["committed-send"]++
    check.counted.once++
    const link = incoming[event.machine]?.get(delivery.sender)
    const index = link?.find(delivery.sendVersion) ?? -1
    if (link !== undefined && index >= 0) return { link, index }
    const events = [address(event), `${delivery.sender}/${delivery.sendVersion}`]
    if (link !== undefined && delivery.sendVersion <= link.newestDisposed)
      check.fail(
        "once",
        events,
        "A message is received or dropped once: found one that was disposed of before, or was never sent to this machine",
      )
    else
      check.fail(
        "committed-send",
        events,
        "A message must name a send to this machine, before it in the log: found none",
      )
    return undefined
  }

  const checkTimes = (event: MachineEvent, delivery: Delivery, link: LinkQueue, index: number): void => {
    check.counted["sent-at"]++
    check.counted["arrived-at"]++
    const sentAtUs = link.sentAtUs(index)
    const events = [address(event), `${delivery.sender}/${delivery.sendVersion}`]
    if (delivery.sentAtUs !== sentAtUs)
      check.fail(
        "sent-at",
        events,
        `sentAt must be the time of the send, ${sentAtUs} (microseconds), found ${delivery.sentAtUs}`,
      )
    if (delivery.arrivedAtUs < sentAtUs)
      check.fail(
        "arrived-at",
        events,
        `A message cannot arrive before it is sent, at ${sentAtUs} (microseconds), found ${delivery.arrivedAtUs}`,
      )
    companion.named(event, delivery, link.lamport(index))
  }

  const failFifo = (event: MachineEvent, delivery: Delivery, before: number): void => {
    check.fail(
      "fifo",
      [address(event), `${delivery.sender}/${delivery.sendVersion}`, `${delivery.sender}/${before}`],
      `A link is first in, first out: ${delivery.sender}/${delivery.sendVersion} was ${event.kind} out of turn with ${delivery.sender}/${before}`,
    )
  }

  const checkHead = (event: MachineEvent, delivery: Delivery, link: LinkQueue, index: number): void => {
    check.counted.fifo++
    if (index !== 0) failFifo(event, delivery, link.version(0))
    else if (delivery.sendVersion < link.newestTaken) failFifo(event, delivery, link.newestTaken)
    link.newestTaken = Math.max(link.newestTaken, delivery.sendVersion)
  }

  const takeFromInbox = (event: MachineEvent, delivery: Delivery): void => {
    const found = findInFlight(event, delivery)
    if (found === undefined) return
    const { link, index } = found
    checkTimes(event, delivery, link, index)
    if (isFifo) checkHead(event, delivery, link, index)
    const tag = link.tag(index)
    if (event.kind === "received") companion.received(event, tag)
    companion.disposed(tag)
    link.dispose(index)
  }

  const checkRefusal = (event: MachineEvent, delivery: Delivery, link: LinkQueue): void => {
    const life = lives[event.machine] ?? 0
    check.counted.fifo++
    if (link.refusedInLife === life && delivery.sendVersion < link.newestRefused)
      failFifo(event, delivery, link.newestRefused)
    link.refusedInLife = life
    link.newestRefused = delivery.sendVersion
  }

  const refuse = (event: MachineEvent, delivery: Delivery): void => {
    const found = findInFlight(event, delivery)
    if (found === undefined) return
    const { link, index } = found
    checkTimes(event, delivery, link, index)
    if (isFifo) checkRefusal(event, delivery, link)
    companion.disposed(link.tag(index))
    link.dispose(index)
  }

  /** Which of the link's messages is to be listed next. */
  const nextListed = (event: MachineEvent, link: LinkQueue): number => {
    check.counted.fifo++
    const life = lives[event.machine] ?? 0
    const from = link.listedInLife === life ? link.listedTo : 0
    link.listedInLife = life
    return link.next(from)
  }

  /** Listed messages stay in flight: a resumed machine is offered them again. */
  const list = (event: MachineEvent, delivery: Delivery): void => {
    const found = findInFlight(event, delivery)
    if (found === undefined) return
    const { link, index } = found
    checkTimes(event, delivery, link, index)
    const next = isFifo ? nextListed(event, link) : index
    if (index < next || link.listed?.has(delivery.sendVersion) === true)
      check.fail(
        "once",
        [address(event), `${delivery.sender}/${delivery.sendVersion}`],
        "A message waits once: found it twice, or after a later one, in the inbox that stopped lists",
      )
    else if (index > next) failFifo(event, delivery, link.version(next))
    link.listedTo = index + 1
    if (!isFifo) link.listed = (link.listed ?? new Set()).add(delivery.sendVersion)
    left[event.machine] = (left[event.machine] ?? 0) + 1
  }

  const firstUnlisted = (recipient: number, link: LinkQueue): number =>
    link.next(isFifo && link.listedInLife === lives[recipient] ? link.listedTo : 0)

  const tellInFlight = (): void => {
    for (const [recipient, links] of incoming.entries())
      for (const [sender, link] of links ?? [])
        for (let index = firstUnlisted(recipient, link); index < link.length; index = link.next(index + 1)) {
          const version = link.version(index)
          if (link.listed?.has(version) !== true)
            companion.inFlight(sender, version, recipient, link.sentAtUs(index))
        }
  }

  const finish = (): Account => {
    const leftInInboxes = left.reduce((sum, count) => sum + count, 0)
    let waiting = strays
    for (const links of incoming) for (const link of links?.values() ?? []) waiting += link.size
    return { recipients, received, dropped, leftInInboxes, inFlight: waiting - leftInInboxes }
  }

  return {
    step: (event) => {
      switch (event.kind) {
        case "sent":
          return send(event)
        case "received":
          check.checked++
          received++
          return takeFromInbox(event, event.payload)
        case "dropped":
          check.checked++
          // The message itself is counted for itself.
          if (isSecondCopy(event)) return
          dropped++
          return isRefused(event.payload.reason)
            ? refuse(event, event.payload)
            : takeFromInbox(event, event.payload)
        case "started":
        case "resumed":
          lives[event.machine] = (lives[event.machine] ?? 0) + 1
          left[event.machine] = 0
          for (const link of incoming[event.machine]?.values() ?? []) delete link.listed
          return
        case "stopped":
          left[event.machine] = 0
          check.checked += event.payload.inbox.length
          for (const delivery of event.payload.inbox) list(event, delivery)
          return
      }
    },
    finish: (isOver) => {
      if (isOver) tellInFlight()
      const account = finish()
      check.counted.account = account.recipients
      const accounted = account.received + account.dropped + account.leftInInboxes + account.inFlight
      if (account.recipients !== accounted)
        check.fail(
          "account",
          [],
          `The messages sent, ${account.recipients}, must be those received, dropped, left in inboxes and in flight: found ${account.received} + ${account.dropped} + ${account.leftInInboxes} + ${account.inFlight} = ${accounted}`,
        )
      return account
    },
  }
}
