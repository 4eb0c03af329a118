/**
 * Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System": a counter, beyond whatever a message
 * brings. If a happened before b then C(a) < C(b); the other way it says nothing, so of concurrent events it orders all
 * but those with the same number. Lamport's total order breaks even these ties, by the machine's number: it would
 * order all.
 */
import * as LamportClock from "../LamportClock.ts"
import * as Clock from "./Clock.ts"

export const lamport = Clock.define<LamportClock.LamportClock>({
  name: "lamport",
  title: "Lamport",
  source: "Lamport 1978",
  growth: "one number, whatever the machines",
  initial: () => LamportClock.initial,
  local: LamportClock.tick,
  send: LamportClock.tick,
  receive: LamportClock.receive,
  compare: Clock.orderOfNumbers,
  encode: (stamp, to) => to.varint(stamp),
  show: String,
})
