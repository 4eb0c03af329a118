/**
 * What of a run stands beside its prediction: a fold over the events in position order, whose state is plain data of
 * a few numbers a machine, so that a projection can keep it.
 */
import { isRunEvent, isSecondCopy, type LabEvent } from "../ClockEvent.ts"

export interface MachineMeasured {
  readonly machine: number
  /** internal + sent + received. */
  readonly ticks: number
  readonly received: number
  /** Messages that were sent to it, wherever they are by now. */
  readonly addressed: number
  readonly dropped: number
  readonly missed: number
  readonly lamport: number
  /** By sender: by how much its messages set the clock ahead of the machine's own ticks, in ticks of the clock. */
  readonly ahead: Readonly<Record<number, number>>
}

export interface Measured {
  /** Seconds of the schedule that have passed; 0 before the first event of a machine. */
  readonly seconds: number
  /** Machines 1..N in order. */
  readonly machines: ReadonlyArray<MachineMeasured>
  /** Seconds for which the run was down. */
  readonly downSeconds: number
}

/** JSON; changed in place by `step`. */
export interface State {
  startUs: number
  lastUs: number
  durationUs: number
  downUs: number
  /** Whether the whole schedule has passed. */
  over: boolean
  machines: Array<{ -readonly [Key in keyof MachineMeasured]: MachineMeasured[Key] }>
}

export const initial = (): State => ({
  startUs: 0,
  lastUs: 0,
  durationUs: 0,
  downUs: 0,
  over: false,
  machines: [],
})

const begin = (state: State, atUs: number, machines: number, durationUs: number): void => {
  state.startUs = atUs
  state.lastUs = atUs
  state.durationUs = durationUs
  for (let machine = state.machines.length + 1; machine <= machines; machine++)
    state.machines.push({
      machine,
      ticks: 0,
      received: 0,
      addressed: 0,
      dropped: 0,
      missed: 0,
      lamport: 0,
      ahead: {},
    })
}

/** Takes the next event. */
export const step = (state: State, event: LabEvent): void => {
  if (event.kind === "run-started")
    begin(state, event.occurredAtUs, event.payload.machines, event.payload.durationUs)
  if (event.kind === "run-resumed") state.downUs += event.payload.downUs
  if (event.kind === "run-finished") state.over = true
  if (isRunEvent(event)) return
  const own = state.machines[event.machine - 1]
  if (own === undefined) return
  if (event.kind === "stopped") {
    state.over ||= event.payload.reason === "finished"
    return
  }
  state.lastUs = Math.max(state.lastUs, event.occurredAtUs)
  switch (event.kind) {
    case "received": {
      own.ticks++
      own.received++
      const { sender } = event.payload
      const ahead = event.lamport - own.lamport - 1
      if (ahead > 0) own.ahead = { ...own.ahead, [sender]: (own.ahead[sender] ?? 0) + ahead }
      break
    }
    case "sent":
      own.ticks++
      for (const recipient of event.payload.recipients) {
        const to = state.machines[recipient - 1]
        if (to !== undefined) to.addressed++
      }
      break
    case "internal":
      own.ticks++
      break
    case "dropped":
      if (!isSecondCopy(event)) own.dropped++
      break
    case "missed":
      own.missed += event.payload.count
      break
  }
  own.lamport = event.lamport
}

export const read = (state: State): Measured => ({
  seconds:
    (state.over
      ? state.durationUs
      : Math.min(state.lastUs - state.startUs - state.downUs, state.durationUs)) / 1e6,
  machines: state.machines,
  downSeconds: state.downUs / 1e6,
})
