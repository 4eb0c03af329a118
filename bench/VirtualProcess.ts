/** The virtual engine in a process of its own: all events of a run are made and let go. */
import { realpathSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as EventLoop from "../src/runtime/virtual/EventLoop.ts"
import { nodeWithMemory } from "./Process.ts"
import { configOf } from "./VirtualSizes.ts"

const bytesPerRecord = 64
const self = fileURLToPath(import.meta.url)

interface Made {
  readonly events: number
  readonly seconds: number
}

const make = (machines: number, seconds: number): Made => {
  const loop = EventLoop.make(configOf(machines, seconds))
  let bytes = 0
  const begun = performance.now()
  for (let records = loop.next(); records.length > 0; records = loop.next()) bytes += records.length
  return { events: bytes / bytesPerRecord, seconds: (performance.now() - begun) / 1_000 }
}

export interface Speed {
  readonly events: number
  readonly speed: number
  readonly memoryMb: number
}

/** A run of few machines is over before it can be timed: so many events at least are made, by the same run again. */
const enoughEvents = 2e7

const madeEnough = (machines: number, seconds: number, enough: number): Made => {
  let [events, took] = [0, 0]
  do {
    const once = make(machines, seconds)
    events += once.events
    took += once.seconds
  } while (events < enough)
  return { events, seconds: took }
}

/** So many machines for so many seconds of theirs; some millions of events come before, for the compiler. */
export const made = async (machines: number, seconds: number): Promise<Speed> => {
  const { stdout, memoryMb } = await nodeWithMemory(["--import", "tsx", self, `${machines}`, `${seconds}`])
  const { events, seconds: took } = JSON.parse(stdout) as Made
  return { events, speed: events / took, memoryMb }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === self) {
  const [machines, seconds] = process.argv.slice(2).map(Number)
  madeEnough(machines!, seconds! / 10, enoughEvents / 4)
  process.stdout.write(JSON.stringify(madeEnough(machines!, seconds!, enoughEvents)))
}
