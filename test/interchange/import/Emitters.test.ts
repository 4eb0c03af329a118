/** The programs of docs/LOG-FORMAT.md: what they print is verified, and spoiled it is not. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { findProgram } from "../../support/Programs.ts"
import { failuresOf, fromText, read } from "./Reading.ts"

const doc = readFileSync(new URL("../../../docs/LOG-FORMAT.md", import.meta.url), "utf8")
const folder = mkdtempSync(join(tmpdir(), "lightcone-emitters-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const programOf = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(doc)![1]!

/** Of the languages that are here; Node always is. */
const languages = [
  { language: "js", file: "log.mjs", command: process.execPath, args: [] },
  { language: "python", file: "log.py", command: findProgram("python3"), args: [] },
  { language: "go", file: "log.go", command: findProgram("go"), args: ["run"] },
  { language: "java", file: "Log.java", command: findProgram("java"), args: [] },
].flatMap(({ command, ...rest }) => (command === undefined ? [] : [{ ...rest, command }]))

const proved = [
  "log/clock",
  "log/clock-at-receipts",
  "clock-condition/carried-clock",
  "clock-condition/send-receive",
  "messages/committed-send",
  "messages/once",
  "messages/fifo",
]

describe("the log that can be verified", () => {
  it.each(languages)(
    "is printed by the program in $language",
    async ({ language, file, command, args }) => {
      const path = join(folder, file)
      writeFileSync(path, programOf(language))
      const printed = execFileSync(command, [...args, path], { encoding: "utf8", cwd: folder })
      expect(printed.trim().split("\n")).toHaveLength(9)
      const found = await read([fromText("log.jsonl", printed)])
      expect(failuresOf(found)).toEqual([])
      expect(found.verdict.verified).toBe(true)
      const checked: Record<string, number> = {}
      for (const { invariant, rules } of found.verdict.checks)
        for (const { rule, checked: count } of rules) checked[`${invariant}/${rule}`] = count
      for (const rule of proved) expect(checked[rule], rule).toBeGreaterThan(0)

      const lines = printed.split("\n")
      const spoiled = JSON.parse(lines[5]!)
      lines[5] = JSON.stringify({ ...spoiled, lamport: spoiled.lamport + 3 })
      const wrong = await read([fromText("log.jsonl", lines.join("\n"))])
      expect(wrong.verdict.verified).toBe(false)
      expect(failuresOf(wrong)[0]).toContain("log.jsonl:6: ")
    },
    120_000,
  )

  it("is what the document's first lines are", async () => {
    const found = await read([fromText("first.jsonl", programOf("json"))])
    expect(failuresOf(found)).toEqual([])
    expect(found.verdict.verified).toBe(true)
  })
})
