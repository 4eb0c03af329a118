/**
 * How the events that failures name stand in happened-before, by a second reading of the log: each event named
 * has an entry in the vectors, which becomes 1 wherever it lies in the past. Memory is bounded by what failures name,
 * by machines and by messages in flight.
 */
import { address, isClockEvent, isSecondCopy, type Logged, type Recorded } from "../ClockEvent.ts"
import { VectorClocks } from "../VectorClock.ts"
import type { CheckResult, Failure } from "./Check.ts"
import { LinkQueue } from "./LinkQueue.ts"
import * as Shape from "./Shape.ts"

export interface Relations {
  readonly step: (event: Recorded | Shape.Unreadable) => void
  /** The same results, with the relation of every failure that names more than one event. */
  readonly finish: () => ReadonlyArray<CheckResult>
}

type Standing = "clock event" | "other" | "unreadable"

export const make = (checks: ReadonlyArray<CheckResult>, machines: number): Relations => {
  const named = [
    ...new Set(checks.flatMap(({ failures }) => failures.filter(hasPair).flatMap(({ events }) => events))),
  ]
  const entries = new Map(named.map((name, entry) => [name, entry]))
  const standing = new Map<string, Standing>()
  /** By later event: the entries of those that happened before it. */
  const pasts = new Map<string, ReadonlySet<number>>()
  const clocks = new VectorClocks(machines, named.length)
  const links = new Map<string, LinkQueue>()

  const send = (event: Logged & { readonly kind: "sent" }): void => {
    const recipients = [...new Set(event.payload.recipients)].filter((recipient) => recipient <= machines)
    if (recipients.length === 0) return
    const row = clocks.send(event.machine, recipients.length)
    for (const recipient of recipients) {
      const name = `${event.machine} ${recipient}`
      const link = links.get(name) ?? new LinkQueue()
      links.set(name, link)
      if (event.version > link.newestSent) link.push(event.version, 0, 0, row)
      else clocks.release(row)
    }
  }

  const dispose = (event: Logged & { readonly kind: "received" | "dropped" }): void => {
    const link = links.get(`${event.payload.sender} ${event.machine}`)
    const index = link?.find(event.payload.sendVersion) ?? -1
    if (link === undefined || index < 0) return
    const row = link.tag(index)
    if (event.kind === "received") clocks.receive(event.machine, row)
    clocks.release(row)
    link.dispose(index)
  }

  const note = (event: Logged): void => {
    const name = address(event)
    const own = entries.get(name)
    if (own === undefined) return
    standing.set(name, isClockEvent(event) ? "clock event" : "other")
    if (!isClockEvent(event)) return
    pasts.set(
      name,
      new Set(named.flatMap((_, entry) => (clocks.at(event.machine, entry) > 0 ? [entry] : []))),
    )
    clocks.raise(event.machine, own, 1)
  }

  const between = (a: string, b: string): string => {
    for (const name of [a, b]) {
      const found = standing.get(name)
      if (found === undefined) return `${name} is not in the log`
      if (found === "unreadable") return `${name} cannot be read`
      if (found === "other") return `${name} is no clock event, and stands outside happened-before`
    }
    if (pasts.get(b)!.has(entries.get(a)!)) return `${a} happened before ${b}`
    if (pasts.get(a)!.has(entries.get(b)!)) return `${b} happened before ${a}`
    return `${a} and ${b} are concurrent`
  }

  const relationOf = ({ events }: Failure): string =>
    [...new Set(events.flatMap((a, i) => events.slice(i + 1).map((b) => between(a, b))))].join("; ")

  return {
    step: (event) => {
      if (Shape.problem(event) !== undefined) {
        const place = Shape.placeOf(event)
        if (place !== undefined) standing.set(address(place), "unreadable")
        return
      }
      const logged = event as Logged
      if (logged.machine > machines) return
      if (logged.kind === "received" || (logged.kind === "dropped" && !isSecondCopy(logged))) dispose(logged)
      note(logged)
      if (logged.kind === "sent") send(logged)
    },
    finish: () =>
      checks.map((check) => ({
        ...check,
        failures: check.failures.map((failure) =>
          hasPair(failure) ? { ...failure, relation: relationOf(failure) } : failure,
        ),
      })),
  }
}

const hasPair = ({ events }: Failure): boolean => events.length > 1
