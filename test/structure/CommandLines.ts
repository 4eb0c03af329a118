/** The command lines of Lightcone that a Markdown text shows in its code blocks. */

export interface CommandLine {
  /** As it is written. */
  readonly text: string
  /** What follows `lightcone`. */
  readonly args: ReadonlyArray<string>
  /** What an `echo` before a pipe says. */
  readonly input: string | undefined
}

const shells = new Set(["", "sh", "bash", "shell", "console"])

const blocks = (markdown: string): ReadonlyArray<string> =>
  [...markdown.matchAll(/^( *)(```+|~~~+)[ \t]*(\w*)[^\n]*\n([\s\S]*?)^\1\2[ \t]*$/gm)]
    .filter((match) => shells.has(match[3]!))
    .map((match) => match[4]!)

/** The words of a shell's line; |, && and ; stand alone, a comment ends it, redirections are left out. */
const words = (line: string): ReadonlyArray<string> => {
  const token =
    /\s+|(\|\||\||&&|;)|(#.*)|(\d?>{1,2}&?\s*[\w./-]+)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;])+)/gy
  const found: Array<string> = []
  for (const match of line.matchAll(token)) {
    if (match[2] !== undefined) break
    if (match[1] !== undefined) found.push(match[1])
    if (match[4] === undefined) continue
    found.push(
      match[4].replace(
        /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
        (_, raw, text, escaped) => raw ?? text?.replace(/\\(["\\$`])/g, "$1") ?? escaped,
      ),
    )
  }
  return found
}

const invocations = [["npx", "tsx", "src/main.ts"], ["npx", "lightcone"], ["lightcone"]]

/** What follows the program's name, past variables that are set for it. */
const argsOf = (command: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const start = command.findIndex((word) => !/^[A-Z_]+=/.test(word))
  const said = start < 0 ? [] : command.slice(start)
  const program = invocations.find((names) => names.every((name, i) => said[i] === name))
  return program === undefined ? undefined : said.slice(program.length)
}

const commandsOf = (line: string): ReadonlyArray<CommandLine> => {
  const commands: Array<Array<string>> = [[]]
  const joints: Array<string> = [""]
  for (const word of words(line.replace(/^\s*\$ /, ""))) {
    if (!/^(\|\||\||&&|;)$/.test(word)) commands.at(-1)!.push(word)
    else {
      commands.push([])
      joints.push(word)
    }
  }
  return commands.flatMap((command, i) => {
    const args = argsOf(command)
    const before = joints[i] === "|" && commands[i - 1]![0] === "echo" ? commands[i - 1] : undefined
    return args === undefined ? [] : [{ text: line.trim(), args, input: before?.slice(1).join(" ") }]
  })
}

export const commandLines = (markdown: string): ReadonlyArray<CommandLine> =>
  blocks(markdown)
    .flatMap((block) => block.replace(/\\\n\s*/g, " ").split("\n"))
    .flatMap(commandsOf)
