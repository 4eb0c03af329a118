/** `runs`: what the store holds. */
import * as Effect from "effect/Effect"
import type { Forking } from "../domain/ClockEvent.ts"
import * as RunList from "../persistence/inquiry/RunList.ts"
import { harmless, json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

export const command = (options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const opened = yield* Effect.either(Store.open("read", invocation))
    if (opened._tag === "Left") {
      if (opened.left._tag !== "StoreMissing") return yield* opened.left
      return yield* empty(options, opened.left.where, invocation)
    }
    const runs = yield* opened.right.catalogue.list
    if (runs.length === 0) return yield* empty(options, opened.right.where, invocation)
    if (options.json === true) {
      yield* json(RunList.toJson(runs))
      return 0
    }
    const isAnyImported = runs.some(({ origin }) => origin !== null)
    const isAnyForked = runs.some(({ parent }) => parent !== null)
    const isAnyFailed = runs.some(({ failure }) => failure !== null)
    const rows = runs.map((run) => [
      run.run_id,
      run.status,
      run.mode,
      run.seed,
      run.machines,
      run.events,
      RunList.hasTimes(run) ? run.started_at : "-",
      ...(isAnyImported ? [harmless(from(run.origin))] : []),
      ...(isAnyForked ? [harmless(forkedFrom(run.parent))] : []),
      ...(isAnyFailed ? [harmless(run.failure ?? "")] : []),
    ])
    const columns = ["run", "status", "mode", "seed", "machines", "events", "started at"]
    const more = [
      ...(isAnyImported ? ["from"] : []),
      ...(isAnyForked ? ["forked from"] : []),
      ...(isAnyFailed ? ["not carried out"] : []),
    ]
    for (const text of table([...columns, ...more], rows)) yield* line(text)
    if (!invocation.quiet) yield* note(`next: ${nextOf(runs)}`)
    return 0
  }).pipe(Effect.scoped)

/** What is left to do with an interrupted run; otherwise a look at the latest. */
const nextOf = (runs: ReadonlyArray<{ readonly run_id: string; readonly status: string | null }>): string => {
  const interrupted = runs.find(({ status }) => status === "interrupted")
  const show = `lightcone show ${runs[0]!.run_id}`
  return interrupted === undefined
    ? show
    : `lightcone resume ${interrupted.run_id} to go on with an interrupted one, or ${show}`
}

const forkedFrom = (parent: Forking | null): string =>
  parent === null ? "" : `${parent.run} at ${parent.position}: ${parent.set.join(", ") || "as it was"}`

/** The files of a run that came from elsewhere. */
const from = (origin: unknown): string => {
  const { files = [] } = (origin ?? {}) as { readonly files?: ReadonlyArray<string> }
  return files.length <= 3 ? files.join(", ") : `${files.slice(0, 2).join(", ")} and ${files.length - 2} more`
}

const empty = (options: Record<string, unknown>, where: string, invocation: Invocation) =>
  Effect.gen(function* () {
    if (options.json === true) yield* json([])
    if (!invocation.quiet) yield* note(`no runs in ${where}; make one with: lightcone run`)
    return 0
  })
