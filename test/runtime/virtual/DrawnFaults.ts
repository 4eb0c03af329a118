/** Configurations drawn at random for the swarm: networks, clocks and faults of every kind, and plain ones. */
import * as Fault from "../../../src/domain/Fault.ts"
import type { Latency } from "../../../src/domain/Latency.ts"
import * as Random from "../../../src/domain/Random.ts"
import * as Reach from "../../../src/domain/Reach.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Topology from "../../../src/domain/Topology.ts"

type Below = (n: number) => number

/** A time of the schedule: any, a round one where much meets, its beginning or its end. */
const timeIn = (below: Below, durationUs: number): number =>
  [below(durationUs + 1), 250_000 * below(Math.floor(durationUs / 250_000) + 1), 0, durationUs][
    [0, 0, 0, 1, 1, 2, 3][below(7)]!
  ]!

const ends = { pause: "resume", crash: "restart", cut: "heal", delay: "heal" } as const

/** Some faults, most of which end by themselves; they may overlap, be repeated or be in vain. */
export const drawnFaults = (below: Below, config: RunConfig.RunConfig): ReadonlyArray<Fault.Fault> => {
  const { machines, durationUs } = config
  const reach = Reach.of(config)
  const faults: Array<Fault.Fault> = []
  for (let left = 1 + below(6); left > 0; left--) {
    const from = 1 + below(machines)
    const others = reach.linksOf(from)
    const kinds = (["pause", "crash", "cut", "delay"] as const).slice(0, others.length === 0 ? 2 : 4)
    const fault = kinds[below(kinds.length)]!
    const place =
      fault === "pause" || fault === "crash" ? { machine: from } : { from, to: others[below(others.length)]! }
    const delay = fault === "delay" ? { delayUs: [0, 1, 20_000, 900_000][below(4)]! } : {}
    const atUs = timeIn(below, durationUs)
    faults.push({ fault, ...place, ...delay, atUs } as Fault.Fault)
    const lastsUs = [0, 1, below(400_000), below(3_000_000)][below(4)]!
    if (below(6) > 0) faults.push({ fault: ends[fault], ...place, atUs: atUs + lastsUs } as Fault.Fault)
  }
  return Fault.inOrder(Fault.ended(faults, durationUs)).filter(({ atUs }) => atUs <= durationUs)
}

/** With one rate for all, and a latency by which what one machine sends arrives just as another ticks. */
const meeting = (below: Below, config: RunConfig.RunConfig): RunConfig.RunConfig => {
  const { machines, seed } = config
  const rate = [1, 2, 4, 5, 20, 100][below(6)]!
  const [from, periodUs] = [1 + below(machines), 1_000_000 / rate]
  const to = Topology.twoCycles(seed, machines).a[from] || from
  const aheadUs = RunConfig.phaseOf(seed, to, rate) - RunConfig.phaseOf(seed, from, rate)
  const us = aheadUs + periodUs * (aheadUs > 0 ? below(2) : 1 + below(2))
  return {
    ...config,
    rates: Array.from({ length: machines }, () => rate),
    latency: { law: "constant", us },
  }
}

const plainLatency = (below: Below): Latency => {
  const us = [1, 2, 1_000, 30_000, 250_000, 1_500_000][below(6)]!
  return below(2) === 0
    ? { law: "constant", us }
    : { law: "uniform", lowUs: us, highUs: us + [1, 10, 500_000][below(3)]! }
}

const drawnLatency = (below: Below): Latency =>
  below(3) > 0
    ? plainLatency(below)
    : { law: "exponential", meanUs: [1, 2, 1_000, 30_000, 250_000, 1_500_000][below(6)]! }

/** Whom machines send to, of every kind; by draws of its own. */
export const drawnReach = (
  seed: number,
  machines: number,
): Pick<RunConfig.RunConfig, "pattern"> & Partial<Pick<RunConfig.RunConfig, "topology">> => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 3)
  const below = (n: number) => Random.below(draw(), n)
  const shapes = ["cycles", "complete", "ring", "star", "grid"]
  const topology =
    machines > 1 && below(4) === 0 ? `random:${1 + below(machines - 1)}` : shapes[below(shapes.length)]!
  const { least } = Topology.degrees(Topology.parse(topology)!, machines)
  const kind = below(least === 0 ? 2 : 3)
  const pattern = ["pair", "broadcast", `multicast:${1 + below(Math.max(1, least))}`][kind]!
  return { pattern, topology }
}

/** Of 1 to 12 machines and some hundred events; one in four is plain. */
export const drawn = (seed: number): RunConfig.RunConfig => {
  const draw = Random.draws(seed, Random.Purpose.experiment, 2)
  const below = (n: number) => Random.below(draw(), n)
  const machines = 1 + below(12)
  const mostRate = [6, 6, 40, 200][below(4)]!
  const config: RunConfig.RunConfig = {
    ...RunConfig.virtualDefaults,
    machines,
    seed: below(1_000_000),
    durationUs: 250_000 * (1 + below(mostRate > 6 ? 6 : 24)),
    rates: below(2) === 0 ? Array.from({ length: machines }, () => 1 + below(mostRate)) : null,
    equalRates: below(2) === 0,
    rateRange: [1, Math.min(mostRate, 40)],
    sides: [3, 3, 4, 10][below(4)]!,
    capacity: [1, 2, 3, 5, 1_024][below(5)]!,
    overflow: (["backpressure", "drop-newest", "drop-oldest"] as const)[below(3)]!,
    latency: drawnLatency(below),
  }
  if (below(4) === 0)
    return below(2) === 0 ? meeting(below, config) : { ...config, latency: plainLatency(below) }
  const reaching = below(2) === 0 ? config : { ...config, ...drawnReach(seed, machines) }
  const ppm = () => [10_000, 200_000, 1_000_000][below(3)]!
  const faults = below(4) === 0 ? [] : drawnFaults(below, reaching)
  return {
    ...reaching,
    ...(faults.length === 0 ? {} : { faults }),
    ...(below(2) === 0 ? {} : { lossPpm: ppm() }),
    ...(below(2) === 0 ? {} : { duplicationPpm: ppm() }),
    ...(below(2) === 0 ? {} : { links: "unordered" as const }),
    ...(below(3) > 0 ? {} : { skewPpm: [1, 10_000, 500_000][below(3)]! }),
  }
}
