/** Runs a program to its end, without the variables by which the one who runs the tests steers Lightcone. */
import { spawn } from "node:child_process"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const steering = /^(LIGHTCONE_|DATABASE_URL$|PG|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$|VITEST)/

const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)))

export const run = (
  command: string,
  args: ReadonlyArray<string>,
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...ownEnvironment(), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    })
    const output = { stdout: "", stderr: "" }
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text))
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, ...output }))
  })

/** As `run`, and an error that shows what was printed unless it ended with 0. */
export const succeed = async (...args: Parameters<typeof run>): Promise<Ended> => {
  const ended = await run(...args)
  if (ended.code === 0) return ended
  throw new Error(
    `${args[0]} ${args[1].join(" ")} ended with ${ended.code}\n${ended.stdout}\n${ended.stderr}`,
  )
}
