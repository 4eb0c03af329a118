/**
 * The whole of `run --virtual --no-store`, from the start of its process to its end: events made, verified, counted and
 * digested. The reference is the bare C++ program, which only makes them, and is as fast whatever the rates.
 * Run: tsx bench/unstored.ts [--quick]
 */
import { noCompiler, withCompiled } from "./baseline/Baseline.ts"
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, type Row, row } from "./Figure.ts"
import { taken } from "./Rounds.ts"
import { named, secondsFor, sizes } from "./VirtualSizes.ts"

const name = "unstored"

/** Three machines at six ticks a second make five million events in a week, and no run is longer: too few to tell its start. */
const ratesTimes = (machines: number): number => (machines === 3 ? 100 : 1)

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram((command) =>
      withCompiled(async (compiled) => {
        const [events, rounds] = quick ? [3e5, 1] : [5e7, 3]
        const rows: Array<Row> = []
        for (const machines of quick ? sizes.slice(0, 2) : sizes) {
          const times = ratesTimes(machines)
          const seconds = Number(secondsFor(machines * times, events).toFixed(3))
          const rates = ["--rate-range", `${times}..${6 * times}`, "--equal-rates"]
          let memoryMb = 0
          const found = await taken(rounds, async () => {
            note(`${named(machines)}, ${seconds} virtual seconds, verified and digested`)
            const words = ["run", "--virtual", "--no-store", "--machines", `${machines}`, ...rates]
            const ended = await command([
              ...words,
              "--seed",
              "1",
              "--duration",
              `${seconds}s`,
              "--json",
              "-q",
            ])
            const run = JSON.parse(ended.stdout)
            if (run.verified !== true) throw new Error("the run is not verified")
            memoryMb = Math.max(memoryMb, ended.memoryMb)
            return {
              ours: run.events / ended.seconds,
              reference: compiled?.(machines, secondsFor(machines, events)) ?? Number.NaN,
            }
          })
          rows.push(
            row(name, {
              what: `run --virtual --no-store, ${named(machines)}`,
              unit: "events/s",
              measured: found.ours,
              target: { value: 0.15, of: "ratio", bound: "at least" },
              beside: { "memory, MB": memoryMb },
              ...(compiled === undefined
                ? { leftOut: noCompiler }
                : { reference: { what: "C++", value: found.reference, ratio: found.ratio } }),
            }),
          )
        }
        return rows
      }),
    ),
}

await alone(import.meta.url, figure)
