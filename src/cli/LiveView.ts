/** A run as it is watched: a row a machine in a terminal, a line a second where there is none. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import pc from "picocolors"
import * as MachineList from "../domain/MachineList.ts"
import type { Progress } from "../runtime/Laboratory.ts"
import { note } from "./Output.ts"
import { table } from "./Table.ts"
import { showDuration } from "./Units.ts"

const framesMs = 200
const logLinesMs = 1_000
const barWidth = 20
/** Recipients that are named of a send, so that the column stays narrow. */
const mostNamed = 3

type Machine = Progress["machines"][number]

const queueBar = (length: number, capacity: number): string => {
  const filled = length === 0 ? 0 : Math.max(1, Math.round((length / capacity) * barWidth))
  return `${"█".repeat(filled)}${"·".repeat(barWidth - filled)} ${length}`
}

const lastEvent = ({ last }: Machine): string => {
  if (last === undefined) return ""
  if (last.kind === "sent") return `sent to ${MachineList.inWords(last.payload.recipients, mostNamed)}`
  if (last.kind === "received") return `received ${last.payload.sender}/${last.payload.sendVersion}`
  return last.kind
}

const elapsed = (progress: Progress): number => Math.max(0, progress.nowUs() - progress.startUs)

const footer = (progress: Progress, durationUs: number): string =>
  `${progress.stored()} events stored · ${showDuration(elapsed(progress))} of ${showDuration(durationUs)}`

/** One picture of the run, as many machines as fit into `rows`. */
export const frame = (progress: Progress, durationUs: number, rows: number): ReadonlyArray<string> => {
  const shown = progress.machines.slice(0, Math.max(1, rows - 4))
  const lines = table(
    ["machine", "rate", "clock", "queue", "last event", "late"],
    shown.map((machine) => [
      machine.machine,
      machine.tickRateHz,
      machine.state.lamport,
      queueBar(machine.inbox.length, machine.inbox.capacity),
      lastEvent(machine).padEnd(24),
      showDuration(machine.latenessUs).padStart(8),
    ]),
  )
  const hidden = progress.machines.length - shown.length
  return [...lines, ...(hidden > 0 ? [`... and ${hidden} more machines`] : []), footer(progress, durationUs)]
}

const terminal = (progress: Progress, durationUs: number, color: boolean): Effect.Effect<never> => {
  const colors = pc.createColors(color)
  let drawn = 0
  const draw = Effect.suspend(() => {
    const { rows = 24, columns = 80 } = process.stderr
    const [head, ...lines] = frame(progress, durationUs, rows).map((line) => line.slice(0, columns - 1))
    const up = drawn === 0 ? "" : `\x1b[${drawn}A`
    drawn = lines.length + 1
    const last = lines.pop() ?? ""
    return note(
      `${up}${[colors.bold(head ?? ""), ...lines, colors.dim(last)].map((line) => `\x1b[2K${line}`).join("\n")}`,
    )
  })
  return draw.pipe(
    Effect.zipRight(Effect.sleep(Duration.millis(framesMs))),
    Effect.forever,
    Effect.ensuring(draw),
  )
}

const logLines = (progress: Progress, durationUs: number): Effect.Effect<never> =>
  Effect.suspend(() => {
    const clocks = progress.machines.slice(0, 8).map((machine) => machine.state.lamport)
    const queues = progress.machines.slice(0, 8).map((machine) => machine.inbox.length)
    const more = progress.machines.length > 8 ? " ..." : ""
    return note(
      `${footer(progress, durationUs)} · clocks ${clocks.join(" ")}${more} · queues ${queues.join(" ")}${more}`,
    )
  }).pipe(Effect.delay(Duration.millis(logLinesMs)), Effect.forever)

/** Shows the run on standard error until interrupted. */
export const show = (progress: Progress, durationUs: number, color: boolean): Effect.Effect<never> =>
  process.stderr.isTTY ? terminal(progress, durationUs, color) : logLines(progress, durationUs)
