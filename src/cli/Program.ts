/** The command line: from words to one of the commands, with help and suggestions. */
import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import type { Effect } from "effect/Effect"
import { commands, type Described } from "./Commands.ts"

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
    process.stdout.write((await import("../persistence/Environment.ts")).help())
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
