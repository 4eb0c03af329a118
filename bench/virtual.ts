/**
 * Events a second that the virtual engine makes, nothing stored and nothing digested, beside the same model in C++ and
 * in SimPy where they are found. Each round has a process of its own.
 * Run: tsx bench/virtual.ts [--quick]
 */
import { type Baseline, noCompiler, noSimPy, simPy, withCompiled } from "./baseline/Baseline.ts"
import { alone, type Figure, leftOut, note, type Row, row, type Target } from "./Figure.ts"
import { taken } from "./Rounds.ts"
import { made } from "./VirtualProcess.ts"
import { named, secondsFor, sizes } from "./VirtualSizes.ts"

const name = "virtual"
const ofCompiled: Target = { value: 0.4, of: "ratio", bound: "at least" }
const ofSimPy: Target = { value: 20, of: "ratio", bound: "at least" }

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
        for (const machines of quick ? sizes.slice(0, 1) : sizes)
          rows.push(await against("C++", compiled, events, ofCompiled, machines, events, rounds))
      const python = simPy()
      if (python === undefined) rows.push(leftOut(name, `${what}, of SimPy`, "events/s", ofSimPy, noSimPy))
      else
        for (const machines of sizes.slice(0, 2))
          rows.push(await against("SimPy", python, events / 20, ofSimPy, machines, events, rounds))
      return rows
    }),
}

await alone(import.meta.url, figure)
