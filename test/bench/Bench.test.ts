/** The bench itself: that it measures, judges, and says plainly what it does not measure. */
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chart } from "../../bench/Chart.ts"
import { leftOut, type Row, row } from "../../bench/Figure.ts"
import { table } from "../../bench/Table.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const bench = (...words: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", "bench/main.ts", ...words], { cwd: root })

const isPath = /\/(?:home|root|tmp|usr|var|Users)\/|\\\\/

describe("npm run bench", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lightcone-bench-test-"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("measures what is named, in a short round, as a table, as JSON and as a chart", async () => {
    const [json, svg] = [join(folder, "figures.json"), join(folder, "figures.svg")]
    const names = ["storage", "virtual", "handler"]
    const { stdout } = await bench(...names, "--quick", "--json", json, "--chart", svg)
    const text = readFileSync(json, "utf8")
    expect(text).not.toMatch(isPath)
    const result = JSON.parse(text) as { readonly rows: ReadonlyArray<Row> }
    expect(result).toMatchObject({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      quick: true,
      machine: { cores: expect.any(Number), node: process.version, processor: expect.any(String) },
    })
    expect([...new Set(result.rows.map(({ figure }) => figure))].sort()).toEqual([...names].sort())
    for (const found of result.rows) {
      expect(stdout).toContain(found.what)
      const { measured, leftOut: reason, reached, target, reference, ratio } = found
      if (measured === null) expect([typeof reason, reached]).toEqual(["string", null])
      else {
        expect(measured).toBeGreaterThan(0)
        expect(target).not.toBeNull()
        expect(typeof reached).toBe("boolean")
        expect(ratio).toBeGreaterThan(0)
        expect(reference!.value).toBeGreaterThan(0)
      }
    }
    const storage = result.rows.filter(({ figure }) => figure === "storage")
    // A row of the log is a header of 24 bytes and more than 40 of numbers.
    for (const { measured } of storage) expect(measured).toBeGreaterThan(64)
    expect(result.rows.filter(({ figure }) => figure === "handler")).toHaveLength(3)
    expect(readFileSync(svg, "utf8")).toContain("<rect")
  })

  it("refuses a figure that there is not, and names those that there are", async () => {
    const refused = await bench("tikcs").catch((error) => error)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^Cannot measure tikcs: a figure must be one of durable, ticks,/)
  })
})

describe("a row", () => {
  const measurement = { what: "speed", unit: "events/s", measured: 30 }
  const reference = { what: "bare COPY", value: 100 }

  it("is judged by its target, of the ratio or of what was measured", () => {
    const judged = (bound: "at least" | "at most", of: "ratio" | "measured", value: number) =>
      row("x", { ...measurement, reference, target: { value, of, bound } }).reached
    expect(judged("at least", "ratio", 0.3)).toBe(true)
    expect(judged("at least", "ratio", 0.31)).toBe(false)
    expect(judged("at most", "measured", 30)).toBe(true)
    expect(judged("at most", "measured", 29)).toBe(false)
  })

  it("without a reference is not judged by a ratio", () => {
    const target = { value: 0.3, of: "ratio", bound: "at least" } as const
    expect(row("x", { ...measurement, target, leftOut: "no compiler" })).toMatchObject({
      ratio: null,
      reached: null,
      leftOut: "no compiler",
    })
  })

  it("that was not measured is no bar of the chart, and says why in the table", () => {
    const target = { value: 0.3, of: "ratio", bound: "at least" } as const
    const rows = [leftOut("x", "speed", "events/s", target, "no compiler")]
    expect(chart(rows)).not.toContain("<rect")
    expect(table(rows)).toContain("left out: no compiler")
  })

  it("that misses its target is to the left of the line in the chart, and NO in the table", () => {
    const missed = [
      row("x", { ...measurement, reference, target: { value: 0.4, of: "ratio", bound: "at least" } }),
    ]
    expect(table(missed)).toMatch(/\| NO +\|/)
    expect(chart(missed)).toMatch(/text-anchor="end" class="seen">0\.30 of 0\.4</)
  })
})
