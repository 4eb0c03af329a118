/** `show`: one run's configuration and statistics, and its prediction beside them. */
import * as Effect from "effect/Effect"
import * as RunCommand from "../domain/RunCommand.ts"
import { analyse } from "../persistence/inquiry/Analysis.ts"
import * as Compared from "../persistence/inquiry/Compared.ts"
import { harmless, jsonWithLong, line } from "./Output.ts"
import * as PredictionTable from "./PredictionTable.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import * as Summary from "./Summary.ts"

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const { failure } = yield* store.catalogue.row(run)
    const analysis = yield* analyse(store.log, run)
    if (options.json === true) {
      yield* jsonWithLong({ ...Compared.show(analysis), failure }, "machines")
      return 0
    }
    const compared = Compared.compare(analysis)
    const { config, imported, digest, verdict, parent } = analysis
    const heading =
      imported === undefined
        ? config === undefined
          ? []
          : [
              `run ${run}: ${parent === undefined ? RunCommand.write(config) : RunCommand.writeFork(parent)}`,
              "",
            ]
        : [...Summary.origin(run, imported), ""]
    for (const text of [...heading, ...Summary.machineTable(analysis), "", ...Summary.totals(analysis)])
      yield* line(harmless(text))
    if (compared !== undefined)
      for (const text of ["", ...PredictionTable.lines(compared), ""]) yield* line(harmless(text))
    if (digest !== null) yield* line(`digest    ${digest}`)
    yield* line(`\n${Summary.verdictLine(verdict)}`)
    if (failure !== null) yield* line(harmless(`not carried out: ${failure}`))
    yield* line(`next: lightcone ${failure === null ? "verify" : "resume"} ${run}`)
    return 0
  }).pipe(Effect.scoped)
