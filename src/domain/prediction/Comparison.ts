/**
 * Prediction beside measurement: one row a fixed point, machine and quantity. The known bias, the lift, stands apart
 * from the margin: the verdict is on what is left once it is taken off, and says that it was.
 */
import * as Limits from "../Limits.ts"
import * as Prediction from "../Prediction.ts"
import * as Reach from "../Reach.ts"
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
  const of = (measured: (is: MachineMeasured) => number) => (measurable ? measured(is) : null)
  const margin = (of: typeof Margin.ofClockRate) => (measurable ? of(outlook, m, seconds) : null)
  return [
    {
      quantity: "clock rate",
      unit: "ticks/s",
      predicted: measurable ? Margin.clockRateHz(outlook, m, seconds) : m.clockRateHz,
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
      predicted: measurable ? Margin.queueGrowthHz(outlook, m, seconds) : m.queueGrowthHz,
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

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? " was" : "s were"}`

const remarkOf = (
  config: RunConfig,
  is: MachineMeasured | undefined,
  measured: Measured,
  chosen: Chosen,
): string | null => {
  if (is === undefined || measured.seconds <= 0) return null
  const waiting = is.addressed - is.received - is.dropped
  const full = config.overflow === "backpressure" && waiting > config.capacity
  const remarks = [
    chosen.several
      ? chosen.here
        ? "the time before the run settled is not foretold"
        : chosen.elsewhere
      : null,
    config.changes === undefined ? null : "what the fork changed on the way is not foretold",
    full ? "its inbox is full: whose messages wait in the network is not foretold" : null,
    is.dropped > 0 ? `${counted(is.dropped, "message")} dropped` : null,
    is.missed > 0 ? `${counted(is.missed, "tick")} missed` : null,
    measured.downSeconds > 0 ? `the run was down for ${measured.downSeconds} s` : null,
  ].filter((remark) => remark !== null)
  return remarks.length === 0 ? null : remarks.join("; ")
}

/** Which fixed point the run is near, as seen from one of them. */
interface Chosen {
  readonly several: boolean
  readonly here: boolean
  readonly elsewhere: string
}

/** The rows of one fixed point. */
const rowsOf = (
  outlook: Margin.Outlook,
  fixedPoint: number,
  measured: Measured,
  chosen: Chosen,
): ReadonlyArray<Comparison> =>
  outlook.machines.flatMap((m) => {
    const machine = measured.machines[m.machine - 1]
    const remark = remarkOf(outlook.config, machine, measured, chosen)
    return pairs(outlook, m, machine, measured.seconds).map((pair): Comparison => {
      const { quantity, unit, predicted, measured: is, margin } = pair
      const liftable = quantity === "clock rate" && chosen.here && is !== null
      const lift = liftable ? Lift.of(outlook, measured, m, predicted) : undefined
      return {
        ...{ fixedPoint, machine: m.machine, quantity, unit },
        predicted: rounded(predicted),
        measured: is === null ? null : rounded(is),
        differencePercent:
          is === null || predicted === 0 ? null : rounded((100 * (is - predicted)) / predicted),
        margin: margin === null ? null : rounded(margin),
        lift: lift === undefined ? null : rounded(lift.hz),
        liftCause: lift?.cause ?? null,
        verdict: verdictOf(pair, lift?.hz),
        remark,
      }
    })
  })

export interface Comparer {
  readonly prediction: Prediction.Prediction
  /** All rows, by fixed point, machine and quantity. */
  readonly compare: (measured: Measured) => ReadonlyArray<Comparison>
}

/** Whether a run rolls dice, which the theory is about, and has not too many links for its equations to be solved soon. */
export const isForetold = (config: RunConfig): boolean =>
  config.workload === undefined && (Reach.isPlain(config) || Reach.links(config) <= Limits.maxForetoldLinks)

/** Predicts a run, and is ready to compare. */
export const comparer = (config: RunConfig): Comparer => {
  const prediction = Prediction.predict(config)
  const outlooks = prediction.fixedPoints.map((point) => Margin.outlook(config, point))
  const several = outlooks.length > 1
  return {
    prediction,
    compare: (measured) => {
      const chosen = several ? chosenOf(outlooks, measured) : 0
      const elsewhere = `the run is nearer to fixed point ${chosen + 1}`
      return outlooks.flatMap((outlook, k) =>
        rowsOf(outlook, k + 1, measured, { several, here: k === chosen, elsewhere }),
      )
    },
  }
}

export const compare = (config: RunConfig, measured: Measured): ReadonlyArray<Comparison> =>
  comparer(config).compare(measured)
