/** How every machine's clock went: a row a clock event. `jump` is what the event added to the clock. */
import { isClockEvent } from "../ClockEvent.ts"
import * as Projection from "./Projection.ts"

/** The clock of each machine so far. */
type State = Record<number, number>

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
    const jump = lamport - (state[machine] ?? 0)
    state[machine] = lamport
    const row = { machine, version, occurred_at: occurredAtUs, lamport, jump }
    return { state, changes: [Projection.insert(row)] }
  },
})
