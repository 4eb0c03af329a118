/**
 * How late ticks are made: a thousand real machines at six ticks a second, on TCP and a native Postgres beside them, as
 * the command that a user starts. Beside it a bare Node process that does nothing but keep as many timers.
 * Run: tsx bench/ticks.ts [--quick]
 */
import * as Histogram from "../src/domain/Histogram.ts"
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row } from "./Figure.ts"
import { withNative } from "./Native.ts"

const name = "ticks"
const machines = 1_000
const rate = 6

/** Lateness of as many timers of a process that has nothing else to do; 99th percentile, microseconds. */
const bareTimers = (seconds: number): Promise<number> =>
  new Promise((resolve) => {
    const lateness = Histogram.make()
    const [begun, periodMs] = [performance.now(), 1_000 / rate]
    let running = machines
    for (let machine = 0; machine < machines; machine++) {
      let dueMs = begun + (machine / machines) * periodMs
      const tick = () => {
        lateness.record(Math.round((performance.now() - dueMs) * 1_000))
        dueMs += periodMs
        if (dueMs - begun < seconds * 1_000) wait()
        else if (--running === 0) resolve(lateness.quantile(0.99))
      }
      const wait = () => setTimeout(tick, Math.max(0, Math.ceil(dueMs - performance.now())))
      wait()
    }
  })

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram((command) =>
      withNative(async ({ server }) => {
        const seconds = quick ? 5 : 60
        note(`${machines} machines, ${rate} ticks a second, ${seconds} s`)
        const words = ["run", "--machines", `${machines}`, "--rate-range", `${rate}..${rate}`, "--seed", "1"]
        const more = ["--duration", `${seconds}s`, "--json", "-q", "--database", server.url]
        const { stdout } = await command([...words, ...more])
        const run = JSON.parse(stdout)
        if (run.verified !== true) throw new Error("the run is not verified")
        const bareUs = await bareTimers(quick ? 2 : 10)
        const ms = (us: number) => us / 1_000
        const beside = {
          ticks: run.lateness.count,
          missed: run.missed,
          "median, ms": ms(run.lateness.medianUs),
          "largest, ms": ms(run.lateness.maxUs),
        }
        const common = { unit: "ms", beside }
        return [
          row(name, {
            ...common,
            what: `lateness of a tick, p99, ${machines} machines at ${rate} a second`,
            measured: ms(run.lateness.p99Us),
            reference: { what: "bare timers", value: ms(bareUs) },
            target: { value: 5, of: "measured", bound: "at most" },
          }),
          row(name, {
            what: "ticks missed",
            unit: "ticks",
            measured: run.missed,
            target: { value: 0, of: "measured", bound: "at most" },
          }),
        ]
      }),
    ),
}

await alone(import.meta.url, figure)
