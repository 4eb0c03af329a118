/**
 * The embedded store killed mid-write, again and again. Each process looks at what the one before it left, so that
 * recovery is itself cut short at times; the last looks at everything.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import * as Random from "../../../src/domain/Random.ts"
import { bundleProcess } from "../../support/BundledProcess.ts"
import { batchSizes, drawsOf } from "./TortureLog.ts"

interface Found {
  readonly round: number
  readonly head: number
  /** The first position that is not what was appended there. */
  readonly wrongAt?: number
}

interface Told {
  found: ReadonlyArray<Found> | undefined
  acknowledged: number
}

export interface Outcome {
  readonly kills: number
  readonly killedBeforeOpen: number
  readonly events: number
  /** Rounds whose batch under way was in, though nobody had been told. */
  readonly unheard: number
}

const patienceMs = 120_000
const maxWritingMs = 400
const maxOpeningMs = 2_500

/** Kills the process with its group so long after its first acknowledgement, or `early`, after its start. */
const untilKilled = (
  file: string,
  args: ReadonlyArray<string>,
  delayMs: number,
  early: boolean,
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const told: Told = { found: undefined, acknowledged: 0 }
    let [killed, complaint] = [false, ""]
    const kill = () => {
      killed = true
      process.kill(-child.pid!, "SIGKILL")
    }
    let timer = setTimeout(kill, early ? delayMs : patienceMs)
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      const [word] = line.split(" ", 1)
      const value = JSON.parse(line.slice(word!.length))
      if (word === "found") told.found = value
      if (word !== "acknowledged") return
      if (told.acknowledged === 0 && !early) {
        clearTimeout(timer)
        timer = setTimeout(kill, delayMs)
      }
      told.acknowledged = value
    })
    child.stderr.on("data", (text) => {
      complaint += text
    })
    child.once("close", () => {
      clearTimeout(timer)
      if (killed) resolve(told)
      else reject(new Error(`the process ended by itself, saying\n${complaint}`))
    })
  })

/** Whether the head is what was acknowledged, or that with the one batch that was under way. */
const isWhole = (seed: number, { round, head }: Found, acknowledged: number): boolean => {
  if (head === acknowledged) return true
  let boundary = 0
  for (const size of batchSizes({ seed, round })) {
    boundary += size
    if (boundary > acknowledged) return head === boundary
  }
  return false
}

export const torture = async (
  kills: number,
  seed: number,
  progress: (round: number, events: number) => void = () => {},
): Promise<Outcome> => {
  const bundled = await bundleProcess("test/persistence/embedded/TortureProcess.ts")
  try {
    return await rounds(bundled.file, kills, seed, progress)
  } finally {
    bundled.remove()
  }
}

const rounds = async (
  file: string,
  kills: number,
  seed: number,
  progress: (round: number, events: number) => void,
): Promise<Outcome> => {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-torture-"))
  const directory = path.join(parent, "store")
  const again = (round: number) => `seed ${seed}, round ${round} (store kept in ${directory})`
  const acknowledged: Array<number> = []
  const check = (found: Found): void => {
    const wanted = acknowledged[found.round]!
    if (found.wrongAt !== undefined)
      throw new Error(`${again(found.round)}: position ${found.wrongAt} is not what was appended there`)
    if (!isWhole(seed, found, wanted))
      throw new Error(`${again(found.round)}: ${wanted} acknowledged, the head is at ${found.head}`)
  }
  let looked = 0
  let killedBeforeOpen = 0
  let last: ReadonlyArray<Found> = []
  for (let round = 0; round <= kills; round++) {
    const draw = drawsOf({ seed, round })
    const final = round === kills
    const early = !final && round > 0 && Random.below(draw(), 4) === 0
    const delayMs = Random.below(draw(), early ? maxOpeningMs : maxWritingMs)
    const first = final ? 0 : looked
    const told = await untilKilled(
      file,
      [directory, String(seed), String(round), String(first)],
      delayMs,
      early,
    ).catch((cause) => {
      throw new Error(`${again(round)}: ${cause.message}`)
    })
    if (told.found === undefined) killedBeforeOpen++
    else {
      for (const found of told.found) check(found)
      looked = round
      last = told.found
    }
    acknowledged.push(told.acknowledged)
    progress(round, told.acknowledged)
  }
  fs.rmSync(parent, { recursive: true, force: true })
  if (last.length !== kills) throw new Error(`${again(kills)}: the last process did not look at all rounds`)
  return {
    kills,
    killedBeforeOpen,
    events: last.reduce((sum, { head }) => sum + head, 0),
    unheard: last.filter(({ round, head }) => head > acknowledged[round]!).length,
  }
}
