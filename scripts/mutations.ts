/**
 * Breaks the verifier's checks one at a time in a copy of its sources, and asks of each what the tests ask
 * (test/domain/VerifierSuite.ts): a mutant of which the suite does not complain is a check that nothing guards.
 * Run: tsx scripts/mutations.ts [part of a file's name] [workers]
 */
import { type ChildProcess, fork } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { complaints } from "../test/domain/VerifierSuite.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const folder = "src/domain/verification"
/** A mutant that runs for longer has lost its way, which no test would miss. */
const patienceMs = 60_000

interface Mutant {
  readonly file: string
  readonly line: number
  readonly was: string
  readonly becomes: string
  readonly source: string
}

/** A way to break a line: every place in it where the pattern stands. */
const operators: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  // A check that says nothing.
  [/\b(check|log)\.fail\($/g, "(() => {})("],
  [/\b(check|log)\.fail\((?=")/g, "((..._: Array<unknown>) => ({}) as never)("],
  [
    /\bfail(Length|Claim|Fifo|Stamp|Twice|Gap|Shape|Consecutive)?\((?=[a-z[])/g,
    "((..._: Array<unknown>) => {})(",
  ],
  // A comparison that goes the other way, or lets the bound itself pass.
  [/ !== /g, " === "],
  [/ === /g, " !== "],
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ \+ 1\b/g, " + 2"],
  [/ - 1\b/g, " - 2"],
  [/\+\+/g, "--"],
]

/** Lines in which a change shows in no verdict: types, words, memory and counting. */
const isLeftOut = (line: string): boolean =>
  /^\s*(\/?\*|\/\/|import |export (type|interface)|readonly |`)/.test(line) ||
  /counted\b|compactFrom|^\s*(const|let) \w+: |: \w+ => |\): \w+( \||$)/.test(line)

const mutantsOf = (file: string): ReadonlyArray<Mutant> => {
  const source = readFileSync(join(root, folder, file), "utf8")
  const lines = source.split("\n")
  return lines.flatMap((line, i) =>
    isLeftOut(line)
      ? []
      : operators.flatMap(([pattern, replacement]) =>
          [...line.matchAll(pattern)].flatMap((match) => {
            const becomes =
              line.slice(0, match.index) + replacement + line.slice(match.index + match[0].length)
            const mutated = [...lines.slice(0, i), becomes, ...lines.slice(i + 1)].join("\n")
            return [{ file, line: i + 1, was: line.trim(), becomes: becomes.trim(), source: mutated }]
          }),
        ),
  )
}

/** What a process of its own answers for one mutant: the first complaint, or none. */
type Answer = { readonly complaint: string | undefined }

const judge = async (directory: string): Promise<Answer> => {
  try {
    const verifier = await import(pathToFileURL(join(directory, "src/domain/Verification.ts")).href)
    return { complaint: complaints(verifier)[0] }
  } catch (error) {
    return { complaint: `throws ${String(error).split("\n")[0]}` }
  }
}

const ask = (child: ChildProcess, directory: string): Promise<Answer> =>
  new Promise((resolve) => {
    const deadline = setTimeout(() => child.kill("SIGKILL"), patienceMs)
    const done = (answer: Answer): void => {
      clearTimeout(deadline)
      child.off("message", done).off("close", lost)
      resolve(answer)
    }
    const lost = (): void => done({ complaint: "never comes to an end" })
    child.on("message", done).on("close", lost)
    child.send(directory)
  })

const campaign = async (only: string, workers: number): Promise<void> => {
  const place = mkdtempSync(join(tmpdir(), "lightcone-mutants-"))
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"))
  writeFileSync(join(place, "package.json"), '{ "type": "module" }')
  const files = readdirSync(join(root, folder)).filter((file) => file.includes(only))
  const mutants = files.flatMap(mutantsOf)
  const waiting = mutants.entries()
  const survivors: Array<Mutant> = []
  const begin = () => fork(fileURLToPath(import.meta.url), ["--judge"], { execArgv: ["--import", "tsx"] })

  const { complaint: without } = await judge(root)
  if (without !== undefined)
    throw new Error(`Cannot try mutants: without any the suite complains: ${without}`)

  const work = async (): Promise<void> => {
    let child = begin()
    for (const [i, mutant] of waiting) {
      const directory = join(place, String(i))
      mkdirSync(directory)
      cpSync(join(root, "src/domain"), join(directory, "src/domain"), { recursive: true })
      writeFileSync(join(directory, folder, mutant.file), mutant.source)
      const { complaint } = await ask(child, directory)
      if (child.killed) child = begin()
      rmSync(directory, { recursive: true })
      if (complaint !== undefined) continue
      survivors.push(mutant)
      console.log(`SURVIVES ${mutant.file}:${mutant.line}\n  - ${mutant.was}\n  + ${mutant.becomes}`)
    }
    child.disconnect()
  }
  console.log(`${mutants.length} mutants in ${files.length} files`)
  await Promise.all(Array.from({ length: workers }, work))
  rmSync(place, { recursive: true })
  for (const file of files) {
    const all = mutants.filter((mutant) => mutant.file === file).length
    const left = survivors.filter((mutant) => mutant.file === file).length
    console.log(`${file.padEnd(20)} ${all - left} of ${all} killed`)
  }
  process.exitCode = survivors.length === 0 ? 0 : 1
}

const [first = "", workers = "2"] = process.argv.slice(2)
if (first === "--judge")
  process.on("message", async (directory: string) => process.send!(await judge(directory)))
else await campaign(first, Number(workers))
