/** The curves of a sweep: each measure of the whole run against what is swept, with theory beside it. */
import { type Measure, measures } from "../../domain/experiment/Measures.ts"
import { confidence } from "../../domain/experiment/Sample.ts"
import type { Curve } from "../report/ReportData.ts"
import type { Results } from "./Results.ts"

const drawn: ReadonlyArray<Measure> = [
  "clockRate",
  "largestBehind",
  "largestQueue",
  "largestJump",
  "meanJump",
  "meanWaitMs",
  "messages",
]

const axes: Readonly<Record<string, string>> = {
  latency: "latency, ms",
  duration: "duration, s",
  rates: "rates, ticks a second",
  rateRange: "range of rates",
}

/** Values that span more than this go on a logarithmic axis. */
const widest = 20

const isWide = (numbers: ReadonlyArray<number> | undefined): boolean =>
  numbers !== undefined && Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) > widest

/** None where nothing is swept. */
export const of = ({ plan, rows, foretold }: Results): ReadonlyArray<Curve> => {
  const { sweep } = plan
  if (sweep === undefined) return []
  const names = [...new Set(plan.settings.flatMap(({ swept }) => swept?.curve ?? []))]
  return drawn.map((measure): Curve => {
    const lines = names.map((name) => ({
      name: name === "" ? "measured" : name,
      points: plan.settings.flatMap(({ swept }, setting) => {
        if (swept?.curve !== name) return []
        const row = rows.find(({ of, setting: its }) => of === "all" && its === setting)
        const sample = row?.samples[measure]
        if (sample === undefined || sample.mean === null) return []
        return [
          {
            at: swept.at,
            mean: sample.mean,
            low: sample.interval?.[0] ?? null,
            high: sample.interval?.[1] ?? null,
            predicted: foretold[setting]?.[measure] ?? null,
          },
        ]
      }),
    }))
    return {
      title: measures[measure],
      caption: `Of the whole run, mean over the repetitions with its ${confidence * 100} % confidence band by Student's t. Dashed: what theory foretells, where it does.`,
      axisTitle: axes[sweep.option] ?? sweep.option,
      values: sweep.values,
      numbers: sweep.numbers ?? null,
      isLogarithmic: isWide(sweep.numbers),
      lines,
    }
  })
}
