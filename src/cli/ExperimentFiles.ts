/** What an experiment leaves in its directory, ready to hand in. */
import * as Effect from "effect/Effect"
import * as Markdown from "../interchange/experiment/Markdown.ts"
import { type Making, readme } from "../interchange/experiment/Readme.ts"
import type { Results } from "../interchange/experiment/Results.ts"
import * as Tables from "../interchange/experiment/Tables.ts"
import { type Directory, stateFile } from "./ExperimentDirectory.ts"
import { version } from "./Program.ts"
import * as RunOptions from "./RunOptions.ts"

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

const others = [
  [
    "runs/RUN/machine-N.log",
    "the log of machine N in that run: system time, queue length and logical clock of every event",
  ],
  [stateFile, "the settings, seeds and runs; with it the command goes on where it stopped"],
] as const

export interface Made {
  readonly command: string
  readonly abandoned: ReadonlyArray<string>
}

/** Writes the tables, and the page that tells of all the files last. */
export const write = (directory: Directory, results: Results, { command, abandoned }: Made) =>
  Effect.gen(function* () {
    for (const { name, text } of files) yield* directory.write(name, text(results))
    const making: Making = {
      command,
      abandoned,
      version: version(),
      writtenAt: new Date().toISOString(),
      runAgain: ({ planned }) => RunOptions.commandLine(planned.config),
      files: [...files.map(({ name, what }) => [name, what] as const), ...others],
    }
    yield* directory.write("README.md", readme(results, making))
  })
