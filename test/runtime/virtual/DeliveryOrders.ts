/**
 * Runs with a delivery order whose links are unordered and slow, by seeds; and the same records made with the layer
 * switched off, which claim the order all the same.
 */
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import type { DeliveryOrder } from "../../../src/domain/DeliveryOrder.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Topology from "../../../src/domain/Topology.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import { plantedIn } from "./PlantedEngine.ts"
import type { Engines } from "./Swarm.ts"

/** Bugs planted in the layer of an order: one comparison in it is broken. */
export const brokenLayers = (delivery: DeliveryOrder): ReadonlyArray<string> =>
  plantedIn("delivery").filter((name) => name.startsWith(delivery))

const startUs = 1_700_000_000_000_000

/** Of 2 to 8 machines of any topology; their messages go by pairs, to groups or to all. */
export const slow = (seed: number, delivery: DeliveryOrder): RunConfig.RunConfig => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 5)
  const below = (n: number) => Random.below(draw(), n)
  const machines = 2 + below(7)
  const topology = ["cycles", "complete", "ring", "star", "grid", `random:${Math.min(2, machines - 1)}`][
    below(6)
  ]!
  const { least } = Topology.degrees(Topology.parse(topology)!, machines)
  const pattern = ["pair", "broadcast", `multicast:${1 + below(least)}`][below(3)]!
  return {
    ...RunConfig.virtualDefaults,
    ...{ seed, machines, topology, pattern, delivery },
    durationUs: 60_000_000,
    rateRange: [2, 6],
    sides: [4, 6, 10][below(3)]!,
    ...(below(4) === 0
      ? { capacity: [2, 3, 5][below(3)]! }
      : { capacity: RunConfig.virtualDefaults.capacity }),
    overflow: (["backpressure", "drop-newest", "drop-oldest"] as const)[below(3)]!,
    links: "unordered",
    latency: { law: "exponential", meanUs: [200_000, 500_000, 1_500_000][below(3)]! },
  }
}

export interface Told {
  readonly received: number
  readonly held: number
  readonly longestHeldUs: number
  /** Failures of the delivery order, and of all else. */
  readonly violations: number
  readonly otherFailures: number
  /** Of the delivery order first. */
  readonly first: string | undefined
}

/** What is found of a run as it is made; `made` is how it is made in truth, where the record is to say another thing. */
export const told = (
  config: RunConfig.RunConfig,
  turns: Engines["turns"],
  made: RunConfig.RunConfig = config,
): Told => {
  const verification = Verification.make()
  let [position, received, held, longestHeldUs] = [0, 0, 0, 0]
  for (const turn of turns(made, startUs))
    for (const event of turn.events) {
      const said = event.kind === "run-started" ? { ...event, payload: config } : event
      verification.step({ ...said, position: ++position } as Logged)
      if (event.kind !== "received") continue
      received++
      if (event.payload.heldUs === undefined) continue
      held++
      longestHeldUs = Math.max(longestHeldUs, event.payload.heldUs)
    }
  const { checks } = verification.finish()
  const failures = (isMeant: (invariant: string) => boolean) =>
    checks.filter(({ invariant }) => isMeant(invariant)).flatMap((check) => check.failures)
  const ofOrder = failures((invariant) => invariant === "delivery")
  const others = failures((invariant) => invariant !== "delivery")
  const first = [...ofOrder, ...others][0]
  return {
    ...{ received, held, longestHeldUs },
    violations: ofOrder.length,
    otherFailures: others.length,
    first: first === undefined ? undefined : `${first.rule}: ${first.message}`,
  }
}

/** The same run made without its layer; its record says that it had one. */
export const switchedOff = (config: RunConfig.RunConfig, turns: Engines["turns"]): Told => {
  const { delivery: _, ...made } = config
  return told(config, turns, made)
}
