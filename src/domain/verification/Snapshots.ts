/**
 * Invariant `snapshots`, of workload snapshot, from the record alone: which messages cross each cut follows from where
 * they were sent and received, and is held against what machines recorded of their links. A snapshot is forgotten when
 * all of it has come.
 */
import { address, type Logged, type MachineEvent } from "../ClockEvent.ts"
import * as Snapshot from "../workload/Snapshot.ts"
import type { Check } from "./Check.ts"
import { Purposes } from "./Purposes.ts"
import type { Setting } from "./Setting.ts"
import type { WorkloadCheck } from "./WorkloadCheck.ts"

type Of<Kind extends MachineEvent["kind"]> = Logged<MachineEvent> & { readonly kind: Kind }

interface Cut {
  /** Machines and links that have recorded their parts, and the tokens of them all. */
  machines: number
  tokens: number
  readonly done: Set<number>
  /** By link: messages sent before the cut and received after it. */
  readonly crossing: Map<number, number>
  readonly records: Array<string>
}

export const make = (check: Check<"snapshots">, setting: Setting): WorkloadCheck => {
  const { machines } = setting.config
  const { placeOf, linksOf } = setting.reach
  let links = 0
  for (let machine = 1; machine <= machines; machine++) links += linksOf(machine).length
  const total = machines * Snapshot.initialTokens
  const tokens = new Array<number>(machines + 1).fill(Snapshot.initialTokens)
  /** By machine: the last snapshot that it recorded, and where. */
  const recorded = new Array<number>(machines + 1).fill(0)
  const recordOf = new Array<string>(machines + 1).fill("")
  /** Tied to a message: the last snapshot that its sender had recorded. */
  const inFlight = new Purposes<number>(check.fail)
  const cuts = new Map<number, Cut>()
  let complete = 0

  const cutOf = (snapshot: number): Cut => {
    const cut = cuts.get(snapshot) ?? {
      machines: 0,
      tokens: 0,
      done: new Set(),
      crossing: new Map(),
      records: [],
    }
    cuts.set(snapshot, cut)
    return cut
  }

  const complement = (snapshot: number, cut: Cut): void => {
    if (cut.machines < machines || cut.done.size < links) return
    check.counted.total++
    complete++
    cuts.delete(snapshot)
    if (cut.tokens !== total)
      check.fail(
        "total",
        cut.records,
        `Snapshot ${snapshot} must hold the ${total} tokens that there are, found ${cut.tokens}`,
      )
  }

  const record = (event: Of<"internal">): void => {
    const { snapshot = 0, tokens: found = -1 } = event.payload
    const expected = recorded[event.machine]! + 1
    check.checked++
    check.counted.markers++
    check.counted.recorded++
    if (snapshot !== expected)
      check.fail(
        "markers",
        [address(event)],
        `Machine ${event.machine} must record snapshot ${expected} next, found ${snapshot}`,
      )
    if (found !== tokens[event.machine])
      check.fail(
        "recorded",
        [address(event)],
        `Machine ${event.machine} has ${tokens[event.machine]} tokens, found ${found} recorded`,
      )
    recorded[event.machine] = expected
    recordOf[event.machine] = address(event)
    const cut = cutOf(expected)
    cut.machines++
    cut.tokens += found
    cut.records.push(address(event))
    complement(expected, cut)
  }

  const send = (event: Of<"sent">): void => {
    if (event.payload.purpose === "marker") {
      check.counted.markers++
      const { snapshot = 0 } = event.payload
      if (snapshot !== recorded[event.machine])
        check.fail(
          "markers",
          [address(event)],
          `A marker is of the snapshot recorded last, ${recorded[event.machine]}, found ${snapshot}`,
        )
    } else tokens[event.machine]! -= event.payload.recipients.length
    inFlight.send(event, recorded[event.machine]!)
  }

  /** Of the cuts that it crosses, the link must not have been recorded. */
  const cross = (event: Of<"received">, sentAfter: number): void => {
    const { sender, sendVersion } = event.payload
    const place = placeOf(sender, event.machine)
    for (let snapshot = sentAfter + 1; snapshot <= recorded[event.machine]!; snapshot++) {
      const cut = cuts.get(snapshot)
      if (cut === undefined || cut.done.has(place))
        check.fail(
          "channels",
          [address(event), `${sender}/${sendVersion}`],
          `A message sent before snapshot ${snapshot} and received after it belongs to what is recorded of its link: found one that came when that was closed`,
        )
      else cut.crossing.set(place, (cut.crossing.get(place) ?? 0) + 1)
    }
  }

  const ordinary = (event: Of<"received">, sentAfter: number): void => {
    const { sender, sendVersion } = event.payload
    tokens[event.machine]!++
    check.counted.consistent++
    if (sentAfter > recorded[event.machine]!)
      check.fail(
        "consistent",
        [address(event), `${sender}/${sendVersion}`],
        `Snapshot ${sentAfter} must hold the send of what it holds the receipt of: found a message that was sent after machine ${sender} recorded it and received before machine ${event.machine} did`,
      )
    cross(event, sentAfter)
  }

  const marker = (event: Of<"received">): void => {
    const { sender, sendVersion, snapshot = 0, tokens: found = 0 } = event.payload
    const place = placeOf(sender, event.machine)
    const cut = cutOf(snapshot)
    const expected = cut.crossing.get(place) ?? 0
    check.counted.channels++
    if (found !== expected)
      check.fail(
        "channels",
        [address(event), `${sender}/${sendVersion}`],
        `Between the cut of snapshot ${snapshot} ${expected} messages of the link from ${sender} were sent before and received after, found ${found} recorded`,
      )
    cut.done.add(place)
    cut.crossing.delete(place)
    cut.tokens += found
    complement(snapshot, cut)
  }

  return {
    step: (event) => {
      if (event.kind === "internal" && event.payload.purpose === "record") record(event)
      if (event.kind === "sent") send(event)
      if (event.kind !== "received") return
      check.counted["carried-purpose"]++
      const found = inFlight.receive(event)
      if (event.payload.purpose === "marker") marker(event)
      else if (found !== undefined) ordinary(event, found.tied)
    },
    fault: () => {},
    finish: () => {
      const open = cuts.size === 0 ? "" : `, ${cuts.size} under way at the end`
      check.how = `${complete} snapshots complete${open}`
    },
  }
}
