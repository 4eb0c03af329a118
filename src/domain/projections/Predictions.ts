/**
 * What theory foretold of a run beside what is measured so far: a row a fixed point, machine and quantity, there from
 * the run's first event on. Measuring again at every event would cost more than all other projections together, so
 * it is done after a few events a machine, later whenever the log has grown by a tenth, and of many machines, whose rows
 * take so long that ticks beside them come late, when it has doubled; `seconds` says of how much of the run a row tells.
 * When the schedule is over, or all machines have stopped, every row is of the whole run.
 */
import type { Logged, Recorded } from "../ClockEvent.ts"
import * as Comparison from "../prediction/Comparison.ts"
import * as Measured from "../prediction/Measured.ts"
import type { RunConfig } from "../RunConfig.ts"
import * as Projection from "./Projection.ts"

interface State {
  readonly measured: Measured.State
  config: RunConfig | null
  events: number
  /** Measured again when so many events have come. */
  next: number
  /** Machines that have not stopped. */
  going: number
}

/** Measured again after this many events a row's machine, and after this part of all events so far. */
const often = { eventsAMachine: 4, partOfEvents: 0.1 }
/** Of a thousand machines it takes some 50 ms. */
const seldom = { eventsAMachine: 48, partOfEvents: 1 }
const fewMachines = 64

/** Configurations whose predictions are at hand; a projector seldom follows more runs at once. */
const mostAtHand = 4
const atHand = new Map<string, Comparison.Comparer>()

const comparerOf = (config: RunConfig): Comparison.Comparer => {
  const key = JSON.stringify(config)
  const found = atHand.get(key) ?? Comparison.comparer(config)
  atHand.delete(key)
  atHand.set(key, found)
  for (const oldest of atHand.keys()) {
    if (atHand.size <= mostAtHand) break
    atHand.delete(oldest)
  }
  return found
}

const rowOf = (row: Comparison.Comparison, seconds: number) => ({
  fixed_point: row.fixedPoint,
  machine: row.machine,
  quantity: row.quantity,
  unit: row.unit,
  predicted: row.predicted,
  measured: row.measured,
  difference_percent: row.differencePercent,
  margin: row.margin,
  lift: row.lift,
  lift_cause: row.liftCause,
  verdict: row.verdict,
  remark: row.remark,
  seconds,
})

/** All rows as they are now, and when they will be made again. */
const rows = (state: State, config: RunConfig) => {
  const comparer = comparerOf(config)
  const machines = config.machines * comparer.prediction.fixedPoints.length
  const { eventsAMachine, partOfEvents } = machines > fewMachines ? seldom : often
  state.next = state.events + Math.max(eventsAMachine * machines, Math.floor(partOfEvents * state.events))
  const measured = Measured.read(state.measured)
  return comparer.compare(measured).map((row) => Projection.upsert(rowOf(row, measured.seconds)))
}

/** Whether the rows are to be made again at this event. */
const isDue = (state: State, { kind }: Recorded): boolean =>
  kind === "run-finished" || (kind === "stopped" ? state.going === 0 : state.events >= state.next)

export const predictions = Projection.define({
  name: "predictions",
  version: 2,
  table: {
    columns: {
      fixed_point: "integer",
      machine: "integer",
      quantity: "text",
      unit: "text",
      predicted: "double precision",
      measured: "double precision",
      difference_percent: "double precision",
      margin: "double precision",
      lift: "double precision",
      lift_cause: "text",
      verdict: "text",
      remark: "text",
      seconds: "double precision",
    },
    key: ["fixed_point", "machine", "quantity"],
  },
  initial: (): State => ({ measured: Measured.initial(), config: null, events: 0, next: 0, going: 0 }),
  apply: (state, event) => {
    if (event.kind === "run-imported" || (state.config === null && event.kind !== "run-started"))
      return Projection.unchanged(state)
    Measured.step(state.measured, event as Logged)
    state.events++
    if (event.kind === "run-started") {
      state.config = event.payload
      state.going = event.payload.machines
    }
    if (event.kind === "stopped") state.going--
    if (event.kind === "resumed") state.going++
    if (state.config === null || !isDue(state, event) || !Comparison.isForetold(state.config))
      return Projection.unchanged(state)
    return { state, changes: rows(state, state.config) }
  },
})
