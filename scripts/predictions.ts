/**
 * Makes the tables of docs/PREDICTION.md: runs of one minute at three choices of rates, seeds 1 to 5, told by the
 * program's own `show --json`. The five seeds run side by side on a Postgres that is started for it.
 * Run it with: npx tsx scripts/predictions.ts [DURATION]
 */
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { promisify } from "node:util"
import type { Comparison } from "../src/domain/prediction/Comparison.ts"
import { startPostgres } from "../test/support/Postgres.ts"

const duration = process.argv[2] ?? "60s"
const choices = ["2,4,6", "1,6,6", "1,1,6"]
const seeds = [1, 2, 3, 4, 5]
const page = "docs/PREDICTION.md"
const [begin, end] = ["<!-- made by scripts/predictions.ts: begin -->", "<!-- end -->"]

interface Shown {
  readonly run: string
  readonly verified: boolean
  readonly prediction: { readonly comparison: ReadonlyArray<Comparison> }
}

const lightcone = async (database: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "src/main.ts", ...args, "--database", database],
    { maxBuffer: 1 << 28 },
  )
  return stdout
}

/** Makes a run and reads it back; what did not verify is no measurement. */
const measure = async (database: string, rates: string, seed: number): Promise<Shown> => {
  const made = await lightcone(
    database,
    ...["run", "--rates", rates, "--seed", String(seed), "--duration", duration, "--json", "-q"],
  )
  const shown: Shown = JSON.parse(await lightcone(database, "show", JSON.parse(made).run, "--json"))
  if (!shown.verified) throw new Error(`the run of rates ${rates} and seed ${seed} does not verify`)
  process.stderr.write(`rates ${rates}, seed ${seed}: run ${shown.run}\n`)
  return shown
}

const signed = (value: number, digits: number) => `${value < 0 ? "" : "+"}${value.toFixed(digits)}`

/** Measured, the difference in percent, and the lift in it. */
const cell = ({ measured, differencePercent, lift, verdict }: Comparison): string => {
  const beyond = verdict.includes("beyond") ? "**beyond** " : ""
  const percent = differencePercent === null ? "" : ` (${signed(differencePercent, 1)} %)`
  return `${beyond}${measured!.toFixed(3)}${percent}${lift === null ? "" : `, lift ${signed(lift, 2)}`}`
}

/** What is said of clocks and runs, each once, with the seeds that it is said of. */
const told = (shown: ReadonlyArray<Shown>): ReadonlyArray<string> => {
  const of = new Map<string, Set<number>>()
  for (const [k, { prediction }] of shown.entries())
    for (const { machine, liftCause, remark } of prediction.comparison)
      for (const words of [liftCause, remark === null ? null : `machine ${machine}: ${remark}`])
        if (words !== null) of.set(words, (of.get(words) ?? new Set()).add(seeds[k]!))
  return [...of].map(([words, those]) => `- Seed ${[...those].join(", ")}: ${words}.`)
}

const tableOf = (rates: string, shown: ReadonlyArray<Shown>): string => {
  const rows = shown[0]!.prediction.comparison.map(({ machine, quantity, unit, predicted, margin }, k) => {
    const cells = shown.map(({ prediction }) => cell(prediction.comparison[k]!)).join(" | ")
    return `| ${machine} | ${quantity}, ${unit} | ${predicted.toFixed(3)} | ${margin!.toFixed(3)} | ${cells} |`
  })
  return [
    `### Rates ${rates}`,
    "",
    `| machine | quantity | predicted | margin | ${seeds.map((seed) => `seed ${seed}`).join(" | ")} |`,
    `|---|---|---|---|${seeds.map(() => "---|").join("")}`,
    ...rows,
    "",
    ...told(shown),
    "",
  ].join("\n")
}

const postgres = await startPostgres()
try {
  await lightcone(postgres.url, "migrate")
  const tables: Array<string> = []
  let all: ReadonlyArray<Comparison> = []
  for (const rates of choices) {
    const shown = await Promise.all(seeds.map((seed) => measure(postgres.url, rates, seed)))
    tables.push(tableOf(rates, shown))
    all = [...all, ...shown.flatMap(({ prediction }) => prediction.comparison)]
  }
  const beyond = all.filter(({ verdict }) => verdict.includes("beyond")).length
  const text = [
    begin,
    "",
    `Made by \`npx tsx scripts/predictions.ts ${duration}\` on ${cpus().length} cores, five runs at a time on a native Postgres, from`,
    `what \`show --json\` says of each: measured, the difference from the predicted value in percent, and how much of it is`,
    `lift. ${all.length} comparisons; ${beyond} of them beyond the margin once lift is taken off.`,
    "",
    ...tables,
    end,
  ].join("\n")
  const before = readFileSync(page, "utf8")
  if (!before.includes(begin) || !before.includes(end))
    throw new Error(`${page} must hold ${begin} and ${end}`)
  writeFileSync(
    page,
    before.slice(0, before.indexOf(begin)) + text + before.slice(before.indexOf(end) + end.length),
  )
} finally {
  await postgres.stop()
}
