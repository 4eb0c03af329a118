/** Logs as an import reads them, without a store: the run's events in the order of positions, and their verdict. */
import { createReadStream, readdirSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import type { Recorded } from "../../../src/domain/ClockEvent.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import * as Import from "../../../src/interchange/import/Import.ts"

export interface Read {
  readonly events: ReadonlyArray<Recorded>
  readonly outcome: Import.Outcome
  readonly verdict: Verification.Verdict
}

const input = (name: string, open: Import.Input["open"], bytes: number): Import.Input => ({
  name,
  open,
  bytes,
})

export const fromText = (name: string, text: string | Uint8Array, chunkBytes = 65_536): Import.Input => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text
  return input(
    name,
    async function* () {
      for (let from = 0; from < bytes.length; from += chunkBytes)
        yield bytes.subarray(from, from + chunkBytes)
    },
    bytes.length,
  )
}

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()

/** Every file of a folder. */
export const fromFolder = (folder: string): ReadonlyArray<Import.Input> =>
  filesIn(folder).map((path) =>
    input(relative(folder, path), () => createReadStream(path), statSync(path).size),
  )

/** As the command reads: a log that goes back in time is read again. */
export const read = async (
  inputs: ReadonlyArray<Import.Input>,
  options: Import.Options = {},
): Promise<Read> => {
  const prepared = await Import.prepare(inputs, options)
  const once = async (unsorted: boolean) => {
    let outcome: Import.Outcome | undefined
    const events: Array<Recorded> = []
    for await (const page of Import.events(
      prepared,
      (found) => {
        outcome = found
      },
      unsorted,
    ))
      events.push(...page)
    return { events, outcome: outcome! }
  }
  const { events, outcome } = await once(false).catch((error: unknown) => {
    if (error instanceof Import.GoesBack) return once(true)
    throw error
  })
  events.sort((a, b) => a.position - b.position)
  return { events, outcome, verdict: Verification.verify(events) }
}

/** Every failure, in one line each. */
export const failuresOf = ({ verdict }: Read): ReadonlyArray<string> =>
  verdict.checks.flatMap(({ invariant, failures }) =>
    failures.map(({ rule, message }) => `${invariant}/${rule} ${message}`),
  )
