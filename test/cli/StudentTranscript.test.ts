/** docs/IMPORTED.md says what is: its table, and what a student's three commands print. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { document, path, table, transcript } from "../interchange/import/Document.ts"
import { lightcone } from "../support/Cli.ts"

it("shows what three commands make of three text files, and what is understood of every shape of log", async () => {
  const codes: Array<number | null> = []
  const printed = await transcript(async (args, cwd) => {
    const { code, stdout } = await lightcone(args, { cwd })
    codes.push(code)
    return stdout
  })
  expect(codes).toEqual([0, 1, 0])
  expect(readFileSync(path, "utf8")).toBe(document(await table(), printed))
})
