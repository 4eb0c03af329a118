/** What an experiment leaves in its directory, ready to hand in. */
import * as Effect from "effect/Effect"
import * as RunCommand from "../domain/RunCommand.ts"
import * as Markdown from "../interchange/experiment/Markdown.ts"
import { type Making, readme } from "../interchange/experiment/Readme.ts"
import type { Results } from "../interchange/experiment/Results.ts"
import * as Tables from "../interchange/experiment/Tables.ts"
import { type Directory, stateFile } from "./ExperimentDirectory.ts"
import { version } from "./Program.ts"

interface File {
  readonly name: string
  readonly what: string
  readonly text: (results: Results) => string
}

const files: ReadonlyArray<File> = [
  { name: "table.md", what: "the results, to be read", text: Markdown.markdown },
  {
    name: "table.csv",
    what: "the same for a spreadsheet, a row a setting and what it speaks of",
    text: Tables.settingsCsv,
  },
  {
    name: "table.json",
    what: "the same for programs, with settings and runs",
    text: (results) => `${JSON.stringify(Tables.toJson(results), undefined, 2)}\n`,
  },
  {
    name: "runs.csv",
    what: "what was measured of each run and of each of its machines",
    text: Tables.runsCsv,
  },
]

/** Made from the logs of the runs rather than from their results. */
export const report = "report.html"

const others = [
  [
    report,
    "space-time diagrams, clocks, jumps, drift, queues and prediction of the runs: open it in a browser",
  ],
  [
    "runs/RUN/machine-N.log",
    "the log of machine N in that run: system time, queue length and logical clock of every event",
  ],
  [stateFile, "the settings, seeds and runs; with it the command goes on where it stopped"],
] as const

const othersUnstored = [
  [report, "the tables, and the curves of a sweep: open it in a browser"],
  [stateFile, "the settings and seeds"],
] as const

export interface Made {
  readonly command: string
  readonly abandoned: ReadonlyArray<string>
}

export const writeTables = (directory: Directory, results: Results) =>
  Effect.forEach(files, ({ name, text }) => directory.write(name, text(results)), { discard: true })

/** The page that tells of all the files; to be written last. */
export const writeReadme = (directory: Directory, results: Results, { command, abandoned }: Made) => {
  const making: Making = {
    command,
    abandoned,
    version: version(),
    writtenAt: new Date().toISOString(),
    runAgain: ({ run, planned }) => `${RunCommand.write(planned.config)}${run === null ? " --no-store" : ""}`,
    files: [
      ...files.map(({ name, what }) => [name, what] as const),
      ...(results.runs.some(({ run }) => run !== null) ? others : othersUnstored),
    ],
  }
  return directory.write("README.md", readme(results, making))
}
