/**
 * What a modelled network may do with the messages of a virtual run: it loses and doubles just those that the seed
 * says, a second copy comes once and after the first, and nothing is under way for longer than the network takes.
 *
 * Of each doubled message it is remembered whether it has come, until its second copy has; a copy may be dropped while
 * the first still lies in the inbox, whose arrival is then known only later. A link that breaks off loses the copies
 * that are under way on it, and offers again what had not come.
 */
import type { Change } from "../Change.ts"
import { address, type MachineEvent } from "../ClockEvent.ts"
import * as Fate from "../Fate.ts"
import type { Fault } from "../Fault.ts"
import * as Latency from "../Latency.ts"
import type { Delivery } from "../Message.ts"
import * as RunConfig from "../RunConfig.ts"
import { type Check, runStarted } from "./Check.ts"
import type { Setting } from "./Setting.ts"

/** A message of which a second copy is under way, or has come before it is known when the first did. */
interface Doubled {
  readonly lamport: number
  readonly sentAtUs: number
  /** When the first copy came, once that is known. */
  firstUs?: number
  /** When the second came, and what tells so. */
  second?: { readonly atUs: number; readonly by: string }
}

interface LinkState {
  isCut: boolean
  /** When it last came up, microseconds since the epoch. */
  upSinceUs: number
  /** The largest delay that it ever had. */
  delayUs: number
}

const keyOf = ({ sender, sendVersion }: Pick<Delivery, "sender" | "sendVersion">): number =>
  sender * 2 ** 32 + sendVersion

export interface Network {
  readonly fault: (fault: Fault) => void
  /** What the run does otherwise from here on. */
  readonly change: (change: Change) => void
  /** A drop, as the record has it. */
  readonly drop: (event: MachineEvent & { readonly kind: "dropped" }) => void
  /** Whether the network, by the seed, drops this message for this reason. */
  readonly drops: (event: MachineEvent & { readonly kind: "dropped" }) => boolean
  readonly step: (event: MachineEvent) => void
  /** A message is in flight when all is over. */
  readonly inFlight: (sender: number, sendVersion: number, recipient: number, sentAtUs: number) => void
}

/** What is known of a copy that is dropped: hears of the clock that it carries, and of that of its send. */
type Named = (event: MachineEvent, delivery: Delivery, sendLamport: number) => void

export const make = (check: Check<"messages">, setting: Setting, named: Named): Network => {
  const { config, reach, startUs } = setting
  const isModelled = config.mode === "virtual" && !RunConfig.isPlain(config)
  const fates = Fate.ofRun(config)
  const fateOf = fates.of
  /** By machine: the last of its sends. */
  const versions = new Float64Array(config.changes === undefined ? 0 : config.machines + 1)
  const latencyUs = Latency.longestOfRunUs(config)
  /** In total order a request and then its number are under way, one after the other. */
  const longestUs = config.delivery === "total" ? 2 * latencyUs : latencyUs
  /** In these orders a message may wait for one of another link, for as long as a fault keeps that. */
  const mayWaitForLong =
    (config.delivery === "causal" || config.delivery === "total") && (config.faults ?? []).length > 0
  const endUs = startUs + config.durationUs
  /** When what a real network had not brought left anew. */
  let offeredUs = 0
  const down = new Set<number>()
  const links = new Map<string, LinkState>()
  /** By recipient. */
  const doubled = new Map<number, Map<number, Doubled>>()
  const doubledTo = (machine: number) => doubled.get(machine)
  /** Machines whose inbox was full at the end, so that messages may wait at their doors. */
  const full = new Set<number>()

  const linkOf = (from: number, to: number): LinkState => {
    const key = `${from}>${to}`
    const link = links.get(key) ?? { isCut: false, upSinceUs: 0, delayUs: 0 }
    links.set(key, link)
    return link
  }
  const isUp = (from: number, to: number): boolean =>
    !down.has(from) && !down.has(to) && (links.size === 0 || links.get(`${from}>${to}`)?.isCut !== true)

  const breakOff = (from: number, to: number): void => {
    const copies = doubledTo(to)
    for (const key of copies?.keys() ?? []) if (Math.floor(key / 2 ** 32) === from) copies!.delete(key)
  }
  const ofLink = (fault: Extract<Fault, { from: number }>): void => {
    const link = linkOf(fault.from, fault.to)
    if (fault.fault === "delay") link.delayUs = Math.max(link.delayUs, fault.delayUs)
    else link.isCut = fault.fault === "cut"
    if (fault.fault === "cut") breakOff(fault.from, fault.to)
    if (fault.fault === "heal") link.upSinceUs = startUs + fault.atUs
  }
  const ofMachine = ({ fault, machine, atUs }: Extract<Fault, { machine: number }>): void => {
    if (!(machine >= 1 && machine <= config.machines)) return
    if (fault === "crash") {
      down.add(machine)
      doubled.delete(machine)
      for (const to of reach.linksOf(machine)) breakOff(machine, to)
    }
    if (fault !== "restart") return
    down.delete(machine)
    for (let sender = 1; sender <= config.machines; sender++)
      for (const recipient of reach.linksOf(sender))
        if (sender === machine || recipient === machine) linkOf(sender, recipient).upSinceUs = startUs + atUs
  }

  const send = (event: MachineEvent & { readonly kind: "sent" }): void => {
    if (event.machine < versions.length) versions[event.machine] = event.version
    for (const recipient of event.payload.recipients) {
      if (!isUp(event.machine, recipient)) continue
      if (!fateOf(event.machine, event.version, recipient).doubled) continue
      const copies = doubledTo(recipient) ?? new Map<number, Doubled>()
      doubled.set(recipient, copies)
      const key = keyOf({ sender: event.machine, sendVersion: event.version })
      copies.set(key, { lamport: event.lamport, sentAtUs: event.occurredAtUs })
    }
  }

  const failSecond = (event: string, delivery: Delivery, found: string): void => {
    check.fail(
      "second-copy",
      [event, `${delivery.sender}/${delivery.sendVersion}`],
      `A second copy is dropped of a message that the seed doubles, once, and after the first came: found ${found}`,
    )
  }

  const checkLost = (event: MachineEvent, delivery: Delivery, isDroppedAsLost: boolean): void => {
    const { lost } = fateOf(delivery.sender, delivery.sendVersion, event.machine)
    if (config.lossPpm !== undefined || isDroppedAsLost) check.counted.lost++
    if (lost === isDroppedAsLost) return
    check.fail(
      "lost",
      [address(event), `${delivery.sender}/${delivery.sendVersion}`],
      `A message is dropped as lost where the seed loses it, and only there: found one that is ${lost ? "lost" : "not lost"} and ${isDroppedAsLost ? "dropped as lost" : "is not"}`,
    )
  }

  /** The message itself, not its second copy, is known to have come. */
  const cameFirst = (event: MachineEvent, delivery: Delivery): void => {
    const copies = doubledTo(event.machine)
    const copy = copies?.get(keyOf(delivery))
    if (copy === undefined) return
    if (copy.second === undefined) {
      copy.firstUs = delivery.arrivedAtUs
      return
    }
    copies!.delete(keyOf(delivery))
    if (delivery.arrivedAtUs >= copy.second.atUs)
      failSecond(copy.second.by, delivery, `that the first came later, as ${address(event)} tells`)
  }

  const cameSecond = (event: MachineEvent, delivery: Delivery): void => {
    check.counted["second-copy"]++
    const copies = doubledTo(event.machine)
    const copy = copies?.get(keyOf(delivery))
    if (copy === undefined || copy.second !== undefined) {
      failSecond(address(event), delivery, "no second copy under way")
      return
    }
    named(event, delivery, copy.lamport)
    if (delivery.sentAtUs !== copy.sentAtUs)
      check.fail(
        "sent-at",
        [address(event), `${delivery.sender}/${delivery.sendVersion}`],
        `sentAt must be the time of the send, ${copy.sentAtUs} (microseconds), found ${delivery.sentAtUs}`,
      )
    if (copy.firstUs === undefined) copy.second = { atUs: delivery.arrivedAtUs, by: address(event) }
    else {
      copies!.delete(keyOf(delivery))
      if (delivery.arrivedAtUs <= copy.firstUs)
        failSecond(address(event), delivery, "that the first came later")
    }
  }

  const stop = (event: MachineEvent & { readonly kind: "stopped" }): void => {
    for (const delivery of event.payload.inbox) {
      checkLost(event, delivery, false)
      cameFirst(event, delivery)
    }
    if (event.queueLength >= config.capacity) full.add(event.machine)
    for (const [key, { second }] of doubledTo(event.machine) ?? []) {
      const delivery = { sender: Math.floor(key / 2 ** 32), sendVersion: key % 2 ** 32 } as Delivery
      if (second !== undefined) failSecond(second.by, delivery, "that the first never came")
    }
    doubled.delete(event.machine)
  }

  return {
    fault: (fault) => {
      if (!isModelled) return
      if ("machine" in fault) ofMachine(fault)
      else ofLink(fault)
    },
    change: (change) => {
      fates.change(change, versions)
      if (change.copied === true) offeredUs = startUs + change.atUs
    },
    drop: (event) => {
      if (event.payload.reason === "duplicate") cameSecond(event, event.payload)
      else checkLost(event, event.payload, event.payload.reason === "loss")
    },
    drops: ({ machine, payload: { sender, sendVersion, reason } }) => {
      const fate = fateOf(sender, sendVersion, machine)
      return (reason === "loss" && fate.lost) || (reason === "duplicate" && fate.doubled)
    },
    step: (event) => {
      if (event.kind === "sent") send(event)
      else if (event.kind === "stopped") stop(event)
      else if (event.kind === "received") {
        checkLost(event, event.payload, false)
        cameFirst(event, event.payload)
      } else if (event.kind === "dropped" && event.payload.reason !== "duplicate")
        cameFirst(event, event.payload)
    },
    inFlight: (sender, sendVersion, recipient, sentAtUs) => {
      if (!isModelled || mayWaitForLong) return
      check.counted.arrives++
      if (!isUp(sender, recipient)) return
      const { lost } = fateOf(sender, sendVersion, recipient)
      // It may wait at the door of a full inbox; what is lost waits nowhere.
      if (!lost && full.has(recipient) && config.overflow === "backpressure") return
      const link = links.size === 0 ? undefined : links.get(`${sender}>${recipient}`)
      const latestUs = Math.max(sentAtUs, offeredUs, link?.upSinceUs ?? 0) + (link?.delayUs ?? 0) + longestUs
      if (latestUs >= endUs) return
      check.fail(
        "arrives",
        [`${sender}/${sendVersion}`, runStarted],
        `No message is under way for longer than ${longestUs} us in this network: found ${sender}/${sendVersion} in flight to machine ${recipient} at the end, which it must have reached ${endUs - latestUs} us before`,
      )
    },
  }
}
