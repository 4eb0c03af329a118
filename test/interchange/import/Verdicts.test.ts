/** What the fixtures prove: nothing against intact ones, and of faulty ones file and line. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { failuresOf, fromFolder, read } from "./Reading.ts"

const folder = join(import.meta.dirname, "fixtures")
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Where the fault is, and what is said of it first. */
const faults: Readonly<Record<string, ReadonlyArray<RegExp>>> = {
  "piped-coalesced": [/committed-send process_2\.log:12: .*clock 12 .*clock 13 .*two messages read as one/],
  "prefixed-coalesced": [
    /committed-send simulation_0_logfile_vm1:9: .*clock 12 .*clock 13 .*two messages read as one/,
  ],
  "ports-coalesced": [/committed-send 2056\.log:15: .*clock 12 .*clock 13 .*two messages read as one/],
  "piped-dropped-line": [
    /clock process_1\.log:20: .*from 13 to 14, found 15; a line may be missing before it/,
  ],
  "prefixed-dropped-line": [
    /clock simulation_0_logfile_vm2:23: .*from 22 to 23, found 24; a line may be missing/,
  ],
  "ports-dropped-line": [/clock 2056\.log:24: .*from 24 to 25, found 26; a line may be missing/],
  "piped-swapped": [/clock process_2\.log:7: .*found 15/, /clock process_1\.log:21: .*found 5/],
  "prefixed-swapped": [
    /clock simulation_0_logfile_vm2:17: .*found 27/,
    /clock simulation_0_logfile_vm1:17: .*found 17/,
  ],
  "ports-swapped": [/clock 2056\.log:26: .*found 32/, /clock 3056\.log:35: .*found 27/],
}

describe("of the shapes of logs", () => {
  it.each(names.filter((name) => faults[name] === undefined))(
    "%s is intact, and nothing is found",
    async (name) => {
      const found = await read(fromFolder(join(folder, name)))
      expect(failuresOf(found)).toEqual([])
      expect(found.verdict.verified).toBe(true)
      expect(found.outcome.findings.strange).toBe(0)
    },
  )

  it.each(Object.keys(faults))("%s is faulty, and its line is named", async (name) => {
    const found = await read(fromFolder(join(folder, name)))
    expect(found.verdict.verified).toBe(false)
    const failures = failuresOf(found)
    for (const [i, fault] of faults[name]!.entries()) expect(failures[i]).toMatch(fault)
  })
})
