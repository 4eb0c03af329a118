/**
 * What must hold of forks, asked of a random virtual run: what changes nothing leaves the digest as it was; what changes
 * something leaves the prefix as it was, and the record verifies; and a message that is dropped changes nothing outside
 * its future. The engine and the comparison are given, so that those with a planted bug can be asked the same.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import type { Logged, Recorded } from "../../../src/domain/ClockEvent.ts"
import * as Digest from "../../../src/domain/Digest.ts"
import type * as Divergence from "../../../src/domain/Divergence.ts"
import * as Fault from "../../../src/domain/Fault.ts"
import type * as Fork from "../../../src/domain/Fork.ts"
import * as Limits from "../../../src/domain/Limits.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as Reach from "../../../src/domain/Reach.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import type * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { drawn } from "./DrawnFaults.ts"
import { type Engines, examined } from "./Swarm.ts"

export interface Asked {
  readonly engines: Engines
  readonly fork: typeof Fork
  readonly divergence: typeof Divergence
}

type Below = (n: number) => number

const startUs = 1_700_000_000_000_000

const logOf = (config: RunConfig.RunConfig, turns: typeof VirtualRun.turns): ReadonlyArray<Logged> => {
  const log: Array<Logged> = []
  for (const { events } of turns(config, startUs))
    for (const event of events) log.push({ ...event, position: log.length + 1 } as Logged)
  return log
}

export const digestOf = (log: ReadonlyArray<Logged>): string => {
  const encoder = Digest.encoder(startUs)
  for (const event of log) encoder.write(event)
  return createHash("sha256").update(encoder.take()).digest("hex")
}

const none = { changes: {}, drops: [], faults: [] }

const place = (
  { fork }: Asked,
  log: ReadonlyArray<Recorded>,
  position: number,
  drops: Fork.Wishes["drops"] = [],
): Fork.Place => {
  const survey = fork.survey(startUs, position, drops)
  for (const event of log) survey.step(event)
  return survey.place(position)
}

const forked = (asked: Asked, parent: RunConfig.RunConfig, at: Fork.Place, wishes: Fork.Wishes) =>
  Either.match(asked.fork.configOf(parent, at, wishes), {
    onLeft: (problem): never => {
      throw new Error(`cannot fork at ${at.position}: ${problem}`)
    },
    onRight: (config) => config,
  })

/** Settings that are said anew as they are. */
const sameAgain = (config: RunConfig.RunConfig): Fork.Wishes["changes"] => ({
  rates: [...RunConfig.ratesOf(config)].slice(1),
  sides: config.sides,
  latency: config.latency!,
  lossPpm: config.lossPpm ?? 0,
  duplicationPpm: config.duplicationPpm ?? 0,
})

const drawnWishes = (below: Below, config: RunConfig.RunConfig, at: Fork.Place): Fork.Wishes => {
  const maybe = <A>(value: A, name: string) => (below(3) === 0 ? { [name]: value } : {})
  const leftUs = config.durationUs - at.atUs - 1
  const faultAtUs = at.atUs + 1 + below(Math.max(1, Math.min(leftUs, 2_000_000)))
  const fault = { fault: "crash", machine: 1 + below(config.machines), atUs: faultAtUs } as const
  return {
    changes: {
      ...maybe(below(1_000_000), "seed"),
      ...maybe(
        Array.from({ length: config.machines }, () => [1, 2, 3, 6, 50][below(5)]!),
        "rates",
      ),
      ...maybe([3, 4, 10][below(3)]!, "sides"),
      ...maybe({ law: "constant", us: [1, 1_000, 250_000][below(3)]! } as const, "latency"),
      ...maybe([0, 10_000, 500_000][below(3)]!, "lossPpm"),
      ...maybe([0, 10_000, 500_000][below(3)]!, "duplicationPpm"),
    },
    drops: [],
    faults: leftUs > 1 && below(3) === 0 ? [Fault.write(fault)] : [],
  }
}

/** Without what lets a message that is missed change more than its future: full inboxes, and links that break off. */
const roomy = ({
  faults: _,
  lossPpm: __,
  duplicationPpm: ___,
  ...config
}: RunConfig.RunConfig): RunConfig.RunConfig => ({
  ...config,
  capacity: Limits.maxInboxCapacity,
})

const problemOfPrefix = (
  parent: ReadonlyArray<Logged>,
  child: ReadonlyArray<Logged>,
  position: number,
): string | undefined =>
  digestOf(parent.slice(0, position)) === digestOf(child.slice(0, position))
    ? undefined
    : `the prefix up to ${position} is another`

/** A message in an inbox: since when, and until when. */
interface Stay {
  readonly sender: number
  readonly sendVersion: number
  readonly fromUs: number
  readonly untilUs: number
}

/** By machine: what was received, or lay in the inbox at the end. */
const staysOf = (log: ReadonlyArray<Logged>): ReadonlyMap<number, ReadonlyArray<Stay>> => {
  const stays = new Map<number, Array<Stay>>()
  for (const event of log) {
    if (event.kind !== "received" && event.kind !== "stopped") continue
    const untilUs = event.kind === "received" ? event.occurredAtUs : Number.POSITIVE_INFINITY
    const own = stays.get(event.machine) ?? []
    stays.set(event.machine, own)
    for (const { sender, sendVersion, arrivedAtUs } of event.kind === "received"
      ? [event.payload]
      : event.payload.inbox)
      own.push({ sender, sendVersion, fromUs: arrivedAtUs, untilUs })
  }
  return stays
}

/** Ticks and arrivals of one microsecond are stamped one after the other. */
const mostTiesUs = 30

/**
 * Outside the cone all is as it was, but for what an arrival does, which is no clock event: a message from within the cone
 * counts in its recipient's queue before it is received, and takes a stamp. So does the one that is dropped.
 */
const problemOfAside = (
  found: Divergence.Divergence,
  logs: { readonly a: ReadonlyArray<Logged>; readonly b: ReadonlyArray<Logged> },
  dropped: Fork.Whereabouts["drop"],
): string | undefined => {
  const stays = { a: staysOf(logs.a), b: staysOf(logs.b) }
  const isOutside = (machine: number, version: number, run: "a" | "b") =>
    found.standing(run, machine, version) === 0
  const own = (run: "a" | "b", event: Divergence.Clocked): number =>
    event.queueLength! -
    (stays[run].get(event.machine) ?? []).filter(
      ({ sender, sendVersion, fromUs, untilUs }) =>
        fromUs < event.occurredAtUs &&
        untilUs > event.occurredAtUs &&
        (!isOutside(sender, sendVersion, run) ||
          (run === "a" &&
            event.machine === dropped.recipient &&
            sender === dropped.sender &&
            sendVersion === dropped.sendVersion)),
    ).length
  for (const { machine, a, b } of found.otherQueues)
    if (isOutside(machine, a!.version, "a") && own("a", a!) !== own("b", b!))
      return `${machine}/${a!.version} has another queue length outside the cone: ${a!.queueLength} against ${b!.queueLength}`
  for (const { machine, a, b } of found.otherTimes)
    if (isOutside(machine, a!.version, "a") && Math.abs(a!.occurredAtUs - b!.occurredAtUs) > mostTiesUs)
      return `${machine}/${a!.version} is at another time outside the cone`
  return undefined
}

/** What is wrong where one message of a run is dropped at its arrival. */
const problemOfDrop = (asked: Asked, config: RunConfig.RunConfig, below: Below): string | undefined => {
  const parent = logOf(config, asked.engines.turns)
  const receipts = parent.flatMap((event) => (event.kind === "received" ? [event] : []))
  if (receipts.length === 0) return undefined
  const receipt = receipts[below(receipts.length)]!
  const { sender, sendVersion } = receipt.payload
  const drops = [{ sender, sendVersion, recipient: receipt.machine }]
  const send = parent.find(({ machine, version }) => machine === sender && version === sendVersion)!
  const at = place(asked, parent, send.position, drops)
  const child = logOf(forked(asked, config, at, { ...none, drops }), asked.engines.turns)
  const found = asked.divergence.find({ events: parent, startUs }, { events: child, startUs })
  const [first, second] = found.first
  const name = `${sender}/${sendVersion}->${receipt.machine}, forked at ${at.position}`
  if (first === undefined || second !== undefined)
    return `${name}: the runs part at ${found.first.length} events`
  if (first.a?.machine !== receipt.machine || first.a.version !== receipt.version)
    return `${name}: the runs part at ${first.machine}/${first.a?.version}, not at the receipt ${receipt.machine}/${receipt.version}`
  if (found.outside !== 0) return `${name}: ${found.outside} events changed outside the cone`
  const aside = problemOfAside(found, { a: parent, b: child }, drops[0]!)
  if (aside !== undefined) return `${name}: ${aside}`
  const lost = found.onlyB.filter(
    ({ kind, machine, payload }) =>
      kind === "dropped" &&
      machine === receipt.machine &&
      payload.sender === sender &&
      payload.sendVersion === sendVersion &&
      payload.reason === "loss",
  )
  return lost.length === 1 ? undefined : `${name}: it is dropped ${lost.length} times`
}

/** What is wrong with any of these forks of the seed's run; undefined if nothing is. */
export const problemOf = (seed: number, asked: Asked): string | undefined => {
  const config = drawn(seed)
  const draw = Random.draws(seed, Random.Purpose.experiment, 3)
  const below = (n: number) => Random.below(draw(), n)
  const { turns } = asked.engines
  const parent = logOf(config, turns)
  const at = place(asked, parent, below(parent.length + 1))
  const digest = digestOf(parent)

  if (digestOf(logOf(forked(asked, config, at, none), turns)) !== digest)
    return `nothing is changed at ${at.position}, and the digest is another`
  const again = forked(asked, config, at, { ...none, changes: sameAgain(config) })
  if (digestOf(logOf(again, turns)) !== digest)
    return `the same settings again at ${at.position} give another digest`

  const wishes = drawnWishes(below, config, at)
  const other = forked(asked, config, at, wishes)
  const told = examined(other, asked.engines)
  const name = `with ${JSON.stringify(wishes)} at ${at.position}`
  if (told.problem !== undefined) return `${name}: ${told.problem}`
  const prefix = problemOfPrefix(parent, logOf(other, turns), at.position)
  if (prefix !== undefined) return `${name}: ${prefix}`
  return problemOfDrop(asked, roomy(config), below)
}

/** Whether another seed from the middle of a run on makes another run of it: that what follows is computed, not copied. */
export const isComputed = (seed: number, asked: Asked): boolean => {
  const config = roomy(drawn(seed))
  const parent = logOf(config, asked.engines.turns)
  const at = place(asked, parent, Math.floor(parent.length / 2))
  const child = logOf(
    forked(asked, config, at, { ...none, changes: { seed: config.seed + 1 } }),
    asked.engines.turns,
  )
  return digestOf(child) !== digestOf(parent)
}

/**
 * Rolls that a run makes after its middle and whose outcome may differ: where there are many, another seed must show.
 * A machine without links sends nothing, and with a die of three sides one that has one link always sends along it.
 */
export const rollsAfterMiddle = (seed: number, asked: Asked): number => {
  const config = drawn(seed)
  const { linksOf } = Reach.of(config)
  const mayDiffer = (machine: number) => linksOf(machine).length > (config.sides > 3 ? 0 : 1)
  const log = logOf(roomy(config), asked.engines.turns)
  return log
    .slice(Math.floor(log.length / 2))
    .filter(({ kind, machine }) => (kind === "internal" || kind === "sent") && mayDiffer(machine)).length
}
