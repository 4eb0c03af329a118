/** Experiments that come along, in the form in which people describe their own. */
import type { Description } from "./Description.ts"

/**
 * The course's experiment, "scale models and logical clocks": five runs of a minute with rates from 1 to 6 and a
 * die of ten; then the same with a smaller variation of the rates; then with a smaller probability that an event
 * is internal (two fifths instead of seven tenths).
 */
const assignment = {
  name: "assignment",
  about: "The scale model: five runs, five with more even rates, five with fewer internal events",
  seeds: [1, 2, 3, 4, 5],
  base: { machines: 3, duration: "60s" },
  settings: [
    { name: "rates from 1 to 6" },
    { name: "rates from 3 to 5", rateRange: [3, 5] },
    { name: "fewer internal events", sides: 5 },
  ],
} as const satisfies Description

export const presets = { assignment } as const satisfies Readonly<Record<string, Description>>
