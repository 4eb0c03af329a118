/**
 * What an observer outside a process under torture noted (observer.mjs), held against the log that its run left:
 * what was acknowledged must be there, and what left a machine must have been acknowledged before.
 */
import { address, type Logged } from "../../src/domain/ClockEvent.ts"

export type Phase = "before-append" | "commit-unknown" | "committed" | "sent"
export const phases: ReadonlyArray<Phase> = ["before-append", "commit-unknown", "committed", "sent"]

interface Acknowledged {
  readonly events: ReadonlyArray<string>
  readonly head: number
}

/** One life of a run: a process from its start to its end. */
export interface Life {
  readonly acknowledged: ReadonlyArray<Acknowledged>
  /**
   * Events of appends whose answers were lost, each with how many appends had been acknowledged by then: where they
   * took place, links may read them back from the log before their writer knows.
   */
  readonly lost: ReadonlyMap<string, number>
  /** Appends that left for the store. */
  readonly appends: number
  /** Events of those whose outcome its ledger does not know. */
  readonly unanswered: number
  /** Messages that left, each with how many appends had been acknowledged by then. */
  readonly left: ReadonlyArray<{
    readonly sender: number
    readonly recipient: number
    readonly version: number
    readonly after: number
  }>
  /** Where it stood when its ledger ends. */
  readonly phase: Phase
  readonly halted: boolean
}

export const parse = (text: string): Life => {
  const acknowledged: Array<Acknowledged> = []
  const left: Array<Life["left"][number]> = []
  const lost = new Map<string, number>()
  const open = new Map<string, ReadonlyArray<string>>()
  let refused: { readonly append: string; readonly events: ReadonlyArray<string> } | undefined
  let phase: Phase = "before-append"
  let appends = 0
  let halted = false
  // A line that a kill cut off says nothing.
  for (const line of text.split("\n").slice(0, -1)) {
    const [word, ...rest] = line.split(" ") as [string, ...Array<string>]
    switch (word) {
      case "begin":
        open.set(rest[0]!, rest[1]!.split(","))
        appends++
        phase = "commit-unknown"
        break
      case "ack":
        acknowledged.push({ events: open.get(rest[0]!)!, head: Number(rest[1]) })
        open.delete(rest[0]!)
        phase = "committed"
        break
      case "lost":
        for (const event of open.get(rest[0]!) ?? []) lost.set(event, acknowledged.length)
        open.delete(rest[0]!)
        break
      case "refused":
        refused = { append: rest[0]!, events: open.get(rest[0]!)! }
        open.delete(rest[0]!)
        phase = "before-append"
        break
      case "head": {
        // The answer to an append was lost, and its writer looks whether it took place. The head alone does not say
        // so: another owner may have come as far.
        if (refused !== undefined && rest[1] === refused.append)
          acknowledged.push({ events: refused.events, head: Number(rest[0]) })
        refused = undefined
        break
      }
      case "left": {
        const [sender, recipient, version] = rest.map(Number) as [number, number, number]
        left.push({ sender, recipient, version, after: acknowledged.length })
        if (open.size === 0) phase = "sent"
        break
      }
      case "at":
        halted = true
        phase = rest[0] as Phase
        break
    }
  }
  const unanswered = [...open.values()].reduce((sum, events) => sum + events.length, 0)
  return { acknowledged, lost, appends, unanswered, left, phase, halted }
}

/** What of a life's ledger the log denies. */
export const contradictions = (life: Life, log: ReadonlyArray<Logged>): ReadonlyArray<string> => {
  const found: Array<string> = []
  const known = new Map(log.map((event) => [address(event), event]))
  const acknowledgedAt = new Map<string, number>()
  for (const [i, { events, head }] of life.acknowledged.entries()) {
    events.forEach((event, place) => {
      acknowledgedAt.set(event, i + 1)
      const position = head - events.length + 1 + place
      const stored = log[position - 1]
      if (stored === undefined || address(stored) !== event)
        found.push(
          `${event} was acknowledged at position ${position}, found ${stored === undefined ? "nothing" : address(stored)} there`,
        )
    })
  }
  const first = life.acknowledged[0]
  const before = first === undefined ? log.length : first.head - first.events.length
  for (const { sender, recipient, version, after } of life.left) {
    const name = `${sender}/${version}`
    const event = known.get(name)
    if (event?.kind !== "sent" || !event.payload.recipients.includes(recipient)) {
      found.push(`message ${name} to ${recipient} left, and the log has no such send`)
      continue
    }
    if (event.position <= before) continue
    const isKnown = (acknowledgedAt.get(name) ?? Number.POSITIVE_INFINITY) <= after
    if (!isKnown && (life.lost.get(name) ?? Number.POSITIVE_INFINITY) > after)
      found.push(`message ${name} to ${recipient} left before its send was acknowledged`)
  }
  return found
}

/** Messages sent and neither received nor dropped, up to a position. */
export const inFlight = (log: ReadonlyArray<Logged>, upTo: number): number => {
  let count = 0
  for (const event of log.slice(0, upTo)) {
    if (event.kind === "sent") count += event.payload.recipients.length
    if (event.kind === "received" || event.kind === "dropped") count--
  }
  return count
}
