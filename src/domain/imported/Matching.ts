/**
 * Which send a receipt is of, where the log does not name it. Links are taken to be first in, first out, so what a
 * machine receives is an interleaving of its links' sends, and the clocks say which: by Lamport's rule
 * L = max(L, m.L) + 1 a receipt that jumps carries exactly L - 1, any other at most the clock before it.
 *
 * How far each link has been received is a state; a receipt leads from every state that is possible to others. All are
 * followed at once (as in a Viterbi search), and what all survivors agree on is settled. Where none is possible, a
 * line is wrong or missing: then a send may be passed over, or a receipt left without one, at a price, and the
 * cheapest way is taken. Of equal ways the one that takes earlier sends first is.
 */
import type { Match } from "../Imported.ts"
import type { Sending } from "./Sending.ts"

/** A receipt that looks for its send. */
export interface Seeking {
  readonly atUs: number | null
  /** The machine's clock before and after, as the log has them. */
  readonly before: number | null
  readonly after: number | null
  /** As the receipt says them. */
  readonly sender: number | null
  readonly senderLamport: number | null
  /** Set when it is settled. */
  found: Sending | null | undefined
  match: Match | undefined
}

interface Node {
  /** Sends received or passed over, a link each. */
  readonly taken: ReadonlyArray<number>
  readonly parent: Node | undefined
  readonly seeking: Seeking | undefined
  readonly found: Sending | undefined
  readonly errors: number
  readonly inversions: number
  /** Other ways to the same state at the same price. */
  readonly others: Array<Node>
}

interface Link {
  readonly sender: number
  /** Sends from number `first` on. */
  sends: Array<Sending>
  first: number
}

const mostStates = 24
const mostPassedOver = 4
const priceOfMissing = 3
const priceOfPassing = 2
const priceOfJoining = 1
const priceOfTime = 1
/** The latest receipts are not settled: what comes may show that another way was right. */
const unsettled = 32
/** Receipts that may wait to be settled; then the best way is taken. */
const mostWaiting = 512

/** By the log's own times the send came after its receipt. */
const isAfter = (send: Sending, { atUs }: Seeking): boolean =>
  send.atUs !== null && atUs !== null && send.atUs > atUs

const isCheaper = (a: Node, b: Node): boolean =>
  a.errors === b.errors ? a.inversions < b.inversions : a.errors < b.errors

/** The clock that the message must have borne; undefined where several are possible. */
const exactClock = ({ before, after, senderLamport }: Seeking): number | undefined => {
  if (senderLamport !== null) return senderLamport
  return after !== null && before !== null && after > before + 1 ? after - 1 : undefined
}

const fits = (seeking: Seeking, exact: number | undefined, send: Sending, slackUs: number): boolean => {
  if (seeking.sender !== null && send.machine !== seeking.sender) return false
  if (seeking.atUs !== null && send.atUs !== null && send.atUs > seeking.atUs + slackUs) return false
  if (send.lamport === null) return true
  if (exact !== undefined) return send.lamport === exact
  if (seeking.after === null) return true
  return send.lamport < seeking.after && (seeking.before === null || send.lamport <= seeking.before)
}

/** All that one machine receives. */
export class Matching {
  readonly #slackUs: number
  readonly #links: Array<Link> = []
  #nodes: Array<Node>
  #waiting: Array<Seeking> = []
  /** How many of those waiting every node has taken. */
  #stepped = 0

  /** Times of a send and its receipt may be in the wrong order by so much. */
  constructor(slackUs: number) {
    this.#slackUs = slackUs
    this.#nodes = [
      {
        taken: [],
        parent: undefined,
        seeking: undefined,
        found: undefined,
        errors: 0,
        inversions: 0,
        others: [],
      },
    ]
  }

  send(sending: Sending): void {
    let link = this.#links.find(({ sender }) => sender === sending.machine)
    if (link === undefined) {
      link = { sender: sending.machine, sends: [], first: 0 }
      this.#links.push(link)
    }
    link.sends.push(sending)
  }

  receive(seeking: Seeking): void {
    this.#waiting.push(seeking)
  }

  /** The time of the next receipt that has not been looked at; undefined if there is none. */
  get nextUs(): number | null | undefined {
    return this.#waiting[this.#stepped]?.atUs
  }

  get hasNext(): boolean {
    return this.#stepped < this.#waiting.length
  }

  #sendAt(link: number, number: number): Sending | undefined {
    const { sends, first } = this.#links[link]!
    return sends[number - first]
  }

  /** Looks at the next receipt: all sends that it could be of must be known. Gives receipts that are settled by it. */
  step(): ReadonlyArray<Seeking> {
    const seeking = this.#waiting[this.#stepped++]!
    const exact = exactClock(seeking)
    const next = new Map<string, Node>()
    for (const node of this.#nodes) this.#follow(node, seeking, exact, next)
    this.#nodes = [...next.values()].sort((a, b) => (isCheaper(a, b) ? -1 : 1)).slice(0, mostStates)
    if (this.#stepped >= mostWaiting) return this.#settle(true)
    return this.#stepped % unsettled === 0 ? this.#settle(false) : []
  }

  #follow(node: Node, seeking: Seeking, exact: number | undefined, next: Map<string, Node>): void {
    for (let link = 0; link < this.#links.length; link++) {
      const from = node.taken[link] ?? 0
      for (let passed = 0; passed <= mostPassedOver; passed++) {
        const send = this.#sendAt(link, from + passed)
        if (send === undefined) break
        if (!fits(seeking, exact, send, this.#slackUs)) continue
        const taken = Array.from(this.#links, (_, i) => node.taken[i] ?? 0)
        taken[link] = from + passed + 1
        this.#enter(next, {
          taken,
          parent: node,
          seeking,
          found: send,
          errors: node.errors + passed * priceOfPassing + (isAfter(send, seeking) ? priceOfTime : 0),
          inversions: node.inversions + this.#overtakes(node, link, send),
          others: [],
        })
        break
      }
      if (this.#isJoined(link, from, exact)) {
        const taken = Array.from(this.#links, (_, i) => node.taken[i] ?? 0)
        taken[link] = from + 2
        const errors = node.errors + priceOfJoining
        this.#enter(next, { ...node, taken, parent: node, seeking, found: undefined, errors, others: [] })
      }
    }
    const errors = node.errors + priceOfMissing
    this.#enter(next, { ...node, parent: node, seeking, found: undefined, errors, others: [] })
  }

  /** Whether the next two of a link, read as one, are the clock: 12 and 13 are 1213 where nothing parts them. */
  #isJoined(link: number, from: number, exact: number | undefined): boolean {
    if (exact === undefined || exact < 10) return false
    const [first, second] = [this.#sendAt(link, from)?.lamport, this.#sendAt(link, from + 1)?.lamport]
    return typeof first === "number" && typeof second === "number" && `${first}${second}` === String(exact)
  }

  /** How many links have an earlier send at their head. */
  #overtakes(node: Node, link: number, send: Sending): number {
    if (send.atUs === null) return 0
    let count = 0
    for (let other = 0; other < this.#links.length; other++) {
      if (other === link) continue
      const head = this.#sendAt(other, node.taken[other] ?? 0)
      if (head !== undefined && head.atUs !== null && head.atUs < send.atUs) count++
    }
    return count
  }

  #enter(next: Map<string, Node>, node: Node): void {
    const key = node.taken.join(" ")
    const known = next.get(key)
    if (known === undefined) {
      next.set(key, node)
      return
    }
    const [kept, other] = isCheaper(node, known) ? [node, known] : [known, node]
    if (kept.errors === other.errors) kept.others.push(other, ...other.others)
    next.set(key, kept)
  }

  /** All that is left, once nothing more will come. */
  finish(): ReadonlyArray<Seeking> {
    const settled: Array<Seeking> = []
    while (this.hasNext) settled.push(...this.step())
    settled.push(...this.#settle(true))
    return settled
  }

  /** Settles what all ways share, or the whole of the best. */
  #settle(whole: boolean): ReadonlyArray<Seeking> {
    const [best, ...others] = this.#nodes
    if (best === undefined) return []
    const rivals = others.filter(({ errors }) => errors === best.errors)
    let end: Node | undefined = best
    if (!whole) end = commonAncestor([back(best, unsettled), ...rivals])
    const way: Array<Node> = []
    for (let node = end; node?.seeking !== undefined; node = node.parent) way.push(node)
    if (way.length === 0) return []
    const several = oneOfSeveral([best, ...rivals])
    const settled = way.reverse().map((node) => settle(node, several.has(node.seeking!)))
    this.#waiting.splice(0, settled.length)
    this.#stepped -= settled.length
    this.#nodes = whole ? [rootOf(best)] : cutAt(end!, this.#nodes)
    this.#forget(end!)
    return settled
  }

  /** What lies behind the end of what is settled is of no use to anybody. */
  #forget({ taken }: Node): void {
    for (const [i, link] of this.#links.entries()) {
      const gone = (taken[i] ?? 0) - link.first
      if (gone < 64) continue
      link.sends = link.sends.slice(gone)
      link.first += gone
    }
  }
}

const rootOf = (node: Node): Node => ({ ...node, parent: undefined, seeking: undefined, others: [] })

const settle = ({ seeking, found }: Node, isOneOfSeveral: boolean): Seeking => {
  seeking!.found = found ?? null
  if (found === undefined) seeking!.match = isToldOf(seeking!) ? "missing" : "none-fits"
  else if (isOneOfSeveral) seeking!.match = "one-of-several"
  else if (seeking!.sender !== null) seeking!.match = seeking!.senderLamport === null ? "order" : "clock"
  else seeking!.match = seeking!.senderLamport === null ? "fits" : "clock"
  return seeking!
}

const isToldOf = ({ sender, senderLamport }: Seeking): boolean => sender !== null || senderLamport !== null

/** Receipts for which ways of one price chose differently, going back from where these ended. */
const oneOfSeveral = (ends: ReadonlyArray<Node>): ReadonlySet<Seeking> => {
  const several = new Set<Seeking>()
  for (let layer: ReadonlyArray<Node> = ends; layer.length > 0; ) {
    const all = layer.flatMap((node) => [node, ...node.others])
    const { seeking, found } = all[0]!
    if (seeking === undefined) break
    if (all.some((node) => node.found !== found)) several.add(seeking)
    layer = [...new Set(all.flatMap(({ parent }) => (parent === undefined ? [] : [parent])))]
  }
  return several
}

const back = (node: Node, steps: number): Node => {
  let at = node
  for (let i = 0; i < steps && at.parent !== undefined; i++) at = at.parent
  return at
}

/** Of the first, the latest that is on every way. */
const commonAncestor = ([first, ...others]: ReadonlyArray<Node>): Node | undefined => {
  let at: Node | undefined = first
  for (const other of others) {
    const way = new Set<Node>()
    for (let node: Node | undefined = other; node !== undefined; node = node.parent) way.add(node)
    while (at !== undefined && !way.has(at)) at = at.parent
  }
  return at
}

/** Those ways that lead through what is settled, from there on. */
const cutAt = (end: Node, nodes: ReadonlyArray<Node>): Array<Node> => {
  const copies = new Map<Node, Node | undefined>([[end, rootOf(end)]])
  const copyOf = (node: Node): Node | undefined => {
    const way: Array<Node> = []
    let at: Node | undefined = node
    while (at !== undefined && !copies.has(at)) {
      way.push(at)
      at = at.parent
    }
    let copy = at === undefined ? undefined : copies.get(at)
    for (const one of way.reverse()) {
      copy = copy === undefined ? undefined : { ...one, parent: copy, others: othersOf(one) }
      copies.set(one, copy)
    }
    return copy
  }
  const othersOf = (node: Node): Array<Node> =>
    node.others.flatMap((other) => {
      const copy = copyOf(other)
      return copy === undefined ? [] : [copy]
    })
  return nodes.map(copyOf).filter((copy) => copy !== undefined)
}
