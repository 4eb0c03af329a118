/**
 * For ShiViz (Beschastnikh et al., "Debugging Distributed Systems", CACM 2016), which draws space-time diagrams from
 * vector clocks: two lines an event, its host with the clock and then the text. A file that is opened there begins
 * with the expression that reads it and a line for a delimiter; pasted into the page, those two lines match nothing.
 *
 * ShiViz demands that a host's own entry counts 1, 2, 3, ... and that no entry is beyond its host's events. So the
 * clocks are not those of the run: they count, by Fidge's rule, what is exported, and the receipt of a message
 * whose send is not is an event of its machine alone.
 */
import {
  type AnyClockEvent,
  isClockEvent,
  isRunEvent,
  isSecondCopy,
  type Logged,
} from "../../domain/ClockEvent.ts"
import { InFlight } from "../../domain/InFlight.ts"
import * as Purpose from "../../domain/Purpose.ts"
import { VectorClocks } from "../../domain/VectorClock.ts"
import type { Context, Exporter, Format } from "./Exporter.ts"
import { hosts } from "./SafeNames.ts"
import { jsonText, oneLine, what } from "./Wording.ts"

const expression = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)"

const textOf = (event: Logged<AnyClockEvent>, { nameOf, startUs }: Context): string => {
  const said = Purpose.said(event.payload)
  const says = said === undefined ? what(event, nameOf) : `${what(event, nameOf)}: ${said}`
  const clock = event.lamport === null ? "" : `, clock ${event.lamport}`
  const queue = event.queueLength === null ? "" : `, queue ${event.queueLength}`
  const seconds = ((event.occurredAtUs - startUs) / 1_000_000).toFixed(6)
  return oneLine(`${says} (${event.machine}/${event.version}, ${seconds} s${clock}${queue})`)
}

const make = (context: Context): Exporter => {
  const machines = context.machines.filter((machine) => machine > 0)
  const host = hosts(context)
  const columns = new Map(machines.map((machine, column) => [machine, column]))
  const names = machines.map(host)
  const keys = names.map((name) => `${jsonText(name)}:`)
  const vectors = new VectorClocks(machines.length, machines.length)
  const inFlight = new InFlight<number>(machines, (row) => vectors.release(row))
  const clockOf = (column: number): string => {
    let text = ""
    for (let entry = 0; entry < keys.length; entry++) {
      const count = vectors.at(column, entry)
      if (count > 0) text += `${text === "" ? "" : ","}${keys[entry]}${count}`
    }
    return `{${text}}`
  }
  return {
    begin: () => `${expression}\n\n`,
    event: (event) => {
      if (!isRunEvent(event) && event.kind === "dropped" && !isSecondCopy(event)) inFlight.take(event.payload)
      if (isRunEvent(event) || !isClockEvent(event)) return ""
      const column = columns.get(event.machine)!
      if (event.kind === "received") inFlight.take(event.payload, (row) => vectors.receive(column, row))
      vectors.raise(column, column, vectors.at(column, column) + 1)
      if (event.kind === "sent") inFlight.send(event, () => vectors.send(column, 1))
      return `${names[column]} ${clockOf(column)}\n${textOf(event, context)}\n`
    },
    end: () => "",
  }
}

export const format: Format = {
  name: "shiviz",
  does: "clock events with vector clocks, for ShiViz",
  kinds: "clock",
  next: "open it in ShiViz with Select a file",
  make,
}
