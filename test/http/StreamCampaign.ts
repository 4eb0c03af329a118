/** Many clients follow a run that is being written, cut off at random, while the instance is killed and started again. */
import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { follow } from "./StreamClient.ts"

export interface Campaign {
  readonly program: string
  readonly databaseUrl: string
  readonly port: number
  readonly clients: number
  /** Cuts a second, over all clients. */
  readonly cutsPerSecond: number
  /** At which times the instance is killed, seconds after all clients began. */
  readonly killsAtS: ReadonlyArray<number>
  readonly machines: number
  readonly seconds: number
  /** A stream ends by itself after so long. */
  readonly streamS: number
  readonly random: () => number
}

export interface Outcome {
  readonly events: number
  readonly complaints: ReadonlyArray<string>
  readonly connections: number
  readonly cuts: number
  readonly kills: number
  /** Clients that heard the message `end`; the others had every event, and then 204. */
  readonly toldEnd: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly memoryMb: number
  /** Processor time of the instance that was last, seconds. */
  readonly processorS: number
  /** How late the clients' own process was to hear anything, 99th percentile: part of every delay. */
  readonly clientsLateMs: number
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const said = (child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let text = ""
    const hear = (chunk: Buffer) => {
      text += chunk
      const match = pattern.exec(text)
      if (match !== null) resolve(match)
    }
    child.stdout!.on("data", hear)
    child.stderr!.on("data", hear)
    child.once("exit", () => reject(new Error(`ended before it said ${pattern}: ${text}`)))
  })

const memoryMb = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1_000

const ticksPerSecond = 100

const processorS = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

export const carryOut = async (campaign: Campaign): Promise<Outcome> => {
  const { program, databaseUrl, port, clients, machines, seconds, random } = campaign
  const env = { ...process.env, LIGHTCONE_DATABASE_URL: databaseUrl, LIGHTCONE_TOKEN: "t" }
  const lightcone = (...words: ReadonlyArray<string>) => spawn(process.execPath, [program, ...words], { env })
  const serve = async (): Promise<ChildProcess> => {
    const child = lightcone("serve", "--no-work", "--port", String(port), "--sse-max", `${campaign.streamS}s`)
    await said(child, /Ctrl-C ends it/)
    return child
  }
  let instance = await serve()
  let peakMb = 0
  try {
    const rate = "6..6"
    const words = [
      "--machines",
      String(machines),
      "--rate-range",
      rate,
      "--duration",
      `${seconds}s`,
      "--seed",
      "1",
    ]
    const writing = lightcone("run", ...words)
    const [, run] = await said(writing, /run ([a-z0-9]{12}), seed/)
    const wholly = new Promise((resolve) => writing.once("close", resolve))
    // The run must be there before anybody can follow it.
    while ((await fetch(`http://127.0.0.1:${port}/runs/${run}/events?limit=1`)).status !== 200)
      await pause(20)
    const followers = Array.from({ length: clients }, () =>
      follow(() => `http://127.0.0.1:${port}/runs/${run}/events`),
    )
    const lateness = monitorEventLoopDelay({ resolution: 10 })
    lateness.enable()
    let over = false
    const all = Promise.all(followers.map(({ ended }) => ended)).then(() => {
      over = true
    })
    const began = performance.now()
    const kills = [...campaign.killsAtS]
    let made = 0
    while (!over) {
      await Promise.race([pause(100), all])
      for (let cuts = campaign.cutsPerSecond / 10; cuts > 0; cuts--)
        if (random() < cuts && followers[Math.floor(random() * clients)]!.cut()) made++
      peakMb = Math.max(peakMb, memoryMb(instance.pid!))
      if (kills.length === 0 || performance.now() - began < kills[0]! * 1_000) continue
      kills.shift()
      const gone = new Promise((resolve) => instance.once("exit", resolve))
      instance.kill("SIGKILL")
      await gone
      instance = await serve()
    }
    lateness.disable()
    await wholly
    const { events, next } = (await (
      await fetch(`http://127.0.0.1:${port}/runs/${run}/events?after=0&limit=1`)
    ).json()) as { events: ReadonlyArray<unknown>; next: number }
    const listed = (await (await fetch(`http://127.0.0.1:${port}/runs`)).json()) as ReadonlyArray<{
      run: string
      events: number
    }>
    const count = listed.find((one) => one.run === run)!.events
    const complaints = followers.flatMap(({ ids }, i) => {
      const wrong = ids.findIndex((id, at) => id !== at + 1)
      if (wrong >= 0) return [`client ${i + 1} had event ${ids[wrong]} where ${wrong + 1} was next`]
      return ids.length === count ? [] : [`client ${i + 1} had ${ids.length} events of ${count}`]
    })
    if (events.length !== 1 || next !== 1) complaints.push("the log does not begin at 1")
    const delays = followers.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b)
    return {
      events: count,
      complaints,
      cuts: made,
      kills: campaign.killsAtS.length - kills.length,
      toldEnd: followers.filter(({ endedBy }) => endedBy() === "end").length,
      connections: followers.reduce((sum, { connections }) => sum + connections(), 0),
      p50Ms: quantile(delays, 0.5),
      p99Ms: quantile(delays, 0.99),
      memoryMb: Math.round(peakMb),
      processorS: processorS(instance.pid!),
      clientsLateMs: Math.round(lateness.percentile(99) / 1_000_000),
    }
  } finally {
    instance.kill("SIGKILL")
  }
}
