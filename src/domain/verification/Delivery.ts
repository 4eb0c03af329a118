/**
 * Invariant `delivery`, of runs with a delivery order: that receipts are in it. It is asked of the record alone, by what
 * the order means and not by how the layer brings it about: which sends happened before which is told by vector clocks
 * of events, not by the sequences, vectors and matrices that messages carried.
 *
 * A message that was dropped, from a full inbox or before it, is had like one that was received. So of a receipt it is
 * enough to know what is still to come to its machine: nothing of that may have to come before. What may be is the
 * oldest message in flight on each of its links, as versions rise with happened-before.
 */
import { address, isSecondCopy, type MachineEvent } from "../ClockEvent.ts"
import type { Delivery as Message } from "../Message.ts"
import { VectorClocks } from "../VectorClock.ts"
import * as AgreedReceipts from "./AgreedReceipts.ts"
import { type Check, runStarted } from "./Check.ts"
import * as PassedOn from "./PassedOn.ts"
import type { Setting } from "./Setting.ts"

interface InFlight {
  /** Of its send; -1 where vectors are not kept. */
  readonly row: number
  /** The message before it on its link, 0 for none. */
  readonly previous: number
  /** Whether it is told already that another was received before it, out of order. */
  isTold: boolean
}

interface Link {
  readonly inFlight: Map<number, InFlight>
  newestSent: number
}

export interface Delivery {
  readonly step: (event: MachineEvent) => void
  /** How much was held back, in words; undefined where nothing was looked at. */
  readonly how: () => string | undefined
}

const grouped = (count: number): string => count.toLocaleString("en")

export const make = (check: Check<"delivery">, { config }: Setting): Delivery => {
  const { machines, delivery: order } = config
  const isCausal = order === "causal" || order === "total"
  const clocks = isCausal ? new VectorClocks(machines, machines + 1) : undefined
  const agreed = order === "total" ? AgreedReceipts.make(check, machines) : undefined
  /** By recipient, then by sender. */
  const incoming: Array<Map<number, Link> | undefined> = []
  /** In total order each waits for the one before it. */
  const passedOn = PassedOn.make(order === "total")
  let [held, longestUs] = [0, 0]

  const linkOf = (sender: number, recipient: number): Link => {
    incoming[recipient] ??= new Map()
    const link = incoming[recipient].get(sender) ?? { inFlight: new Map(), newestSent: 0 }
    incoming[recipient].set(sender, link)
    return link
  }

  const send = (event: MachineEvent & { readonly kind: "sent" }): void => {
    const { machine, version } = event
    const links = new Set<Link>()
    for (const recipient of event.payload.recipients)
      if (recipient <= machines) links.add(linkOf(machine, recipient))
    // A version that does not rise is a failure of `log`.
    for (const link of links) if (version <= link.newestSent) links.delete(link)
    if (links.size === 0) return
    const row = clocks?.send(machine, links.size) ?? -1
    for (const link of links) {
      link.inFlight.set(version, { row, previous: link.newestSent, isTold: false })
      link.newestSent = version
    }
    agreed?.sent(event, links.size)
  }

  /** The oldest message of a link is still to come though it must come before this one, which is told once. */
  const failOrder = (rule: "fifo" | "causal", event: MachineEvent, m: Message, sender: number): void => {
    const [version, oldest] = incoming[event.machine]!.get(sender)!.inFlight.entries().next().value!
    if (oldest.isTold) return
    oldest.isTold = true
    const [message, before] = [`${m.sender}/${m.sendVersion}`, `${sender}/${version}`]
    check.fail(
      rule,
      [address(event), message, before],
      `In ${rule} order machine ${event.machine} must have ${before} before ${message}, as it was sent to it too and ${rule === "fifo" ? "earlier by the same machine" : `its send happened before that of ${message}`}: found it still to come when ${message} was received`,
    )
  }

  const checkFifo = (event: MachineEvent, m: Message, link: Link): void => {
    check.counted.fifo++
    const [oldest] = link.inFlight.keys()
    if (oldest !== m.sendVersion) failOrder("fifo", event, m, m.sender)
  }

  const checkCausal = (event: MachineEvent, m: Message, row: number): void => {
    check.counted.causal++
    for (const [sender, { inFlight }] of incoming[event.machine]!) {
      if (sender === m.sender) continue
      const [oldest] = inFlight.keys()
      if (oldest !== undefined && oldest <= clocks!.ofSend(row, sender)) failOrder("causal", event, m, sender)
    }
  }

  /** What is wrong with the message that another is said to have waited for last. */
  const notWaitedFor = (event: MachineEvent, m: Message, { row, previous }: InFlight): string | undefined => {
    if (m.heldFor === undefined) return order === "total" ? undefined : "none"
    const [sender, version] = m.heldFor.split("/").map(Number) as [number, number]
    const link = incoming[event.machine]?.get(sender)
    if (link?.inFlight.has(version)) return `${m.heldFor}, which was still to come to it`
    if (!passedOn.isFollowed(event, m, m.heldFor))
      return `${m.heldFor}, ${link === undefined || version > link.newestSent ? "which nobody had sent to it" : "which did not come to it while that was held back"}`
    const isBefore =
      order === "fifo"
        ? sender === m.sender && version === previous
        : order === "total" || version <= clocks!.ofSend(row, sender)
    return isBefore ? undefined : `${m.heldFor}, which need not come before it`
  }

  const checkHeld = (event: MachineEvent, m: Message, sent: InFlight): void => {
    if (m.heldUs === undefined && m.heldFor === undefined) return
    check.counted.held++
    held++
    longestUs = Math.max(longestUs, m.heldUs ?? 0)
    const message = `${m.sender}/${m.sendVersion}`
    const fail = (words: string) => check.fail("held", [address(event), message], words)
    if (m.heldUs === undefined || m.arrivedAtUs - m.heldUs <= m.sentAtUs)
      fail(
        `A message is held back from when it came, after it was sent, until it is let in: found ${message} sent at ${m.sentAtUs}, let in at ${m.arrivedAtUs}, and held back for ${m.heldUs ?? "no time"} (microseconds)`,
      )
    const found = notWaitedFor(event, m, sent)
    if (found !== undefined)
      fail(
        `A message is held back for one that comes before it in ${order} order, and let in as soon as machine ${event.machine} has that: found ${message} held back for ${found}`,
      )
  }

  const dispose = (event: MachineEvent, m: Message): void => {
    const link = incoming[event.machine]?.get(m.sender)
    const sent = link?.inFlight.get(m.sendVersion)
    if (link === undefined || sent === undefined) return
    if (event.kind === "received") {
      check.checked++
      checkFifo(event, m, link)
      if (isCausal) {
        checkCausal(event, m, sent.row)
        clocks!.receive(event.machine, sent.row)
      }
      checkHeld(event, m, sent)
    }
    agreed?.had(event, m)
    passedOn.had(event, m)
    clocks?.release(sent.row)
    link.inFlight.delete(m.sendVersion)
  }

  const ofOrder = (event: MachineEvent): void => {
    if (event.kind === "received") dispose(event, event.payload)
    if (event.kind === "dropped" && !isSecondCopy(event)) dispose(event, event.payload)
    clocks?.raise(event.machine, event.machine, event.version)
    if (event.kind === "sent") send(event)
  }

  const ofNone = (event: MachineEvent): void => {
    if (event.kind !== "received") return
    if (event.payload.heldUs === undefined && event.payload.heldFor === undefined) return
    check.checked++
    check.counted.held++
    check.fail(
      "held",
      [address(event), runStarted],
      "No message is held back in a run without a delivery order: found one that was",
    )
  }

  return {
    step: order === undefined ? ofNone : ofOrder,
    how: () =>
      order === undefined
        ? undefined
        : `${order} order: ${grouped(held)} of ${grouped(check.checked)} messages received were held back, for ${(longestUs / 1_000_000).toFixed(3)} s at most`,
  }
}
