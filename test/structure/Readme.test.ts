import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { complaints, eachAtOnce, manyProcessesMs, scratchDatabase } from "../support/Cli.ts"
import { type CommandLine, commandLines } from "./CommandLines.ts"
import { root } from "./Sources.ts"

vi.setConfig({ testTimeout: manyProcessesMs })

const sample = `
Words with \`lightcone nothing\`.

\`\`\`sh
npm install
npx tsx src/main.ts                 # three machines for a minute
$ lightcone run --duration 20s \\
    --rates 1,3,6 --seed 7 > out.txt
echo 'select count(*) from messages' | lightcone sql - --csv
lightcone events latest --json | head -1 && lightcone verify latest
LIGHTCONE_DATABASE_URL=postgresql://me@host/db npx lightcone sql "select kind, count(*) from events where kind <> 'sent' group by kind"
\`\`\`

\`\`\`ts
lightcone run --not --shell
\`\`\`

~~~
lightcone runs
~~~
`

/** Those that go on until they are stopped, or want a terminal: they are asked for their help. */
const lasting = [["db"], ["serve"], ["work"]]

const isLasting = ({ args }: CommandLine): boolean =>
  lasting.some((names) => names.every((name, i) => args[i] === name))

const isRun = ({ args }: CommandLine): boolean =>
  args[0] === "run" ||
  args.length === 0 ||
  (args[0]!.startsWith("-") && !/^(-h|--help|--version)$/.test(args[0]!))

/** What only a virtual run can be asked. */
const isOfVirtual = ({ args }: CommandLine): boolean => args.includes("--prove") || args[0] === "fork"

/** Two runs that differ are no failure. */
const isDone = ({ args }: CommandLine, code: number | null): boolean =>
  code === 0 || (args[0] === "diff" && code === 1)

interface Runs {
  readonly real: string
  readonly virtual: string
}

/** As it is written, but on the tests' store and the runs there, and for a moment instead of minutes. */
const adapted = (command: CommandLine, url: string, { real, virtual }: Runs): ReadonlyArray<string> => {
  if (isLasting(command)) return [command.args[0]!, "--help"]
  const args = command.args.map((word, i) => {
    if (command.args[i - 1] === "--database") return url
    if (word.startsWith("test/")) return join(root, word)
    // All are done at once, so that the latest run may be any.
    if (word === "latest" && isOfVirtual(command)) return virtual
    return /^(abc123|<run>)$/.test(word) ? "latest" : word.replaceAll(/\bRUN\b/g, real)
  })
  if (isRun(command)) return [...args, "--duration", "200ms"]
  return command.args[0] === "experiment" ? [...args, "--duration", "100ms"] : args
}

/** Every command of a text on one store that holds runs. */
const performed = async (markdown: string): Promise<ReadonlyArray<string>> => {
  const store = await scratchDatabase()
  try {
    const made = async (...options: ReadonlyArray<string>): Promise<string> => {
      const { code, stdout } = await store.run(["run", "--rates", "20,30,40", "-q", "--json", ...options])
      expect(code).toBe(0)
      return JSON.parse(stdout).run
    }
    const runs = { real: await made("--duration", "2s"), virtual: await made("--virtual") }
    const commands = commandLines(markdown)
    const changing = commands.filter(({ args }) => args[0] === "rm")
    const done = await eachAtOnce(
      commands.filter((command) => !changing.includes(command)),
      async (command) => {
        const input = command.input === undefined ? {} : { input: command.input }
        const finished = await store.run(adapted(command, store.url, runs), input)
        return isDone(command, finished.code) ? [] : [`${command.text}\n${complaints(finished).join("\n")}`]
      },
    )
    const removed: Array<string> = []
    for (const command of changing) {
      await store.run(["run", "--duration", "200ms", "-q"])
      const finished = await store.run(adapted(command, store.url, runs))
      if (finished.code !== 0) removed.push(`${command.text}\n${complaints(finished).join("\n")}`)
    }
    return [...done.flat(), ...removed]
  } finally {
    await store.drop()
  }
}

describe("the commands of a text", () => {
  it("are those of its shell blocks, with quotes, pipes, comments and continued lines", () => {
    expect(commandLines(sample).map(({ args }) => args)).toEqual([
      [],
      ["run", "--duration", "20s", "--rates", "1,3,6", "--seed", "7"],
      ["sql", "-", "--csv"],
      ["events", "latest", "--json"],
      ["verify", "latest"],
      ["sql", "select kind, count(*) from events where kind <> 'sent' group by kind"],
      ["runs"],
    ])
    expect(commandLines(sample)[2]!.input).toBe("select count(*) from messages")
  })

  it("are really run, and one that is wrong is found", async () => {
    const wrong =
      "```\nlightcone run --machines 2 --rats 1,2\nlightcone runs --csv\nlightcone version\nlightcone rm RUN\n```\n"
    expect((await performed(wrong)).map((told) => told.split("\n").slice(0, 2))).toEqual([
      ["lightcone run --machines 2 --rats 1,2", expect.stringContaining("unknown option '--rats'")],
      ["lightcone runs --csv", expect.stringContaining("unknown option '--csv'")],
      ["lightcone version", expect.stringContaining("unknown command 'version'")],
    ])
  })

  it("of the README do what they say", async () => {
    const path = join(root, "README.md")
    const markdown = existsSync(path) ? readFileSync(path, "utf8") : sample
    expect(commandLines(markdown).length).toBeGreaterThan(0)
    expect(await performed(markdown)).toEqual([])
  })
})
