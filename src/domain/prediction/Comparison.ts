/**
 * Prediction beside measurement: one row a fixed point, machine and quantity. The known bias, the lift, stands apart
 * from the margin: the verdict is on what is left once it is taken off, and says that it was.
 */
import * as Prediction from "../Prediction.ts"
import type { RunConfig } from "../RunConfig.ts"
import * as Lift from "./Lift.ts"
import * as Margin from "./Margin.ts"
import type { MachineMeasured, Measured } from "./Measured.ts"

export type Quantity = "clock rate" | "utilisation" | "queue growth"

export type Verdict =
  | "nothing measured yet"
  | "within the margin"
  | "beyond the margin"
  /** The known bias is there, and without it the difference is within the margin. */
  | "lifted"
  | "lifted, and the rest is beyond the margin"

export interface Comparison {
  /** 1, 2, ... in the order of the prediction. */
  readonly fixedPoint: number
  readonly machine: number
  readonly quantity: Quantity
  /** Of predicted, measured, margin and lift: "ticks/s", "of its ticks" or "messages/s". */
  readonly unit: string
  readonly predicted: number
  /** Null before the run has begun. */
  readonly measured: number | null
  /** Of the predicted value; null where that is 0 or nothing is measured. */
  readonly differencePercent: number | null
  /** Half the width of the interval that chance alone gives 95 % of runs as long as this one. */
  readonly margin: number | null
  /** The part of measured - predicted that machines of similar rate add by lifting each other; null where there is none. */
  readonly lift: number | null
  /** What lifted the clock, in words; null where nothing did. */
  readonly liftCause: string | null
  readonly verdict: Verdict
  /** What else of the run the theory does not know (drops, missed ticks, an interruption), in words; null if nothing. */
  readonly remark: string | null
}

/** Sums of rounding errors are not shown to anybody. */
const decimals = 9
const rounded = (value: number): number => Number(value.toFixed(decimals))

interface Pair {
  readonly quantity: Quantity
  readonly unit: string
  readonly predicted: number
  readonly measured: number | null
  readonly margin: number | null
}

/** The quantities of one machine, in the order of the rows. */
const pairs = (
  outlook: Margin.Outlook,
  m: Prediction.MachinePrediction,
  is: MachineMeasured | undefined,
  seconds: number,
): ReadonlyArray<Pair> => {
  const measurable = is !== undefined && seconds > 0 && is.ticks > 0
  const whole = measurable ? seconds : Number.POSITIVE_INFINITY
  const of = (measured: (is: MachineMeasured) => number) => (measurable ? measured(is) : null)
  const margin = (of: typeof Margin.ofClockRate) => (measurable ? of(outlook, m, seconds) : null)
  return [
    {
      quantity: "clock rate",
      unit: "ticks/s",
      predicted: measurable ? Margin.clockRateHz(outlook, m, whole) : m.clockRateHz,
      measured: of(({ lamport }) => lamport / seconds),
      margin: margin(Margin.ofClockRate),
    },
    {
      quantity: "utilisation",
      unit: "of its ticks",
      predicted: m.utilisation,
      measured: of(({ received, ticks }) => received / ticks),
      margin: margin(Margin.ofUtilisation),
    },
    {
      quantity: "queue growth",
      unit: "messages/s",
      predicted: measurable ? Margin.queueGrowthHz(outlook, m, whole) : m.queueGrowthHz,
      measured: of(({ addressed, received, dropped }) => (addressed - received - dropped) / seconds),
      margin: margin(Margin.ofQueueGrowth),
    },
  ]
}

const verdictOf = ({ predicted, measured, margin }: Pair, lift: number | undefined): Verdict => {
  if (measured === null || margin === null) return "nothing measured yet"
  const within = Math.abs(measured - predicted - (lift ?? 0)) <= margin
  if (lift === undefined) return within ? "within the margin" : "beyond the margin"
  return within ? "lifted" : "lifted, and the rest is beyond the margin"
}

/** Which fixed point the utilisations are nearest to, in margins. */
const chosenOf = (outlooks: ReadonlyArray<Margin.Outlook>, measured: Measured): number => {
  const distances = outlooks.map((outlook) =>
    outlook.machines.reduce((sum, m) => {
      const [, { predicted, measured: is, margin }] = pairs(
        outlook,
        m,
        measured.machines[m.machine - 1],
        measured.seconds,
      ) as [Pair, Pair, Pair]
      return is === null ? sum : sum + ((is - predicted) / margin!) ** 2
    }, 0),
  )
  return distances.indexOf(Math.min(...distances))
}

const remarkOf = (
  is: MachineMeasured | undefined,
  measured: Measured,
  chosen: number | undefined,
): string | null => {
  const remarks = [
    ...(chosen === undefined ? [] : [`the run is nearer to fixed point ${chosen + 1}`]),
    ...(is !== undefined && is.dropped > 0 ? [`${is.dropped} messages were dropped`] : []),
    ...(is !== undefined && is.missed > 0 ? [`${is.missed} ticks were missed`] : []),
    ...(measured.downSeconds > 0 ? [`the run was down for ${measured.downSeconds} s`] : []),
  ]
  return remarks.length === 0 ? null : remarks.join("; ")
}

export interface Comparer {
  readonly prediction: Prediction.Prediction
  /** All rows, by fixed point, machine and quantity. */
  readonly compare: (measured: Measured) => ReadonlyArray<Comparison>
}

/** Predicts a run, and is ready to compare. */
export const comparer = (config: RunConfig): Comparer => {
  const prediction = Prediction.predict(config)
  const outlooks = prediction.fixedPoints.map((point) => Margin.outlook(config, point))
  const rowsOf = (measured: Measured, outlook: Margin.Outlook, k: number, chosen: number) =>
    outlook.machines.flatMap((m) => {
      const is = measured.machines[m.machine - 1]
      const lift =
        k === chosen && measured.seconds > 0
          ? Lift.of(outlook.machines, outlook.senders, measured, m)
          : undefined
      const remark = remarkOf(is, measured, k === chosen ? undefined : chosen)
      return pairs(outlook, m, is, measured.seconds).map((pair): Comparison => {
        const { predicted, measured: is, margin } = pair
        const lifted = pair.quantity === "clock rate" ? lift : undefined
        return {
          fixedPoint: k + 1,
          machine: m.machine,
          ...pair,
          predicted: rounded(predicted),
          measured: is === null ? null : rounded(is),
          differencePercent:
            is === null || predicted === 0 ? null : rounded((100 * (is - predicted)) / predicted),
          margin: margin === null ? null : rounded(margin),
          lift: lifted === undefined ? null : rounded(lifted.hz),
          liftCause: lifted?.cause ?? null,
          verdict: verdictOf(pair, lifted?.hz),
          remark,
        }
      })
    })
  return {
    prediction,
    compare: (measured) => {
      const chosen = outlooks.length > 1 ? chosenOf(outlooks, measured) : 0
      return outlooks.flatMap((outlook, k) => rowsOf(measured, outlook, k, chosen))
    },
  }
}

export const compare = (config: RunConfig, measured: Measured): ReadonlyArray<Comparison> =>
  comparer(config).compare(measured)
