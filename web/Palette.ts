/**
 * Colours and dashes of machines, by names that the style sheet gives values to, for light and for dark. Up to
 * seven machines have a colour and a dash of their own, in hues that colour-blind people can tell apart; more are
 * coloured by their rate, on a scale that also rises in lightness.
 */
import { mostColours } from "./Plane.ts"

const dashes = ["none", "7 3", "2 3", "9 3 2 3", "5 2", "1 2", "12 4"]
const steps = 6

export interface Palette {
  readonly colourOf: (machine: number) => string
  readonly dashOf: (machine: number) => string
  readonly nameOf: (machine: number) => string
  /** What the colours stand for, to be told once. */
  readonly key: ReadonlyArray<{ readonly colour: string; readonly dash: string; readonly name: string }>
}

const nameIn = (names: ReadonlyArray<string>) => (machine: number) =>
  names[machine - 1] ?? `machine ${machine}`

const own = (machines: number, names: ReadonlyArray<string>): Palette => {
  const colourOf = (machine: number) => `var(--machine-${machine})`
  const dashOf = (machine: number) => dashes[machine - 1]!
  return {
    colourOf,
    dashOf,
    nameOf: nameIn(names),
    key: Array.from({ length: machines }, (_, i) => ({
      colour: colourOf(i + 1),
      dash: dashOf(i + 1),
      name: nameIn(names)(i + 1),
    })),
  }
}

const byRate = (rates: ReadonlyArray<number>, names: ReadonlyArray<string>): Palette => {
  const distinct = [...new Set(rates)].sort((a, b) => a - b)
  const stepOf = (rate: number) =>
    distinct.length === 1
      ? steps - 1
      : Math.round((distinct.indexOf(rate) / (distinct.length - 1)) * (steps - 1))
  const colour = (step: number) => `var(--rate-${step})`
  const named = distinct.length <= steps ? distinct : [distinct[0]!, distinct[distinct.length - 1]!]
  return {
    colourOf: (machine) => colour(stepOf(rates[machine - 1]!)),
    dashOf: () => "none",
    nameOf: nameIn(names),
    // Of machines whose rates are not known there is nothing to tell.
    key: (distinct[distinct.length - 1] === 0 ? [] : named).map((rate) => ({
      colour: colour(stepOf(rate)),
      dash: "none",
      name: `${rate} ticks / s`,
    })),
  }
}

export const of = (rates: ReadonlyArray<number>, names: ReadonlyArray<string> = []): Palette =>
  rates.length <= mostColours ? own(rates.length, names) : byRate(rates, names)
