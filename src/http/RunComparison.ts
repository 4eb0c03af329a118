/** Of a report of two runs: where they part in causal order, and how each event of their diagrams stands to that. */
import * as Effect from "effect/Effect"
import * as Divergence from "../domain/Divergence.ts"
import * as Words from "../domain/divergence/Words.ts"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../domain/EventLog.ts"
import * as Limits from "../domain/Limits.ts"
import type { RunOfReport } from "../interchange/report/Page.ts"
import type { Section, Table } from "../interchange/report/Table.ts"
import * as DivergingLog from "../persistence/inquiry/DivergingLog.ts"

export interface Compared {
  readonly runs: ReadonlyArray<RunOfReport>
  readonly sections: ReadonlyArray<Section>
}

const mostMachines = 100

const table = ({ machines }: Divergence.Divergence): Table => ({
  name: "partings",
  caption: "Where each machine departs",
  header: ["machine", "departs at", "what differs", "changed"],
  rows: machines
    .slice(0, mostMachines)
    .map(({ machine, departs, changed }) => [
      machine,
      departs === undefined ? null : `${machine}/${(departs.a ?? departs.b)!.version}`,
      departs?.what ?? "the same in both",
      changed,
    ]),
})

const standings = (divergence: Divergence.Divergence, of: "a" | "b", run: RunOfReport): RunOfReport => {
  const { machine, version } = run.collected.diagram.events
  return { ...run, standing: machine.map((m, i) => divergence.standing(of, m, version[i]!)) }
}

/** Other than two, and long ones, are left as they are. */
export const compared = (
  log: EventLogShape,
  runs: ReadonlyArray<RunOfReport>,
): Effect.Effect<Compared, RunUnknown | StoreUnavailable> =>
  Effect.gen(function* () {
    const [one, other] = runs
    if (one === undefined || other === undefined || runs.length !== 2) return { runs, sections: [] }
    if (runs.some(({ statistics }) => statistics.events > Limits.maxDiagramEvents))
      return { runs, sections: [] }
    const divergence = Divergence.find(
      yield* DivergingLog.read(log, one.run),
      yield* DivergingLog.read(log, other.run),
    )
    const section = {
      title: "Where they part",
      paragraphs: Words.sentences(divergence, [one.run, other.run]),
      tables: divergence.first.length === 0 ? [] : [table(divergence)],
    }
    return {
      runs: [standings(divergence, "a", one), standings(divergence, "b", other)],
      sections: [section],
    }
  })
