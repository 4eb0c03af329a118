/**
 * Colours and dashes of machines, by names that the style sheet gives values to, for light and for dark. Up to
 * seven machines have a colour and a dash of their own, in hues that colour-blind people can tell apart; more are
 * coloured by their rate, or by their number where no log says it, on a scale that also rises in lightness.
 */
import type { MachineData } from "../src/interchange/report/ReportData.ts"
import { called, shortened } from "./MachineName.ts"
import { mostColours } from "./Plane.ts"

export type Machine = Pick<MachineData, "machine" | "name" | "rate">

/** A name may be longer than a page is wide. */
const longestInKey = 24

const dashes = ["none", "7 3", "2 3", "9 3 2 3", "5 2", "1 2", "12 4"]
const steps = 6

export interface Palette {
  readonly colourOf: (machine: number) => string
  readonly dashOf: (machine: number) => string
  readonly nameOf: (machine: number) => string
  /** What the colours stand for, to be told once. */
  readonly key: ReadonlyArray<Entry>
}

export interface Entry {
  readonly colour: string
  readonly dash: string
  readonly name: string
}

const nameIn = (machines: ReadonlyArray<Machine>) => (machine: number) =>
  called(machines[machine - 1]?.name, machine)

const own = (machines: ReadonlyArray<Machine>): Palette => {
  const colourOf = (machine: number) => `var(--machine-${machine})`
  const dashOf = (machine: number) => dashes[machine - 1]!
  const nameOf = nameIn(machines)
  return {
    colourOf,
    dashOf,
    nameOf,
    key: machines.map(({ machine }) => ({
      colour: colourOf(machine),
      dash: dashOf(machine),
      name: shortened(nameOf(machine), longestInKey),
    })),
  }
}

/** By what orders them: a value for each, and what it is called. */
const graded = (
  machines: ReadonlyArray<Machine>,
  gradeOf: (machine: number) => number,
  nameOfGrade: (value: number) => string,
): Palette => {
  const distinct = [...new Set(machines.map(({ machine }) => gradeOf(machine)))].sort((a, b) => a - b)
  const stepOf = (value: number) =>
    distinct.length === 1
      ? steps - 1
      : Math.round((distinct.indexOf(value) / (distinct.length - 1)) * (steps - 1))
  const colour = (step: number) => `var(--rate-${step})`
  const named = distinct.length <= steps ? distinct : [distinct[0]!, distinct[distinct.length - 1]!]
  return {
    colourOf: (machine) => colour(stepOf(gradeOf(machine))),
    dashOf: () => "none",
    nameOf: nameIn(machines),
    key: named.map((value) => ({ colour: colour(stepOf(value)), dash: "none", name: nameOfGrade(value) })),
  }
}

export const of = (machines: ReadonlyArray<Machine>): Palette => {
  if (machines.length <= mostColours) return own(machines)
  const rates = machines.flatMap(({ rate }) => (rate === null ? [] : [rate]))
  return rates.length === machines.length
    ? graded(
        machines,
        (machine) => rates[machine - 1]!,
        (rate) => `${rate} ticks / s`,
      )
    : graded(
        machines,
        (machine) => machine,
        (machine) => shortened(nameIn(machines)(machine), longestInKey),
      )
}
