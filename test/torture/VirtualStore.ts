/**
 * A long virtual run in a native Postgres: stored whole, verified from its rows by a process of its own, and stored
 * again by one that is killed on the way, so that what is there holds, is called interrupted, and is gone on with to
 * the same digest.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"

export interface Task {
  readonly program: string
  readonly url: string
  readonly machines: number
  /** About so many. */
  readonly events: number
  readonly seed: number
  /** The share of its events after which a run is killed. */
  readonly killedAt: number
  /** Then only the killed run is stored, and its dead owner's lease is ended by hand rather than waited for. */
  readonly isBrief: boolean
  readonly say: (text: string) => void
}

interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
  readonly memoryMb: number
}

const pollMs = 20
const patienceMs = 60_000
/** Ticks a second of a machine in the mean, as the default range has them. */
const meanRate = 3.5

const peakMb = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

const start = ({ program, url }: Task, args: ReadonlyArray<string>) => {
  const env = { ...process.env, LIGHTCONE_DATABASE_URL: url }
  const child = spawn(process.execPath, [program, ...args], { cwd: tmpdir(), env })
  const begun = performance.now()
  let [stdout, stderr, memoryMb] = ["", "", 0]
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const watch = setInterval(() => {
    memoryMb = Math.max(memoryMb, peakMb(child.pid!))
  }, pollMs)
  const finished = new Promise<Finished>((resolve) =>
    child.once("close", (code) => {
      clearInterval(watch)
      resolve({ code, stdout, stderr, seconds: (performance.now() - begun) / 1_000, memoryMb })
    }),
  )
  return { finished, kill: () => child.kill("SIGKILL"), ended: () => child.exitCode !== null }
}

const runOf = (task: Task): ReadonlyArray<string> => {
  const seconds = Math.max(1, Math.round(task.events / task.machines / meanRate))
  const size = ["--machines", String(task.machines), "--duration", `${seconds}s`, "--seed", String(task.seed)]
  return ["run", "--virtual", ...size, "--json"]
}

interface Summed {
  readonly run: string
  readonly events: number
  readonly digest: string
  readonly verified: boolean | null
  readonly upTo: number
  readonly finished: boolean
}

/** Tries it all, and gives what was not as it should be. */
export const tryVirtualStore = async (task: Task): Promise<ReadonlyArray<string>> => {
  const complaints: Array<string> = []
  const demand = (what: string, holds: boolean, found: unknown): void => {
    if (!holds) complaints.push(`${what}; found ${JSON.stringify(found)}`)
  }
  const client = new pg.Client({ connectionString: task.url })
  await client.connect()
  const told = async (name: string, args: ReadonlyArray<string>): Promise<Summed> => {
    const { code, stdout, stderr, seconds, memoryMb } = await start(task, args).finished
    if (code !== 0) throw new Error(`${name} must end well, found ${code}: ${stderr}`)
    const summed = JSON.parse(stdout) as Summed
    const events = summed.events ?? summed.upTo
    task.say(
      `${name}: ${events} events in ${seconds.toFixed(1)} s, ${(events / seconds).toFixed(0)} a second, at most ${memoryMb.toFixed(0)} MB`,
    )
    return summed
  }
  const statusOf = async (run: string): Promise<string> => {
    const { rows } = await client.query("select status from lightcone.runs where run_id = $1", [run])
    return rows[0]?.status
  }
  const killed = async (until: number): Promise<{ readonly run: string; readonly head: number }> => {
    const running = start(task, runOf(task))
    const look = async () => {
      const { rows } = await client.query(
        "select run_id as run, head from lightcone.run_heads order by run_key desc limit 1",
      )
      return rows[0] as { readonly run: string; readonly head: number } | undefined
    }
    const before = (await look())?.run
    const hasCome = (found: Awaited<ReturnType<typeof look>>): boolean =>
      found !== undefined && found.run !== before && found.head >= until
    while (!hasCome(await look())) {
      if (running.ended()) throw new Error(`the run ended before it came to ${until}`)
      await sleep(pollMs)
    }
    running.kill()
    await running.finished
    return (await look())!
  }
  try {
    const verify = async (of: string): Promise<void> => {
      const found = await told("verified", ["verify", of, "--json"])
      demand("it verifies from its rows", found.verified === true && found.upTo === whole.events, found)
    }
    const migrated = await start(task, ["migrate"]).finished
    if (migrated.code !== 0) throw new Error(`Cannot migrate: ${migrated.stderr}`)
    const whole = task.isBrief
      ? await told("made", [...runOf(task), "--no-store"])
      : await told("stored", runOf(task))
    demand("a run verifies", whole.verified === true, whole.verified)
    if (!task.isBrief) await verify(whole.run)

    const { run, head } = await killed(Math.floor(task.killedAt * whole.events))
    task.say(`killed at ${head} of ${whole.events}`)
    demand("a killed run has a part of its events", head < whole.events, head)
    if (!task.isBrief)
      for (const since = Date.now(); (await statusOf(run)) === "running" && Date.now() - since < patienceMs; )
        await sleep(pollMs)
    else await client.query("update lightcone.run_heads set lease_until = now() where run_id = $1", [run])
    demand("it is called interrupted", (await statusOf(run)) === "interrupted", await statusOf(run))
    const part = await told("verified in part", ["verify", run, "--json"])
    demand("what is there holds", part.verified === true && !part.finished && part.upTo === head, part)
    const resumed = await told("resumed", ["resume", run, "--json"])
    demand("resumed, it has the digest of the whole", resumed.digest === whole.digest, resumed.digest)
    demand("and all its events", resumed.events === whole.events, resumed.events)
    demand("and verifies", resumed.verified === true, resumed.verified)
    if (task.isBrief) await verify(run)
    demand("and is finished", (await statusOf(run)) === "finished", await statusOf(run))
    return complaints
  } finally {
    await client.end()
  }
}
