/** The machines' logs as the course asks for them: to be read by people, a file each or all in one. */
import { isRunEvent } from "../../domain/ClockEvent.ts"
import * as MachineLog from "../MachineLog.ts"
import { type Format, lines } from "./Exporter.ts"
import { oneLine } from "./Wording.ts"

/** Longer names push their lines to the right. */
const widestName = 32

export const format: Format = {
  name: "log",
  does: "a line an event with system time, queue length and clock, for people",
  kinds: "machines",
  extension: "log",
  make: ({ machines, nameOf, startUs, alone }) => {
    const widths = machines.map((machine) => oneLine(nameOf(machine)).length)
    const width = Math.min(widestName, Math.max("machine".length, ...widths))
    const front = (name: string) => (alone ? "" : `${name.padEnd(width)}  `)
    return lines(
      (event) =>
        isRunEvent(event)
          ? ""
          : `${front(oneLine(nameOf(event.machine)))}${MachineLog.line(event, startUs, nameOf)}\n`,
      () => `${front("machine")}${MachineLog.header}\n`,
    )
  },
}
