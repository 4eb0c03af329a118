/** Prediction beside measurement: one row a quantity, machine and fixed point. */

export type Quantity = "clock rate" | "utilisation" | "queue growth"

export type Verdict =
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
  readonly measured: number
  /** Of the predicted value; null where that is 0. */
  readonly differencePercent: number | null
  /** Half the width of the interval that chance alone gives 95 % of runs as long as this one. */
  readonly margin: number
  /** The part of measured - predicted that machines of similar rate add by lifting each other; null where there is none. */
  readonly lift: number | null
  /** What lifted the clock, in words; null where nothing did. */
  readonly liftCause: string | null
  readonly verdict: Verdict
  /** What else of the run the theory does not know (drops, missed ticks, an interruption), in words; null if nothing. */
  readonly remark: string | null
}
