/**
 * The command line: names, options and help. A command's own module, and with it the store and the engines, is
 * loaded when the command is chosen, so that help is there at once.
 */
import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import type { Effect } from "effect/Effect"

/** What every command is told. */
export interface Invocation {
  readonly database: string | undefined
  readonly quiet: boolean
  readonly debug: boolean
  readonly color: boolean
}

export type Perform = (effect: Effect<number, unknown>, invocation: Invocation) => Promise<number>

/** The build puts it in; the sources read it from beside them. */
declare const LIGHTCONE_VERSION: string | undefined

export const version = (): string =>
  typeof LIGHTCONE_VERSION === "string"
    ? LIGHTCONE_VERSION
    : JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version

type Action = (
  args: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) => Promise<Effect<number, unknown>>

interface Described {
  readonly name: string
  readonly does: string
  readonly options?: ReadonlyArray<readonly [flags: string, description: string]>
  readonly examples: ReadonlyArray<string>
  readonly more?: string
  readonly action: Action
}

const json = ["--json", "print JSON on standard output"] as const

const seedNote = `
A seed fixes the rates, the phases, the graph and every machine's n-th roll. It cannot fix how a real run
interleaves: two runs of one seed differ in what meets what.`

const commands: ReadonlyArray<Described> = [
  {
    name: "run",
    does: "run the scale model: machines on TCP, every clock event in the store (the default command)",
    options: [
      ["--machines <n>", "how many machines (default: 3)"],
      ["--duration <time>", "length of the schedule, with a unit: 500ms, 60s, 2m (default: 60s)"],
      ["--seed <n>", "whole number that fixes rates, phases, graph and rolls (default: drawn, and printed)"],
      ["--rates <list>", "ticks a second of each machine, such as 1,3,6"],
      ["--rate-range <a..b>", "draw the rates from this range (default: 1..6)"],
      ["--equal-rates", "let rates repeat from the start, even while the range has unused values"],
      [
        "--sides <n>",
        "faces of the die: 1 sends to A, 2 to B, 3 to both, the rest is internal (default: 10)",
      ],
      ["--pattern <name>", "whom a roll of 3 addresses: pair (default: pair)"],
      ["--capacity <n>", "messages that an inbox holds (default: 1024)"],
      ["--overflow <policy>", "backpressure, drop-newest or drop-oldest (default: backpressure)"],
      json,
    ],
    examples: ["lightcone run --duration 20s --rates 1,3,6 --seed 7", "lightcone run --machines 100 --json"],
    more: seedNote,
    action: async (_, options, invocation) => (await import("./run.ts")).command(options, invocation),
  },
  {
    name: "runs",
    does: "list the runs in the store, the latest first",
    options: [json],
    examples: ["lightcone runs", "lightcone runs --json"],
    action: async (_, options, invocation) => (await import("./runs.ts")).command(options, invocation),
  },
  {
    name: "show <run>",
    does: "one run's configuration and statistics",
    options: [json],
    examples: ["lightcone show latest"],
    action: async ([run], options, invocation) =>
      (await import("./show.ts")).command(run!, options, invocation),
  },
  {
    name: "events <run>",
    does: "print the events of a run in the order of its log, one a line",
    options: [
      ["--machine <n>", "only this machine's stream (0 is the run's own)"],
      ["--from <position>", "events after this position (default: 0)"],
      ["--follow", "go on with what is still being written"],
      ["--json", "print NDJSON on standard output"],
    ],
    examples: ["lightcone events latest --machine 2", "lightcone events latest --json | head"],
    action: async ([run], options, invocation) =>
      (await import("./events.ts")).command(run!, options, invocation),
  },
  {
    name: "verify <run>",
    does: "check what the record proves: order, clocks, messages, queues, schedule",
    options: [json],
    examples: ["lightcone verify latest"],
    more: "\nExit code 1 if an invariant fails; the events at fault are named.",
    action: async ([run], options, invocation) =>
      (await import("./verify.ts")).command(run!, options, invocation),
  },
  {
    name: "sql [query]",
    does: "one SELECT over the store, read only; without a query, the tables and examples",
    options: [
      json,
      ["--csv", "print CSV on standard output"],
      ["--time-limit <time>", "end the query after this long (default: 60s)"],
    ],
    examples: [
      'lightcone sql "select machine, max(lamport) from events group by machine order by machine"',
      "echo 'select count(*) from messages' | lightcone sql -",
    ],
    action: async ([query], options, invocation) =>
      (await import("./sql.ts")).command(query, options, invocation),
  },
  {
    name: "db <action>",
    does: "reach the store with other tools: url, serve, psql",
    options: [json],
    examples: ["lightcone db url", "lightcone db serve", "lightcone db psql"],
    more: `
url    prints where psql reaches the store
serve  opens the embedded store for others until it is interrupted
psql   starts psql on the store`,
    action: async ([action], options, invocation) =>
      (await import("./db.ts")).command(action!, options, invocation),
  },
  {
    name: "migrate",
    does: "bring the schema of the store up to date",
    options: [["--check", "only show what would be done; exit code 1 if something would"], json],
    examples: ["lightcone migrate --check", "lightcone migrate"],
    action: async (_, options, invocation) => (await import("./migrate.ts")).command(options, invocation),
  },
  {
    name: "rm <run...>",
    does: "delete runs with all that derives from them",
    options: [json],
    examples: ["lightcone rm abc123"],
    action: async (runs, options, invocation) => (await import("./rm.ts")).command(runs, options, invocation),
  },
]

const globalOptions = (command: Command): Command =>
  command
    .option("--database <url>", "a Postgres instead of the embedded store")
    .option("-q, --quiet", "no progress and no notices")
    .option("--debug", "tell what is being done, and traces of failures")
    .option("--no-color", "no colours")

const invocationOf = (options: Record<string, unknown>): Invocation => ({
  database: options.database as string | undefined,
  quiet: options.quiet === true,
  debug: options.debug === true,
  color: options.color !== false && !process.env.NO_COLOR,
})

const describe = (root: Command, described: Described, done: (code: number) => void, perform: Perform) => {
  const [name, ...args] = described.name.split(" ")
  const command = globalOptions(root.command([name, ...args].join(" ")).description(described.does))
  for (const [flags, description] of described.options ?? []) command.option(flags, description)
  const examples = described.examples.map((example) => `  ${example}`).join("\n")
  command.addHelpText("after", `${described.more ?? ""}\nExample:\n${examples}`)
  command.action(async (...given: ReadonlyArray<unknown>) => {
    const options = command.optsWithGlobals() as Record<string, unknown>
    const positional = given
      .slice(0, -2)
      .flat()
      .filter((arg) => arg !== undefined) as Array<string>
    const invocation = invocationOf(options)
    const effect = await described.action(positional, options, invocation)
    done(await perform(effect, invocation))
  })
}

const root = (perform: Perform, done: (code: number) => void): Command => {
  const command = globalOptions(new Command("lightcone"))
    .description(
      "A laboratory for logical clocks: real machines, every event in Postgres, answers about causality.",
    )
    .version(version(), "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command; help environment lists the variables")
    .exitOverride()
    .configureOutput({
      writeErr: (text) =>
        process.stderr.write(text.replace(/^error: /, "lightcone: ").replace("\n(Did", " (Did")),
    })
    .showSuggestionAfterError(true)
    .enablePositionalOptions(false)
  for (const described of commands) describe(command, described, done, perform)
  command.addHelpText(
    "after",
    "\nExample:\n  lightcone run --duration 20s --rates 1,3,6\n  lightcone verify latest\n\nWithout a command: lightcone run.",
  )
  return command
}

/** Names a first word that makes the whole line something else than options of `run`. */
const isRunLine = (argv: ReadonlyArray<string>): boolean => {
  const helps = ["-h", "--help", "--version"]
  return (
    argv.length === 0 ||
    (argv[0]!.startsWith("-") && !argv.some((word) => helps.includes(word)) && !namesCommand(argv))
  )
}

const namesCommand = (argv: ReadonlyArray<string>): boolean =>
  argv.some((word, i) => {
    const valued = i > 0 && argv[i - 1] === "--database"
    return !valued && (word === "help" || commands.some(({ name }) => name.split(" ")[0] === word))
  })

/** Carries out one command line; the exit code. */
export const program = async (argv: ReadonlyArray<string>, perform: Perform): Promise<number> => {
  if (argv[0] === "help" && argv[1] === "environment") {
    process.stdout.write((await import("./Environment.ts")).help())
    return 0
  }
  let code = 0
  const command = root(perform, (exit) => {
    code = exit
  })
  try {
    await command.parseAsync(isRunLine(argv) ? ["run", ...argv] : [...argv], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
  return code
}
