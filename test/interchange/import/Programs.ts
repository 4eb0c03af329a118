/**
 * Students' programs, modelled: machines on one computer that obey Lamport's rule, each writing a log in one of the
 * shapes, and what truly happened, so that what an import makes of the log can be held against it.
 */
import * as Random from "../../../src/domain/Random.ts"

export interface Truth {
  /** By machine and line of its file: the event as it was. */
  readonly kind: "internal" | "sent" | "received"
  readonly machine: number
  readonly lamport: number
  readonly queueLength: number
  readonly atMs: number
  readonly recipients: ReadonlyArray<number>
  /** Of a receipt: the machine that sent it and its clock there. */
  readonly from: { readonly machine: number; readonly lamport: number } | undefined
}

interface Waiting {
  readonly atMs: number
  readonly machine: number
  readonly lamport: number
}

const startMs = Date.UTC(2025, 1, 28, 17, 42, 10)

/** What happened, machine by machine; a number of events in all. */
export const happened = (
  seed: number,
  machines: number,
  events: number,
): ReadonlyArray<ReadonlyArray<Truth>> => {
  const draw = Random.draws(seed, Random.Purpose.configuration, 0)
  const below = (limit: number): number => Random.below(draw(), limit)
  const rates = Array.from({ length: machines }, () => 1 + below(6))
  const next = rates.map((rate) => below(1_000) / rate)
  const clocks = rates.map(() => 0)
  const inboxes: ReadonlyArray<Array<Waiting>> = rates.map(() => [])
  const logs: ReadonlyArray<Array<Truth>> = rates.map(() => [])
  for (let made = 0; made < events; made++) {
    const machine = next.indexOf(Math.min(...next))
    const atMs = startMs + next[machine]!
    next[machine]! += 1_000 / rates[machine]!
    const inbox = inboxes[machine]!
    const base = { machine: machine + 1, atMs, recipients: [], from: undefined }
    const first = inbox[0]
    if (first !== undefined && first.atMs <= atMs) {
      inbox.shift()
      clocks[machine] = Math.max(clocks[machine]!, first.lamport) + 1
      const queueLength = inbox.filter((waiting) => waiting.atMs <= atMs).length
      const from = { machine: first.machine, lamport: first.lamport }
      logs[machine]!.push({ ...base, kind: "received", lamport: clocks[machine], queueLength, from })
      continue
    }
    clocks[machine]!++
    const lamport = clocks[machine]!
    const others = rates.map((_, i) => i).filter((other) => other !== machine)
    const roll = 1 + below(8)
    const to = roll === 1 ? others.slice(0, 1) : roll === 2 ? others.slice(-1) : roll === 3 ? others : []
    for (const recipient of to) {
      const waiting = { atMs: atMs + 0.2 + below(100) / 100, machine: machine + 1, lamport }
      inboxes[recipient]!.push(waiting)
      // Links are first in, first out.
      inboxes[recipient]!.sort((a, b) => a.atMs - b.atMs || a.lamport - b.lamport)
    }
    const kind = to.length === 0 ? "internal" : "sent"
    logs[machine]!.push({ ...base, kind, lamport, queueLength: 0, recipients: to.map((one) => one + 1) })
  }
  return logs
}

const stamp = (atMs: number, digits: number): string =>
  new Date(atMs)
    .toISOString()
    .replace("T", " ")
    .slice(0, digits === 0 ? 19 : 20 + digits)

/** Two lines for a send to two, whole seconds, nothing of the sender. */
export const piped = (log: ReadonlyArray<Truth>): ReadonlyArray<string> =>
  log.flatMap((event) => {
    const rest = `System Time: ${stamp(event.atMs, 0)} | Logical Clock: ${event.lamport} | Queue Length: ${event.queueLength}`
    if (event.kind === "sent")
      return event.recipients.map((to) => `> Event: Sent message to machine ${to} | ${rest}`)
    return [`> Event: ${event.kind === "received" ? "Received message" : "Internal event"} | ${rest}`]
  })

/** A receipt says the sender's clock and not its name. */
export const prefixed = (log: ReadonlyArray<Truth>): ReadonlyArray<string> =>
  log.flatMap((event) => {
    const head = `${stamp(event.atMs, 3).replace(".", ",")} - INFO - run_clock_cycle - `
    const tail = `Global Time: ${(event.atMs / 1_000).toFixed(2)}`
    if (event.kind === "sent")
      return event.recipients.map(
        (to) => `${head}Sent Message to machine ${to}: ${tail}, Logical clock time: ${event.lamport}`,
      )
    if (event.kind === "received")
      return [
        `${head}Received Message: the local clock time is ${event.from!.lamport}, ${tail}, Length of new message queue: ${event.queueLength}, Logical clock time: ${event.lamport}`,
      ]
    return [`${head}Internal Event: ${tail}, Logical clock time: ${event.lamport}`]
  })
