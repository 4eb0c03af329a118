/** How every machine's clock went: a row a clock event. `jump` is what the event added to the clock. */
import { isClockEvent } from "../ClockEvent.ts"
import * as Projection from "./Projection.ts"

/** The clock of each machine so far; null where an imported log does not say it. */
type State = Record<number, number | null>

export const clockHistory = Projection.define({
  name: "clock_history",
  version: 1,
  table: {
    columns: {
      machine: "integer",
      version: "integer",
      occurred_at: "timestamptz",
      lamport: "integer",
      jump: "integer",
    },
    key: ["machine", "version"],
    indexes: [["occurred_at"]],
  },
  initial: (): State => ({}),
  apply: (state, event) => {
    if (!isClockEvent(event)) return Projection.unchanged(state)
    const { machine, version, occurredAtUs, lamport } = event
    const before = state[machine] === undefined ? 0 : state[machine]
    const jump = lamport === null || before === null ? null : lamport - before
    state[machine] = lamport
    const row = { machine, version, occurred_at: occurredAtUs, lamport, jump }
    return { state, changes: [Projection.insert(row)] }
  },
})
