/**
 * Which changes of one field nothing else in a record contradicts, and why. Written from what a record says, not
 * from what the verifier looks at: a time within the gap that its neighbours leave, a text that is free.
 */
import type { Logged, MachineEvent } from "../../src/domain/ClockEvent.ts"
import * as EventPayload from "../../src/domain/EventPayload.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Schedule from "../../src/domain/Schedule.ts"
import type { Log } from "../../src/persistence/Tables.ts"

type Event = Logged<MachineEvent>

const isTick = ({ kind }: Event): boolean => kind === "internal" || kind === "sent" || kind === "received"

/** All stamps of a machine's stream but the field's own, with arrivals. */
const otherStamps = (log: ReadonlyArray<Logged>, row: Log, column: string): ReadonlyArray<number> =>
  log
    .filter(({ machine }) => machine === row.machine)
    .flatMap((one) => {
      const event = one as Event
      const own = event.version === row.version
      const arrivals =
        event.kind === "received" || event.kind === "dropped"
          ? own && column === "arrived_at"
            ? []
            : [event.payload.arrivedAtUs]
          : event.kind === "stopped"
            ? event.payload.inbox.map(({ arrivedAtUs }) => arrivedAtUs)
            : []
      return own && column === "occurred_at" ? arrivals : [event.occurredAtUs, ...arrivals]
    })

/** Whether a time lies between the same stamps of its machine as before. */
const keepsOrder = (
  log: ReadonlyArray<Logged>,
  row: Log,
  column: string,
  from: number,
  to: number,
): boolean => otherStamps(log, row, column).every((stamp) => stamp < from === stamp < to && stamp !== to)

const dueOf = (log: ReadonlyArray<Logged>, row: Log): number => {
  const started = log[0]!
  const config = started.payload as RunConfig.RunConfig
  let k = 0
  for (const one of log) {
    const event = one as Event
    if (event.machine !== row.machine || event.version > row.version) continue
    if (event.version === row.version) break
    if (event.kind === "missed") k = event.payload.first + event.payload.count
    else if (isTick(event)) k++
  }
  const rate = RunConfig.ratesOf(config)[row.machine]!
  return started.occurredAtUs + Schedule.offsetUs(RunConfig.phaseOf(config.seed, row.machine, rate), rate, k)
}

/** Whether anything names the message that an event sent, and so its time and clock. */
const isRepeated = (log: ReadonlyArray<Logged>, row: Log): boolean =>
  log.some((event) => {
    const deliveries =
      event.kind === "received" || event.kind === "dropped"
        ? [event.payload]
        : event.kind === "stopped"
          ? event.payload.inbox
          : []
    return deliveries.some(({ sender, sendVersion }) => sender === row.machine && sendVersion === row.version)
  })

const freeTime = (log: ReadonlyArray<Logged>, row: Log, to: number): string | undefined => {
  const event = log.find(({ machine, version }) => machine === row.machine && version === row.version)!
  if (event.kind === "run-started")
    return to <= row.occurred_at ? "an earlier start makes every tick later" : undefined
  if (
    event.kind === "run-requested" ||
    event.kind === "run-forked" ||
    event.kind === "run-finished" ||
    event.kind === "run-resumed" ||
    event.kind === "fault-injected"
  )
    return to > log[0]!.occurredAtUs ? "nothing says when the run's own events were" : undefined
  if (!keepsOrder(log, row, "occurred_at", row.occurred_at, to)) return undefined
  if (event.kind === "sent" && isRepeated(log, row)) return undefined
  if (to < log[0]!.occurredAtUs) return undefined
  if (isTick(event) && to < dueOf(log, row)) return undefined
  if (event.kind === "missed") {
    const { first, count } = event.payload
    const late = to - dueOf(log, row)
    const config = log[0]!.payload as RunConfig.RunConfig
    const rate = RunConfig.ratesOf(config)[row.machine]!
    const lastUs = Schedule.offsetUs(0, rate, first + count - 1) - Schedule.offsetUs(0, rate, first)
    if (late - lastUs <= 1_000_001) return undefined
  }
  return "a time between the same two stamps of its machine"
}

/** Queue lengths after the last arrival that a life cut short reveals. */
const freeLength = (log: ReadonlyArray<Logged>, row: Log): string | undefined => {
  const stream = log.filter(({ machine }) => machine === row.machine) as Array<Event>
  const crash = stream.find(
    ({ version, kind }, i) =>
      version > row.version && kind === "resumed" && stream[i - 1]!.kind !== "stopped",
  )
  if (crash === undefined) return undefined
  const later = stream.filter(
    ({ version, kind }) => version > row.version && version < crash.version && kind === "received",
  )
  const reveals = later.some(
    (event) => event.kind === "received" && event.payload.arrivedAtUs > row.occurred_at,
  )
  return reveals ? undefined : "a queue length that no arrival settles, since its life was cut short"
}

const samePayload = (log: ReadonlyArray<Logged>, row: Log, spoiled: Log): string | undefined => {
  const before = (row.payload ?? {}) as Record<string, unknown>
  const after = (spoiled.payload ?? {}) as Record<string, unknown>
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const event = log.find(({ machine, version }) => machine === row.machine && version === row.version)!
  const [key] = changed
  if (key === "label") return "a label is free text"
  if (key === "downUs") return "nothing else says how long it was down"
  if (key === "reason" && event.kind === "missed") return "why a tick was missed is told once"
  if (
    key === "reason" &&
    event.kind === "stopped" &&
    after.reason !== "finished" &&
    before.reason !== "finished"
  )
    return "why a machine was stopped is told once"
  if (event.kind === "run-started") {
    if (key === "mode") return "the record of a real run and of a virtual one are alike"
    if (key === "rateRange" || key === "equalRates") return "rates that are given are not drawn"
    if (key === "overflow" && !log.some(({ kind }) => kind === "dropped"))
      return "a policy that was never called for"
    if (key === "capacity" && !log.some(({ kind }) => kind === "dropped"))
      return "an inbox that was never full for certain"
  }
  if (key === "inbox" && event.kind === "stopped") {
    const times = (payload: Record<string, unknown>) =>
      (payload.inbox as Array<Record<string, string>>).map(({ arrivedAt }) =>
        EventPayload.fromIso(arrivedAt!),
      )
    const [from, to] = [times(before), times(after)]
    const at = from.findIndex((time, i) => time !== to[i])
    if (at >= 0 && keepsOrder(log, row, "inbox", from[at]!, to[at]!))
      return "a time between the same two stamps of its machine"
  }
  return undefined
}

/** Why nothing contradicts the change; undefined if something does. */
export const detectable = (
  log: ReadonlyArray<Logged>,
  row: Log,
  spoiled: Log,
  column: keyof Log,
): string | undefined => {
  switch (column) {
    case "occurred_at":
      return freeTime(log, row, spoiled.occurred_at)
    case "arrived_at":
      return keepsOrder(log, row, column, row.arrived_at!, spoiled.arrived_at!)
        ? "a time between the same two stamps of its machine"
        : undefined
    case "queue_length":
      return freeLength(log, row)
    case "payload_version":
      return row.kind === 6 ? "an older version that reads the same" : undefined
    case "payload":
      return samePayload(log, row, spoiled)
    default:
      return undefined
  }
}
