/** docs/IMPORTED.md: what is understood of every fixture, and a student's three commands with what they print. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { failuresOf, fromFolder, type Read, read } from "./Reading.ts"

export const path = new URL("../../../docs/IMPORTED.md", import.meta.url)
const fixtures = join(import.meta.dirname, "fixtures")

const words: Readonly<Record<string, string>> = {
  message: "by the message's name",
  clock: "by the clock it says",
  vector: "by vector clocks",
  order: "as the next of its link",
  fits: "by what the clocks allow",
  "one-of-several": "fit several sends",
  missing: "have none in the log",
  "none-fits": "fit none",
  untold: "are not told",
}

const sources = (): ReadonlyMap<string, string> => {
  const lines = readFileSync(join(fixtures, "SOURCES.md"), "utf8").split("\n")
  return new Map(
    lines.flatMap((line) => {
      const [, name, source, ...rest] = line.split("|").map((cell) => cell.trim())
      return rest.length === 6 && name !== undefined && source !== undefined ? [[name, source] as const] : []
    }),
  )
}

const row = (name: string, source: string, found: Read): string => {
  const { tally, first } = found.outcome
  const format = first.kind === "run-imported" ? first.payload.format : ""
  const matches = Object.entries(tally!.matches)
    .sort(([, a], [, b]) => b - a)
    .map(([match, count]) => `${count} ${words[match]}`)
  const verdict =
    found.verdict.verified === true
      ? "holds"
      : failuresOf(found)[0]!
          .replace(/^[^ ]+ /, "")
          .replace(/ \(position \d+\)$/, "")
  return `| ${name} | ${source} | ${format} | ${tally!.events} | ${tally!.internal} | ${tally!.sent} | ${tally!.received} | ${matches.join(", ")} | ${verdict} |`
}

export const table = async (): Promise<string> => {
  const from = sources()
  const names = readdirSync(fixtures, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  const rows: Array<string> = []
  for (const name of names) {
    const base = name.replace(/-(coalesced|dropped-line|swapped)$/, "")
    rows.push(row(name, from.get(name) ?? from.get(base)!, await read(fromFolder(join(fixtures, name)))))
  }
  return [
    "| log | in the shape of | format | events | internal | sent | received | receipts | verdict |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n")
}

const commands = [
  "import process_1.log process_2.log process_3.log",
  "verify latest",
  "report latest --out picture.html",
]

/** What differs from time to time. */
const masked = (text: string): string =>
  text
    .replace(/\b(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{12}\b/g, "RUN")
    .replace(/\d+ KB/, "N KB")
    .trimEnd()

/** In an empty folder with three files and no store; `run` gives what a command prints. */
export const transcript = async (
  run: (args: ReadonlyArray<string>, cwd: string) => Promise<string>,
): Promise<string> => {
  const cwd = mkdtempSync(join(tmpdir(), "lightcone-student-"))
  try {
    cpSync(join(fixtures, "piped-coalesced"), cwd, { recursive: true })
    const parts: Array<string> = []
    for (const command of commands)
      parts.push(`$ lightcone ${command}\n${masked(await run([...command.split(" "), "-q"], cwd))}`)
    return `\`\`\`\n${parts.join("\n\n")}\n\`\`\``
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

export const document = (table: string, transcript: string): string => `# Logs from elsewhere

[LOG-FORMAT.md](LOG-FORMAT.md) says what a log must say to be verified. This page shows what is made of those that exist.
Both parts are made by \`npx tsx scripts/imported.ts\`.

## Three text files and no run at all

A student has three logs of a program whose machines talk over TCP without parting one message from the next. Three
commands, from files to verdict and picture:

${transcript}

\`verify\` ends with exit code 1 and has named file and line: where the clock jumped to 1214, two messages with clocks 12 and 13
had come at once and were read as one number. The last column says what the program would have to log for the rest. The
report has the picture: clocks of three machines that run together, and leap.

## What was understood

Each log is in the shape of what a public program or tool writes; its lines are our own. Where a fault was planted, the
verdict is the first thing that \`verify\` says.

${table}
`
