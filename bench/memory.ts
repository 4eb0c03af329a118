/**
 * The most memory that a Node process of Lightcone has: a thousand real machines on TCP and a native Postgres, verified
 * at the end; a million virtual machines, made and let go for a minute of theirs, and for seconds verified and digested. The reference is a Node process that
 * does nothing.
 * Run: tsx bench/memory.ts [--quick]
 */
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row, type Target } from "./Figure.ts"
import { withNative } from "./Native.ts"
import { nodeWithMemory } from "./Process.ts"
import { made } from "./VirtualProcess.ts"
import { named } from "./VirtualSizes.ts"

const name = "memory"
const atMost = (value: number): Target => ({ value, of: "measured", bound: "at most" })

export const figure: Figure = {
  name,
  measure: ({ quick }) =>
    withProgram((command) =>
      withNative(async ({ server }) => {
        const bare = await nodeWithMemory(["--eval", ""])
        const reference = { what: "an empty Node process", value: bare.memoryMb }
        const common = ["--equal-rates", "--seed", "1", "--json", "-q"]
        const realSeconds = quick ? 3 : 60
        note(`1,000 real machines for ${realSeconds} s`)
        const ofReal = ["run", "--machines", "1000", "--rate-range", "6..6", "--duration", `${realSeconds}s`]
        const real = await command([...ofReal, ...common, "--database", server.url])
        const [machines, seconds] = quick ? [100_000, 2] : [1_000_000, 60]
        note(`${named(machines)} for ${seconds} virtual seconds`)
        const engine = await made(machines, seconds)
        const verifiedSeconds = seconds / 30
        note(`${named(machines)} for ${verifiedSeconds} virtual seconds, verified and digested`)
        const ofVirtual = ["run", "--virtual", "--no-store", "--machines", `${machines}`]
        const whole = await command([
          ...ofVirtual,
          "--duration",
          `${Math.round(verifiedSeconds * 1_000)}ms`,
          ...common,
        ])
        return [
          row(name, {
            what: "memory of 1,000 real machines on TCP and Postgres",
            unit: "MB",
            measured: real.memoryMb,
            reference,
            target: atMost(400),
            beside: { events: JSON.parse(real.stdout).events },
          }),
          row(name, {
            what: `memory of the virtual engine, ${named(machines)}, ${seconds} s`,
            unit: "MB",
            measured: engine.memoryMb,
            reference,
            target: atMost(1_000),
            beside: { events: engine.events },
          }),
          row(name, {
            what: `memory of run --virtual --no-store, ${named(machines)}, ${verifiedSeconds.toFixed(2)} s`,
            unit: "MB",
            measured: whole.memoryMb,
            reference,
            target: atMost(1_000),
            beside: { events: JSON.parse(whole.stdout).events },
          }),
        ]
      }),
    ),
}

await alone(import.meta.url, figure)
