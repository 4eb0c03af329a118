/**
 * Makes docs/REAL-BESIDE-VIRTUAL.md: real runs of ten seeds for each of some rates, on a native Postgres, beside
 * virtual ones; and models that are wrong by two in a hundred, to see them found. Exit code 1 if anything is not as it
 * should be. Run it with: npx tsx scripts/real-beside-virtual.ts [SECONDS]
 */
import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { EventLogShape } from "../src/domain/EventLog.ts"
import * as RunConfig from "../src/domain/RunConfig.ts"
import * as RunId from "../src/domain/RunId.ts"
import * as Database from "../src/persistence/Database.ts"
import { decodeDatabaseUrl } from "../src/persistence/DatabaseUrl.ts"
import * as EventLogPostgres from "../src/persistence/EventLogPostgres.ts"
import * as Migrator from "../src/persistence/Migrator.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import * as Beside from "../test/support/RealBesideVirtual.ts"

const seconds = Number(process.argv[2] ?? 30)
const choices = [
  [2, 4, 6],
  [1, 6, 6],
  [3, 3, 3],
]
const seeds = Array.from({ length: 10 }, (_, i) => i + 1)
const otherSeeds = 1_000
const interleavings = 400
const plantedInterleavings = 200
/** Above it chance explains the largest difference, whatever the number of comparisons. */
const level = 0.01

const runs = (log: EventLogShape, rates: ReadonlyArray<number>) =>
  Promise.all(
    seeds.map((seed) => {
      const config = { ...RunConfig.defaults, rates, seed, durationUs: seconds * 1_000_000 }
      return Beside.realRun(config, log, RunId.fromBytes(randomBytes(64)))
    }),
  )

const measured = async (): Promise<ReadonlyArray<ReadonlyArray<Beside.RealRun>>> => {
  const postgres = await startPostgres()
  try {
    return await Effect.runPromise(
      Effect.gen(function* () {
        const { db } = yield* Effect.flatMap(decodeDatabaseUrl(postgres.url), Database.open)
        yield* Migrator.migrate(db)
        const log = EventLogPostgres.make(db)
        return yield* Effect.forEach(choices, (rates) => Effect.promise(() => runs(log, rates)))
      }).pipe(Effect.scoped),
    )
  } finally {
    await postgres.stop()
  }
}

const table = (rows: ReadonlyArray<Beside.Compared>): string =>
  [
    "| rates | machine | quantity | real | virtual | standard error | off by, standard errors |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(
      ({ rates, of, quantity, real, virtual, standardError, errors }) =>
        `| ${rates} | ${of} | ${quantity} | ${real.toFixed(1)} | ${virtual.toFixed(2)} | ${standardError.toFixed(2)} | ${errors.toFixed(2)} |`,
    ),
  ].join("\n")

const largestOf = (rows: ReadonlyArray<Beside.Compared>): number =>
  Math.max(...rows.map(({ errors }) => Math.abs(errors)))

const settings = await measured()
const other = Beside.otherTicks(settings.flat())
const luck = settings.flatMap((reals) => Beside.besideOtherSeeds(reals, otherSeeds))
const paired = Beside.besideOwnSeeds(settings, interleavings)
const found = Object.entries(Beside.planted).map(([name, decide]) => ({
  name,
  ...Beside.besideOwnSeeds(settings, plantedInterleavings, decide),
}))
const ticks = settings.flat().flatMap(({ machines }) => machines.map((counts) => counts.ticks))
const latencies = settings
  .flat()
  .flatMap(({ latenciesUs }) => latenciesUs)
  .sort((a, b) => a - b)
const quantile = (q: number) => (latencies[Math.floor(q * (latencies.length - 1))]! / 1_000).toFixed(1)
const failures = [
  ...other,
  ...(largestOf(luck) <= 3 ? [] : ["beside other seeds: more than three standard errors"]),
  ...(paired.probability > level ? [] : ["beside their own seeds: more than chance explains"]),
  ...found.filter(({ probability }) => probability > level).map(({ name }) => `not found: ${name}`),
]

writeFileSync(
  "docs/REAL-BESIDE-VIRTUAL.md",
  `# Real runs beside virtual ones

Made by \`npx tsx scripts/real-beside-virtual.ts ${seconds}\`: real runs of ${seconds} s, seeds ${seeds[0]} to ${seeds.at(-1)}, ten at a time over TCP on a
native Postgres, for each of the rates ${choices.map((rates) => rates.join(",")).join(" and ")}. A message took ${quantile(0.5)} ms from when its send was due to its arrival
(median; ${quantile(0.99)} ms in 99 of 100).

**Ticks** (internal, sent and received together) are those of the virtual run of the same seed exactly: ${other.length === 0 ? `all ${ticks.length} machines` : `NOT of ${other.join("; ")}`}.

**Beside virtual runs of other seeds**, ${otherSeeds} of each setting: the standard error is that of a mean of ten seeds. The largest
of ${luck.length} differences is ${largestOf(luck).toFixed(2)} standard errors. Were they independent, one of so many would be beyond three by chance
in ${(100 * (1 - 0.9973 ** luck.length)).toFixed(0)} of 100 repetitions; they hang together, so it is fewer. Ten seeds differ by luck alone by several in a hundred,
so this cannot see a bias of 2 %.

**Beside virtual runs of their own seeds**, ${interleavings} interleavings of each. A seed fixes every roll in both engines, so only the
interleaving is left to chance: what each message takes is drawn from what was measured. The largest of ${paired.rows.length} differences is
${paired.largest.toFixed(2)} standard errors. That many comparisons hang together and are not normal, so how large the largest may be by chance is
not looked up but made: one interleaving of each seed stands for the real run, ${interleavings} times. It is as large with probability
${paired.probability.toFixed(3)}.

**Models that are wrong by 2 %** are found, each against the same real runs:

| planted | largest difference, standard errors | probability by chance |
|---|---|---|
${found.map(({ name, largest, probability }) => `| ${name} | ${largest.toFixed(1)} | ${probability.toFixed(3)} |`).join("\n")}

(${(1 / (plantedInterleavings + 1)).toFixed(3)} is the least that ${plantedInterleavings} interleavings can show.)

## Beside their own seeds

${table(paired.rows)}

## Beside other seeds

${table(luck)}
`,
)
for (const failure of failures) process.stderr.write(`${failure}\n`)
process.stderr.write(
  `largest ${largestOf(luck).toFixed(2)} beside other seeds, ${paired.largest.toFixed(2)} beside their own (probability ${paired.probability.toFixed(3)}); planted: ${found.map(({ name, largest }) => `${name} ${largest.toFixed(1)}`).join(", ")}\n`,
)
process.exitCode = failures.length === 0 ? 0 : 1
