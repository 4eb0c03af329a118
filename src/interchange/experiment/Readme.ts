/** The first page of an experiment's directory: what is what, and how it was made. */
import * as Markdown from "./Markdown.ts"
import { failed as failedOf, type Results, runName, settingName } from "./Results.ts"

export interface Making {
  /** The command that made it, and makes it again. */
  readonly command: string
  readonly version: string
  /** ISO 8601. */
  readonly writtenAt: string
  /** The command that makes one run of this configuration. */
  readonly runAgain: (run: Results["runs"][number]) => string
  /** Runs that were begun and not finished. */
  readonly abandoned: ReadonlyArray<string>
  readonly files: ReadonlyArray<readonly [name: string, what: string]>
}

const verdict = (results: Results): string => {
  const { runs } = results
  const failed = failedOf(results).map(runName)
  return failed.length === 0
    ? `All ${runs.length} runs verify: every invariant that was checked holds.`
    : `${failed.length} of ${runs.length} runs do NOT verify: ${failed.join(", ")}.`
}

/** Code in a line, whatever is in it. */
const code = (text: string): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = "`".repeat(longest + 1)
  const pad = longest > 0 ? " " : ""
  return `${fence}${pad}${text.replace(/\p{Cc}/gu, " ")}${pad}${fence}`
}

/** What a page has room for; runs.csv has all. */
const mostListed = 1_000

const runTable = (results: Results, { runAgain }: Making): string =>
  Markdown.table(
    ["run", "setting", "repetition", "seed", "events", "verified", "one such run again"],
    results.runs
      .slice(0, mostListed)
      .map((result) => [
        runName(result),
        Markdown.plain(settingName(results, result.planned.setting)),
        String(result.planned.repetition),
        String(result.planned.config.seed),
        String(result.events),
        result.verified === true ? "yes" : "NO",
        code(runAgain(result)),
      ]),
  )

export const readme = (results: Results, making: Making): string => {
  const { about } = results.plan
  const parts = [
    `# Experiment ${Markdown.plain(results.experiment)}`,
    ...(about === undefined ? [] : [Markdown.plain(about)]),
    `Made by Lightcone ${making.version}, results written ${making.writtenAt}, with:`,
    `    ${making.command.replace(/\p{Cc}/gu, " ")}`,
    verdict(results),
    results.plan.runs.every(({ config }) => config.mode === "virtual")
      ? "In virtual time a configuration fixes every event: the same command makes the same runs, byte for byte. Every setting has the same seeds."
      : "A seed fixes rates, phases, graph and each machine's n-th roll. It cannot fix how a real run interleaves, so the same command measures nearly the same and not the very same. Every setting has the same seeds.",
    "## What is what",
    Markdown.table(
      ["file", "what"],
      making.files.map(([name, what]) => [code(name), what]),
    ).trimEnd(),
    "## Runs",
    runTable(results, making).trimEnd(),
    ...(results.runs.length > mostListed
      ? [`The first ${mostListed} of ${results.runs.length}; runs.csv has all of them.`]
      : []),
    ...(making.abandoned.length === 0
      ? []
      : [
          `Begun and not finished, made again under other names, and not counted: ${making.abandoned.join(", ")}.`,
        ]),
  ]
  return `${parts.join("\n\n")}\n`
}
