/**
 * Where a run stands: what it takes to go on with it, folded from its log alone. Clocks and generators are where the
 * machines' last events left them, inboxes are empty, and what was sent and neither received nor dropped is in flight
 * again.
 *
 * A recipient's mark is the send version up to which all of a sender's messages are disposed of. Under drop-newest a
 * message may have been dropped while earlier ones still lay in the inbox; those beyond the mark are told one by one.
 */
import { isRunEvent, isSecondCopy, type Logged, type MachineEvent } from "./ClockEvent.ts"
import * as Machine from "./Machine.ts"
import * as Reach from "./Reach.ts"
import type { RunConfig } from "./RunConfig.ts"
import { LinkQueue } from "./verification/LinkQueue.ts"

export interface MachineStanding {
  readonly state: Machine.MachineState
  /** Ticks of its schedule that were made or missed. */
  readonly ticks: number
  /** By sender. */
  readonly links: ReadonlyMap<number, LinkStanding>
}

export interface LinkStanding {
  readonly mark: number
  /** Versions beyond the mark that are disposed of. */
  readonly passed: ReadonlySet<number>
  /** The last version that was sent on it. */
  readonly known: number
}

export interface Standing {
  readonly config: RunConfig
  readonly startUs: number
  /** For how long the run was down so far, microseconds. */
  readonly downUs: number
  /** The latest time of any event, microseconds since the Unix epoch. */
  readonly lastUs: number
  readonly head: number
  /** Of machine 0's stream. */
  readonly version: number
  readonly started: boolean
  readonly finished: boolean
  /** Of the configuration's faults, how many are recorded. */
  readonly faults: number
  /** Machines 1..N in order. */
  readonly machines: ReadonlyArray<MachineStanding>
}

/** A run that has not begun. */
export const initial = (config: RunConfig): Standing => {
  const reach = Reach.of(config)
  return {
    config,
    startUs: 0,
    downUs: 0,
    lastUs: 0,
    head: 0,
    version: 0,
    started: false,
    finished: false,
    faults: 0,
    machines: Array.from({ length: config.machines }, (_, i) => ({
      state: Machine.inRun(config, reach, i + 1),
      ticks: 0,
      links: new Map(),
    })),
  }
}

/** The messages of one link that are in flight, and those disposed of out of turn. */
class Link {
  readonly #queue = new LinkQueue()
  readonly #passed = new Set<number>()

  send(version: number): void {
    this.#queue.push(version, 0, 0)
  }

  dispose(version: number): void {
    const index = this.#queue.find(version)
    if (index < 0) return
    this.#queue.dispose(index)
    if (index > 0) this.#passed.add(version)
    else
      for (const passed of this.#passed) {
        if (passed > this.#mark) break
        this.#passed.delete(passed)
      }
  }

  get #mark(): number {
    return this.#queue.size === 0 ? this.#queue.newestSent : this.#queue.version(0) - 1
  }

  standing(): LinkStanding {
    return { mark: this.#mark, passed: this.#passed, known: this.#queue.newestSent }
  }
}

interface Node {
  state: Machine.MachineState
  ticks: number
  readonly links: Map<number, Link>
}

export interface Fold {
  /** The next event, in the order of positions. */
  readonly step: (event: Logged) => void
  /** Undefined if the log does not begin with a run's configuration. */
  readonly finish: () => Standing | undefined
}

export const make = (): Fold => {
  let begun: Standing | undefined
  let nodes: ReadonlyArray<Node> = []
  let [downUs, lastUs, head, version] = [0, 0, 0, 0]
  let finished = false
  let faults = 0

  const begin = (standing: Standing): void => {
    begun = standing
    nodes = begun.machines.map(({ state }) => ({ state, ticks: 0, links: new Map() }))
  }

  const linkOf = (recipient: number, sender: number): Link => {
    const { links } = nodes[recipient - 1]!
    const link = links.get(sender) ?? new Link()
    links.set(sender, link)
    return link
  }

  const stepMachine = (event: Logged<MachineEvent>): void => {
    const node = nodes[event.machine - 1]!
    node.state = Machine.evolve(node.state, event)
    switch (event.kind) {
      case "sent":
        node.ticks++
        for (const recipient of event.payload.recipients) linkOf(recipient, event.machine).send(event.version)
        break
      case "internal":
        node.ticks++
        break
      case "received":
        node.ticks++
        linkOf(event.machine, event.payload.sender).dispose(event.payload.sendVersion)
        break
      case "dropped":
        if (isSecondCopy(event)) break
        linkOf(event.machine, event.payload.sender).dispose(event.payload.sendVersion)
        break
      case "missed":
        node.ticks = event.payload.first + event.payload.count
        break
    }
  }

  return {
    step: (event) => {
      head = event.position
      lastUs = Math.max(lastUs, event.occurredAtUs)
      if (!isRunEvent(event)) return stepMachine(event as Logged<MachineEvent>)
      version = event.version
      if (event.kind === "run-requested" || event.kind === "run-forked") begin(initial(event.payload.config))
      else if (event.kind === "run-started")
        begin({ ...initial(event.payload), startUs: event.occurredAtUs, started: true })
      else if (event.kind === "run-resumed") downUs += event.payload.downUs
      else if (event.kind === "fault-injected") faults++
      else finished = true
    },
    finish: () =>
      begun && {
        ...begun,
        downUs,
        lastUs,
        head,
        version,
        finished,
        faults,
        machines: nodes.map(({ state, ticks, links }) => ({
          state,
          ticks,
          links: new Map([...links].map(([sender, link]) => [sender, link.standing()] as const)),
        })),
      },
  }
}
