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

/** How the network's latency takes from machines what they lift each other by. */
const sweepLatency = {
  name: "sweep-latency",
  about: "Clocks and queues against the latency of the network, in virtual time",
  repetitions: 20,
  base: { machines: 3, duration: "5m" },
  settings: [
    { name: "rates 6,6,6", rates: [6, 6, 6] },
    { name: "rates 1,6,6", rates: [1, 6, 6] },
    { name: "rates 2,4,6", rates: [2, 4, 6] },
  ],
  sweep: { latency: ["1ms", "2ms", "5ms", "10ms", "20ms", "50ms", "100ms", "200ms", "500ms", "1s", "2s"] },
} as const satisfies Description

/** How often machines send: fewer sides, more messages. */
const sweepSides = {
  name: "sweep-sides",
  about: "Clocks and queues against the sides of the die: 1, 2 and 3 send, the rest is internal",
  repetitions: 20,
  base: { machines: 3, duration: "5m" },
  settings: [
    { name: "rates 1,6,6", rates: [1, 6, 6] },
    { name: "rates 2,4,6", rates: [2, 4, 6] },
    { name: "rates 3,4,5", rates: [3, 4, 5] },
  ],
  sweep: { sides: [5, 6, 7, 8, 10, 12, 15, 20, 30, 50] },
} as const satisfies Description

export const presets = {
  assignment,
  "sweep-latency": sweepLatency,
  "sweep-sides": sweepSides,
} as const satisfies Readonly<Record<string, Description>>
