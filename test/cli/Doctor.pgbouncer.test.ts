import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { lightcone, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { type PgBouncer, startPgBouncer } from "../support/PgBouncer.ts"
import { freePort } from "../support/Unprivileged.ts"

let scratch: Scratch
let bouncer: PgBouncer
beforeAll(async () => {
  scratch = await scratchDatabase()
  bouncer = await startPgBouncer(scratch.url)
})
afterAll(async () => {
  await bouncer.stop()
  await scratch.drop()
})

interface Finding {
  readonly check: string
  readonly state: string
  readonly found: string
  readonly remedy: string | null
}

const examined = async (...words: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await lightcone(["doctor", "--json", "-q", ...words])
  expect(stderr).toBe("")
  const findings: ReadonlyArray<Finding> = JSON.parse(stdout)
  return { code, of: (name: string) => findings.find(({ check }) => check === name) }
}

describe("doctor", () => {
  it("says what a store lacks, and then that it is as it must be", async () => {
    const before = await examined("--database", scratch.url)
    expect(before.code).toBe(1)
    expect(before.of("schema")).toMatchObject({ state: "bad", remedy: "run: lightcone migrate" })
    expect((await scratch.run(["migrate"])).code).toBe(0)
    const after = await examined("--database", scratch.url)
    for (const check of ["versions", "store", "clock", "schema", "projections"])
      expect(after.of(check), check).toMatchObject({ state: "good" })
    expect(after.of("pooler")).toMatchObject({ state: "good", found: "nobody between" })
    expect(after.of("tls")).toMatchObject({ state: "note" })
    // The tests' server does not sync, which no other should do.
    expect(after.of("durability")).toMatchObject({
      state: "bad",
      remedy: expect.stringContaining("must be on"),
    })
    expect(after.code).toBe(1)
  })

  it("sees a pooler that stands between", async () => {
    const { of } = await examined("--database", bouncer.url)
    expect(of("pooler")).toMatchObject({ state: "note" })
    expect(of("pooler")!.found).toContain("LIGHTCONE_DIRECT_URL")
  })

  it("says why a store cannot be reached, and where there is none", async () => {
    const gone = await lightcone(["doctor", "--database", `postgres://me@127.0.0.1:${await freePort()}/x`])
    expect(gone.code).toBe(3)
    expect(gone.stderr).toContain("Cannot reach the store")
    expect((await lightcone(["doctor"])).stderr).toContain("there is none")
  })

  it("examines an embedded store, for people", async () => {
    const { code, stdout } = await lightcone(["doctor"], { cwd: await embedded() })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ok {4}store +embedded, in /m)
    expect(stdout).toMatch(/^note {2}durability +embedded/m)
  })
})

const embedded = async (): Promise<string> => {
  const { mkdtempSync } = await import("node:fs")
  const { tmpdir } = await import("node:os")
  const { join } = await import("node:path")
  const cwd = mkdtempSync(join(tmpdir(), "lightcone-doctor-"))
  expect((await lightcone(["run", "--virtual", "--duration", "1s", "-q"], { cwd })).code).toBe(0)
  return cwd
}
