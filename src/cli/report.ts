/** `report`: one self-contained HTML file about one run or several. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { UsageError } from "../domain/UsageError.ts"
import { json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { writeReport } from "./ReportFile.ts"
import * as Store from "./Store.ts"

const fileOf = (given: unknown, runs: ReadonlyArray<string>): Effect.Effect<string, UsageError> => {
  if (given === "")
    return Effect.fail(
      new UsageError({ message: 'Cannot write the report: --out must name a file, found ""' }),
    )
  return Effect.succeed(given === undefined ? `report-${runs.join("-").slice(0, 51)}.html` : String(given))
}

const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`

export const command = (
  references: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const store = yield* Store.open("read", invocation)
    const resolved = yield* Effect.forEach(references, store.catalogue.resolve)
    const runs = [...new Set(resolved)]
    const file = yield* fileOf(options.out, runs)
    const written = yield* writeReport(
      store.log,
      runs.map((run) => ({ run })),
      resolve(file),
    )
    if (options.json === true) yield* json(written)
    else
      yield* line(
        `wrote ${file}, ${size(written.bytes)}: ${runs.length === 1 ? `run ${runs[0]}` : `${runs.length} runs`}`,
      )
    if (!invocation.quiet && options.json !== true) yield* note(`next: open ${file} in a browser`)
    return 0
  }).pipe(Effect.scoped)
