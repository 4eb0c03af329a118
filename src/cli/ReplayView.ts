/** A replay as people read it: an event a line, and every machine's state at the end. */
import { address, type Logged } from "../domain/ClockEvent.ts"
import * as MachineList from "../domain/MachineList.ts"
import type { Outcome, Replay, ReplayedMachine } from "../domain/Replay.ts"
import type { Difference } from "../domain/replay/Difference.ts"
import { harmless } from "./Output.ts"
import { table } from "./Table.ts"
import { showDuration } from "./Units.ts"

/** Rows of machines; a thousand of them are for `--json`. */
const mostRows = 24
/** Machines whose state is told after every event. */
const mostBeside = 8
/** Recipients that are named of a send. */
const mostNamed = 3

const counted = (count: number): string => count.toLocaleString("en")

const what = (event: Logged): string => {
  switch (event.kind) {
    case "sent":
      return `sent to ${MachineList.inWords(event.payload.recipients, mostNamed)}`
    case "received":
      return `received ${event.payload.sender}/${event.payload.sendVersion}`
    case "dropped":
      return `dropped ${event.payload.sender}/${event.payload.sendVersion}`
    default:
      return event.kind
  }
}

const beside = (replay: Replay): string => {
  const states: Array<ReplayedMachine> = []
  for (let machine = 1; machine <= mostBeside; machine++) {
    const state = replay.machine(machine)
    if (state !== undefined) states.push(state)
  }
  const more = replay.machine(mostBeside + 1) === undefined ? "" : " ..."
  return `clocks ${states.map(({ lamport }) => lamport).join(" ")}${more} · queues ${states.map(({ queueLength }) => queueLength).join(" ")}${more}`
}

/** An event and, after it, the states of the machines. */
export const eventLine = (event: Logged, startUs: number, replay: Replay): string => {
  const state = replay.machine(event.machine)
  const clock = state === undefined ? "" : `L=${state.lamport} queue=${state.queueLength}`
  const sinceUs = event.occurredAtUs - startUs
  const when = `${sinceUs < 0 ? "" : "+"}${(sinceUs / 1_000_000).toFixed(6)}s`
  return `${String(event.position).padStart(6)}  ${when.padStart(13)}  ${address(event).padEnd(8)} ${what(event).padEnd(18)} ${clock.padEnd(16)} ${beside(replay)}`.trimEnd()
}

export const differenceLine = ({ position, event, field, recorded, replayed }: Difference): string =>
  harmless(
    `DIFFERS at position ${position}, event ${event}: ${field}: recorded ${recorded}, replayed ${replayed}`,
  )

export const machineTable = (machines: ReadonlyArray<ReplayedMachine>): ReadonlyArray<string> => {
  const rows = machines.slice(0, mostRows)
  const more = machines.length - rows.length
  return [
    ...table(
      ["machine", "rate", "state", "version", "clock", "rolls", "received", "queue"],
      rows.map((m) => [m.machine, m.rate, m.stage, m.version, m.lamport, m.rolls, m.received, m.queueLength]),
    ),
    ...(more > 0 ? [`... and ${more} more machines`] : []),
  ]
}

export interface Ending {
  readonly run: string
  readonly head: number
  readonly growing: boolean
  /** The log was left before its end. */
  readonly interrupted: boolean
  readonly tookUs: number
}

/** What came of it, in sentences. */
export const conclusion = (outcome: Outcome, ending: Ending): ReadonlyArray<string> => {
  const { run, head, growing, interrupted, tookUs } = ending
  const rate = Math.round(outcome.events / Math.max(tookUs / 1_000_000, 0.001))
  const place =
    outcome.upTo < head
      ? ` of ${counted(head)}`
      : growing
        ? ", the present head of a run that is still being written"
        : ""
  const lines = [
    `replayed ${counted(outcome.events)} events up to position ${counted(outcome.upTo)}${place} in ${showDuration(tookUs)} (${counted(rate)} a second)`,
  ]
  if (interrupted) lines.push("interrupted: what follows was not replayed")
  if (outcome.queueLengthsNotRebuilt > 0)
    lines.push(
      `the queue lengths of ${counted(outcome.queueLengthsNotRebuilt)} events are taken from the record: no later event says what had arrived by then`,
    )
  if (outcome.events === 0) return [`nothing to replay: run ${run} has no events`]
  const differing = outcome.differences.length + outcome.moreDifferences
  lines.push(
    differing === 0
      ? `run ${run}: replayed and recorded states are the same`
      : `run ${run}: recorded and replayed states DIFFER in ${counted(differing)} places`,
  )
  return lines
}
