/**
 * Events a second that the virtual engine makes, nothing stored and nothing digested, beside the same model in C++ and
 * in SimPy where they are found. Each round has a process of its own.
 * Run: tsx bench/virtual.ts [--quick]
 */
import { fileURLToPath } from "node:url"
import * as EventLoop from "../src/runtime/virtual/EventLoop.ts"
import { type Baseline, noCompiler, noSimPy, simPy, withCompiled } from "./baseline/Baseline.ts"
import { alone, type Figure, leftOut, note, type Row, row, type Target } from "./Figure.ts"
import { nodeWithMemory } from "./Process.ts"
import { taken } from "./Rounds.ts"
import { configOf, named, secondsFor, sizes } from "./VirtualSizes.ts"

const name = "virtual"
const bytesPerRecord = 64
const ofCompiled: Target = { value: 0.4, of: "ratio", bound: "at least" }
const ofSimPy: Target = { value: 20, of: "ratio", bound: "at least" }

interface Made {
  readonly events: number
  readonly seconds: number
}

/** Makes all events of a run and lets them go. */
const make = (machines: number, seconds: number): Made => {
  const loop = EventLoop.make(configOf(machines, seconds))
  let bytes = 0
  const begun = performance.now()
  for (let records = loop.next(); records.length > 0; records = loop.next()) bytes += records.length
  return { events: bytes / bytesPerRecord, seconds: (performance.now() - begun) / 1_000 }
}

/** A tenth of it first, for the compiler. */
const made = async (machines: number, seconds: number) => {
  const self = fileURLToPath(import.meta.url)
  const { stdout, memoryMb } = await nodeWithMemory([
    "--import",
    "tsx",
    self,
    "--make",
    `${machines}`,
    `${seconds}`,
  ])
  const { events, seconds: took } = JSON.parse(stdout) as Made
  return { speed: events / took, memoryMb }
}

const against = async (
  what: string,
  reference: Baseline,
  referenceEvents: number,
  target: Target,
  machines: number,
  events: number,
  rounds: number,
): Promise<Row> => {
  let memoryMb = 0
  const seconds = secondsFor(machines, events)
  const found = await taken(rounds, async () => {
    note(`${named(machines)}, ${seconds.toPrecision(3)} virtual seconds, beside ${what}`)
    const ours = await made(machines, seconds)
    memoryMb = Math.max(memoryMb, ours.memoryMb)
    return { ours: ours.speed, reference: reference(machines, secondsFor(machines, referenceEvents)) }
  })
  return row(name, {
    what: `virtual engine, events made, ${named(machines)}`,
    unit: "events/s",
    measured: found.ours,
    reference: { what, value: found.reference, ratio: found.ratio },
    target,
    beside: { "memory, MB": memoryMb },
  })
}

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withCompiled(async (compiled) => {
      const [events, rounds] = quick ? [1e6, 1] : [2e7, 3]
      const rows: Array<Row> = []
      const what = "virtual engine, events made"
      if (compiled === undefined) rows.push(leftOut(name, what, "events/s", ofCompiled, noCompiler))
      else
        for (const machines of quick ? sizes.slice(0, 2) : sizes)
          rows.push(await against("C++", compiled, events, ofCompiled, machines, events, rounds))
      const python = simPy()
      if (python === undefined) rows.push(leftOut(name, `${what}, of SimPy`, "events/s", ofSimPy, noSimPy))
      else
        for (const machines of sizes.slice(0, 2))
          rows.push(await against("SimPy", python, events / 20, ofSimPy, machines, events, rounds))
      return rows
    }),
}

const makes = process.argv.indexOf("--make")
if (makes < 0) await alone(import.meta.url, figure)
else {
  const [machines, seconds] = process.argv.slice(makes + 1).map(Number)
  make(machines!, seconds! / 10)
  process.stdout.write(JSON.stringify(make(machines!, seconds!)))
}
