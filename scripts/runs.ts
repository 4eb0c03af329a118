/**
 * Makes docs/RUNS.md: five runs of one minute, from the program's own output. Every count of `verify --json` is
 * compared with SQL that was written independently of it. Run it with: npx tsx scripts/runs.ts [DURATION]
 */
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import type { MachineStatistics } from "../src/domain/Statistics.ts"

const seeds = [1, 2, 3, 4, 5]
const duration = process.argv[2] ?? "60s"

const lightcone = (...args: ReadonlyArray<string>): string =>
  execFileSync(process.execPath, ["--import", "tsx", "src/main.ts", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  })

interface Run {
  readonly run: string
  readonly verified: boolean
  readonly machines: ReadonlyArray<MachineStatistics>
  readonly lateness: { readonly medianUs: number; readonly p99Us: number; readonly maxUs: number }
}

const independently = (run: string) => `
  with e as (select * from events where run_id = '${run}'), m as (select * from messages where run_id = '${run}')
  select (select count(*) from e) as events,
    (select count(*) from e where kind in ('internal', 'sent', 'received')) as "clockEvents",
    (select count(*) from e where kind = 'internal') as internal,
    (select count(*) from e where kind = 'sent') as sent,
    (select count(*) from e where kind = 'received') as received,
    (select count(*) from e where kind = 'dropped') as dropped,
    (select coalesce(sum((payload ->> 'count')::int), 0) from e where kind = 'missed') as missed,
    (select sum(ticks) from machines where run_id = '${run}') as ticks,
    (select count(*) from m) as recipients,
    (select count(*) from m where received_at is null and dropped_at is null and arrived_at is not null) as "leftInInboxes",
    (select count(*) from m where received_at is null and dropped_at is null and arrived_at is null) as "inFlight",
    (select count(*) from e where kind = 'started') as machines`

const rows: Array<string> = []
for (const seed of seeds) {
  const run: Run = JSON.parse(lightcone("run", "--seed", String(seed), "--duration", duration, "--json"))
  const verified = JSON.parse(lightcone("verify", run.run, "--json"))
  const [counted] = JSON.parse(lightcone("sql", independently(run.run), "--json"))
  for (const [name, count] of Object.entries(counted))
    if (Number(count) !== verified.counts[name])
      throw new Error(`seed ${seed}: verify says ${name} = ${verified.counts[name]}, SQL says ${count}`)
  const list = (of: (machine: MachineStatistics) => number | null) => run.machines.map(of).join(", ")
  rows.push(
    `| ${seed} | ${run.run} | ${list((m) => m.rate)} | ${list((m) => m.ticks)} | ${list((m) => m.lamport)} | ${Math.max(...run.machines.map((m) => m.largestJump))} | ${list((m) => m.maxQueueLength)} | ${(run.lateness.p99Us / 1_000).toFixed(1)} ms | ${verified.verified ? "yes" : "NO"} |`,
  )
  process.stderr.write(`seed ${seed}: ${run.run}, verified ${verified.verified}, counts agree with SQL\n`)
}
writeFileSync(
  "docs/RUNS.md",
  `# Five runs of ${duration}

Made by \`npx tsx scripts/runs.ts ${duration}\` from the program's own output; machines 1, 2, 3 in that order. Every count
that \`verify --json\` names was compared with SQL written independently of it. A seed fixes rates, phases and every
machine's n-th roll; how messages and ticks interleave it cannot fix, so the clocks of another run differ a little.

| seed | run | rates | ticks | clocks at the end | largest jump | largest queue | lateness p99 | verified |
|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`,
)
