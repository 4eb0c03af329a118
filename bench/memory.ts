/**
 * The most memory that a Node process of Lightcone has: a thousand real machines on TCP and a native Postgres, verified
 * at the end; a million virtual machines, verified and digested as they are made. The reference is a Node process that
 * does nothing.
 * Run: tsx bench/memory.ts [--quick]
 */
import { withProgram } from "./Command.ts"
import { alone, type Figure, note, row, type Target } from "./Figure.ts"
import { withNative } from "./Native.ts"
import { nodeWithMemory } from "./Process.ts"
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
        const [virtual, virtualSeconds] = quick ? [100_000, 1] : [1_000_000, 60]
        note(`${named(virtual)} for ${virtualSeconds} virtual seconds`)
        const ofVirtual = ["run", "--virtual", "--no-store", "--machines", `${virtual}`]
        const made = await command([...ofVirtual, "--duration", `${virtualSeconds}s`, ...common])
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
            what: `memory of ${virtual.toLocaleString("en")} virtual machines, ${virtualSeconds} s, verified`,
            unit: "MB",
            measured: made.memoryMb,
            reference,
            target: atMost(1_000),
            beside: { seconds: made.seconds },
          }),
        ]
      }),
    ),
}

await alone(import.meta.url, figure)
