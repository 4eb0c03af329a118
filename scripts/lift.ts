/**
 * Measures how much machines of similar rate lift each other's clocks above the fluid estimate, over a grid of rates in
 * virtual time, and how far the expected lift is off, in percent of the fastest machine's rate: the table of
 * docs/PREDICTION.md. Run it with: npx tsx scripts/lift.ts [SEEDS] [SECONDS]
 */
import * as Prediction from "../src/domain/Prediction.ts"
import * as ExpectedLift from "../src/domain/prediction/ExpectedLift.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as Engine from "../src/runtime/virtual/Engine.ts"

const [seeds = 10, seconds = 300] = process.argv.slice(2).map(Number)
const most = 8

/** The largest clock at the end, from the records (docs/SPEC.md: blocks of 64 bytes, the clock at 24). */
const largestClock = (config: RunConfig.RunConfig): number => {
  let largest = 0
  for (const records of Engine.recordsOf(config)) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.byteLength; at += 64) {
      // What continues an event, the inbox at the end, comes after all clock events.
      if (view.getUint32(at + 8, true) > 3) continue
      largest = Math.max(largest, view.getUint32(at + 24, true))
    }
  }
  return largest
}

interface Lifted {
  readonly rates: ReadonlyArray<number>
  /** Of the rate of the fastest machine. */
  readonly lift: number
  readonly error: number
  readonly expected: number
}

const measure = (rates: ReadonlyArray<number>, sides: number, latencyUs: number): Lifted => {
  const config: RunConfig.RunConfig = {
    ...RunConfig.virtualDefaults,
    ...{ rates, sides, machines: rates.length },
    durationUs: seconds * 1_000_000,
    latency: { law: "constant", us: latencyUs },
  }
  const clocks = Array.from({ length: seeds }, (_, i) => largestClock({ ...config, seed: i + 1 }) / seconds)
  const mean = clocks.reduce((sum, clock) => sum + clock, 0) / seeds
  const variance = clocks.reduce((sum, clock) => sum + (clock - mean) ** 2, 0) / (seeds - 1)
  // With more than three machines a seed draws the graph as well.
  const expected = clocks.reduce((sum, _, i) => {
    const [point] = Prediction.predict({ ...config, seed: i + 1 }).fixedPoints
    return sum + ExpectedLift.hz({ ...config, seed: i + 1 }, point!) / seeds
  }, 0)
  const [point] = Prediction.predict(config).fixedPoints
  const fluid = Math.max(...point!.machines.map(({ clockRateHz }) => clockRateHz))
  const fastest = Math.max(...rates)
  return {
    rates,
    lift: (mean - fluid) / fastest,
    error: Math.sqrt(variance / seeds) / fastest,
    expected: expected / fastest,
  }
}

const grid: ReadonlyArray<ReadonlyArray<number>> = Array.from({ length: most }, (_, i) => i + 1).flatMap(
  (c) =>
    Array.from({ length: c }, (_, i) => i + 1).flatMap((b) =>
      Array.from({ length: b }, (_, i) => [i + 1, b, c]),
    ),
)
const four = [
  [6, 6, 6, 6],
  [3, 6, 6, 6],
  [1, 2, 5, 6],
  [4, 5, 6, 6],
  [2, 3, 4, 5],
]
const five = [
  [6, 6, 6, 6, 6],
  [1, 3, 5, 6, 6],
  [2, 3, 4, 5, 6],
  [4, 4, 5, 5, 6],
]
const percent = (share: number): string => (100 * share).toFixed(2)

process.stdout.write(
  "| points | latency | largest lift, % | mean error, % | largest error, % | at rates |\n|---|---|---|---|---|---|\n",
)
for (const [name, rateLists, sides, latencyUs] of [
  ["calibrated: 3 machines, 5 sides", grid, 5, 1],
  ["calibrated: 3 machines, 10 sides", grid, 10, 1],
  ["calibrated: 3 machines, 20 sides", grid, 20, 1],
  ["held out: 3 machines, 7 sides", grid, 7, 1],
  ["held out: 3 machines, 14 sides", grid, 14, 1],
  ["held out: 4 machines, 10 sides", four, 10, 1],
  ["held out: 5 machines, 10 sides", five, 10, 1],
  ["held out: 3 machines, 10 sides", grid, 10, 1_000],
  ["beyond the law: 3 machines, 10 sides", grid, 10, 20_000],
] as const) {
  const all = rateLists.map((rates) => measure(rates, sides, latencyUs))
  const off = ({ lift, expected }: Lifted) => Math.abs(expected - lift)
  const worst = all.reduce((most, one) => (off(one) > off(most) ? one : most))
  const mean = all.reduce((sum, one) => sum + off(one), 0) / all.length
  process.stdout.write(
    `| ${name} | ${latencyUs / 1_000} ms | ${percent(Math.max(...all.map(({ lift }) => lift)))} | ${percent(mean)} | ${percent(off(worst))} | ${worst.rates.join(",")} |\n`,
  )
}
