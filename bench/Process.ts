/** A script in a process of its own: what it printed, how long it took, and the most memory that it had. */
import { spawn } from "node:child_process"

const reportsMemory = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxRSS "+process.resourceUsage().maxRSS+"\\n"))`

export interface Ended {
  readonly seconds: number
  /** Millions of bytes. */
  readonly memoryMb: number
  readonly stdout: string
}

/** What steers Lightcone is left to the bench. */
const steering = /^(?:LIGHTCONE_|DATABASE_URL$|PG|NODE_OPTIONS$)/
const environment = Object.entries(process.env).filter(([name]) => !steering.test(name))

const spawned = (words: ReadonlyArray<string>, more: NodeJS.ProcessEnv) =>
  new Promise<Omit<Ended, "memoryMb"> & { readonly stderr: string }>((resolve, reject) => {
    const begun = performance.now()
    const child = spawn(process.execPath, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...Object.fromEntries(environment), ...more },
    })
    const output: Array<Buffer> = []
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk))
    child.stderr.on("data", (text: Buffer) => {
      stderr = `${stderr}${text}`.slice(-4_096)
    })
    child.once("error", reject)
    child.once("close", (code) => {
      const seconds = (performance.now() - begun) / 1_000
      if (code !== 0) return reject(new Error(`${words.slice(0, 4).join(" ")} ended with ${code}: ${stderr}`))
      resolve({ seconds, stderr, stdout: Buffer.concat(output).toString("utf8") })
    })
  })

export const node = (words: ReadonlyArray<string>, more: NodeJS.ProcessEnv = {}) => spawned(words, more)

export const nodeWithMemory = async (words: ReadonlyArray<string>): Promise<Ended> => {
  const { stderr, ...ended } = await spawned(["--import", reportsMemory, ...words], {})
  const memory = /maxRSS (\d+)/.exec(stderr)
  if (memory === null) throw new Error(`${words[0]} did not say how much memory it had: ${stderr}`)
  return { ...ended, memoryMb: (Number(memory[1]) * 1_024) / 1e6 }
}
