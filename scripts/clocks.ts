/**
 * Makes the tables of docs/CLOCKS.md: how often clocks order what is concurrent, and against real time; how stamps
 * grow with machines; the Bloom clock's false order beside its prediction; and what comparing clocks over 100,000 and
 * over a million events takes. Virtual runs, so the same figures whenever it is run, but for times and memory.
 * Run it with: npx tsx scripts/clocks.ts
 */
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { nodeWithMemory } from "../bench/Process.ts"
import type { LabEvent, Logged } from "../src/domain/ClockEvent.ts"
import type { Clock } from "../src/domain/clocks/Clock.ts"
import * as Comparison from "../src/domain/clocks/Comparison.ts"
import type { Share } from "../src/domain/clocks/Pairs.ts"
import { registry } from "../src/domain/clocks/Registered.ts"
import * as RecordDecoder from "../src/domain/RecordDecoder.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as Engine from "../src/runtime/virtual/Engine.ts"
import { bloomRates } from "../test/domain/clocks/BloomRates.ts"
import { startPostgres } from "../test/support/Postgres.ts"

const page = "docs/CLOCKS.md"
const [begin, end] = ["<!-- made by scripts/clocks.ts: begin -->", "<!-- end -->"]
const startUs = 1_700_000_000_000_000
const skewUs = 10_000
const seconds = 60
const choices = ["6,6,6", "3,5,6", "1,6,6", "1,2,6", "1,1,6"]
const seeds = Array.from({ length: 10 }, (_, i) => i + 1)
const sizes = [3, 10, 30, 100, 300]
const long = [
  { events: "100,000", duration: "48m" },
  { events: "1,000,000", duration: "8h" },
]

const configOf = (settings: Partial<RunConfig.RunConfig>): RunConfig.RunConfig => ({
  ...RunConfig.virtualDefaults,
  durationUs: seconds * 1_000_000,
  ...settings,
})

const logOf = (config: RunConfig.RunConfig): ReadonlyArray<Logged> => {
  const log: Array<LabEvent> = [
    { machine: 0, version: 1, occurredAtUs: startUs, kind: "run-started", payload: config },
  ]
  for (const bytes of Engine.recordsOf(config))
    log.push(
      ...RecordDecoder.events({
        bytes,
        events: RecordDecoder.extentOf(bytes).events,
        startUs,
        runVersion: 1,
      }),
    )
  return log.map((event, i) => ({ ...event, position: i + 1 }) as Logged)
}

const compared = (config: RunConfig.RunConfig, clocks: ReadonlyArray<Clock> = registry) => {
  const log = logOf(config)
  const { machines, seed } = config
  const now = () => performance.now()
  const comparison = Comparison.make({
    clocks,
    machines,
    head: log.length,
    seed,
    skewUs,
    hasTimes: true,
    now,
  })
  for (const event of log) comparison.step(event)
  return comparison.finish()
}

const table = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
): ReadonlyArray<string> => [
  `| ${header.join(" | ")} |`,
  `|${header.map(() => "---|").join("")}`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
  "",
]

/** Mean over the seeds, and their standard deviation, in percent. */
const spread = (shares: ReadonlyArray<number>): string => {
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1)
  return mean === 0 ? "0" : `${(100 * mean).toFixed(1)} ± ${(100 * Math.sqrt(variance)).toFixed(1)}`
}

const shareOf = ({ share }: Share): number => share ?? 0

const orderingErrors = (): ReadonlyArray<string> => {
  const rows = choices.map((rates) => {
    const all = seeds.map((seed) => compared(configOf({ rates: rates.split(",").map(Number), seed })))
    const of = (name: string, measure: "falseOrder" | "inverted") =>
      spread(all.map(({ clocks }) => shareOf(clocks.find(({ clock }) => clock.name === name)![measure]!)))
    return [
      rates,
      spread(all.map(({ concurrent }) => shareOf(concurrent.among))),
      `**${of("lamport", "falseOrder")}**`,
      `**${of("lamport", "inverted")}**`,
      of("hybrid-logical", "falseOrder"),
      of("hybrid-logical", "inverted"),
      of("bloom", "falseOrder"),
      of("bloom", "inverted"),
      of("vector", "falseOrder"),
      of("interval-tree", "falseOrder"),
    ]
  })
  const header = [
    "rates",
    "concurrent, of all pairs",
    "Lamport orders",
    "against time",
    "hybrid orders",
    "against time",
  ]
  return table([...header, "Bloom orders", "against time", "vector orders", "interval tree orders"], rows)
}

const growth = (): ReadonlyArray<string> => {
  const rows = sizes.map((machines) => {
    const { clocks } = compared(configOf({ machines, seed: 1 }))
    return [
      String(machines),
      ...clocks.map(({ meanBytes, largestBytes }) => `${meanBytes.toFixed(1)}, at most ${largestBytes}`),
    ]
  })
  return table(["machines", ...registry.map(({ title }) => title)], rows)
}

const bloom = (): ReadonlyArray<string> => {
  const percent = (share: number) => (100 * share).toFixed(1)
  const rows = choices.map((rates) => {
    const configs = seeds.slice(0, 3).map((seed) => configOf({ rates: rates.split(",").map(Number), seed }))
    const found = bloomRates(configs.map(logOf))
    return [rates, percent(found.measured), percent(found.predicted), percent(found.bySums)]
  })
  return table(["rates", "measured", "predicted", "by Ramabaja's formula"], rows)
}

const lightcone = (database: string, ...args: ReadonlyArray<string>) =>
  nodeWithMemory(["--import", "tsx", "src/main.ts", ...args, "--database", database, "-q"])

const longRuns = async (): Promise<ReadonlyArray<string>> => {
  const postgres = await startPostgres()
  try {
    const rows: Array<ReadonlyArray<string>> = []
    for (const { events, duration } of long) {
      await lightcone(
        postgres.url,
        "run",
        "--virtual",
        "--machines",
        "10",
        "--rates",
        rates.join(","),
        "--duration",
        duration,
        "--seed",
        "3",
      )
      const ended = await lightcone(postgres.url, "clocks", "latest", "--json")
      const { clockEvents, clocks } = JSON.parse(ended.stdout)
      rows.push([
        events,
        clockEvents.toLocaleString("en"),
        `${ended.seconds.toFixed(1)} s`,
        `${ended.memoryMb.toFixed(0)} MB`,
        ...clocks.map(({ nsPerStamp }: { nsPerStamp: number }) => nsPerStamp.toFixed(0)),
      ])
    }
    const header = ["run", "clock events", "clocks takes", "memory at most"]
    return table([...header, ...registry.map(({ title }) => `${title}, ns a stamp`)], rows)
  } finally {
    await postgres.stop()
  }
}

/** Ten machines of which each takes what comes to it, so that what is in flight does not grow. */
const rates = [3, 3, 3, 4, 4, 4, 3, 4, 4, 4]

const text = [
  begin,
  "",
  "### False order, and order against time",
  "",
  `Percent of concurrent pairs, but for the first column; mean and standard deviation over seeds ${seeds[0]} to ${seeds.at(-1)}, ${seconds} s each, all pairs counted; a die of 10 sides and 1 ms on the way, as by default. Physical clocks at most ${skewUs / 1_000} ms apart.`,
  "",
  ...orderingErrors(),
  "### Bytes of a stamp",
  "",
  `Mean and largest over ${seconds} s of virtual time, seed 1, rates drawn from 1..6.`,
  "",
  ...growth(),
  "### The Bloom clock's false positives",
  "",
  `Of the concurrent pairs, each looked at both ways, the percentage of which the first is taken to be before the second; seeds 1 to 3, ${seconds} s.`,
  "",
  ...bloom(),
  "### A long run",
  "",
  `\`clocks\` over a virtual run of ten machines on a native Postgres, ${cpus().length} cores; memory is that of its process.`,
  "",
  ...(await longRuns()),
  end,
].join("\n")
const before = readFileSync(page, "utf8")
if (!before.includes(begin) || !before.includes(end)) throw new Error(`${page} must hold ${begin} and ${end}`)
writeFileSync(
  page,
  before.slice(0, before.indexOf(begin)) + text + before.slice(before.indexOf(end) + end.length),
)
