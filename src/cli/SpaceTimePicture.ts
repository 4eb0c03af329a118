/** A short run as space and time in text: a column a machine, a row a clock event, time going down. */
import { address, type ClockEvent, type Logged } from "../domain/ClockEvent.ts"

export interface Marked {
  readonly event: Logged<ClockEvent>
  /** One letter. */
  readonly mark: string
}

const timeWidth = 9
const gap = 2

const arrows = (event: ClockEvent): string => {
  switch (event.kind) {
    case "internal":
      return ""
    case "sent":
      return ` -> ${event.payload.recipients.join(", ")}`
    case "received":
      return ` <- ${event.payload.sender}/${event.payload.sendVersion}`
  }
}

/** Lines of at most one event each; `startUs` is where the time begins. */
export const draw = (
  events: ReadonlyArray<Logged<ClockEvent>>,
  machines: number,
  startUs: number,
  marked: ReadonlyArray<Marked>,
): ReadonlyArray<string> => {
  const markOf = (event: ClockEvent) => marked.find((one) => one.event === event)?.mark ?? "o"
  const cells = events.map((event) => `${markOf(event)} ${address(event)} L=${event.lamport}${arrows(event)}`)
  const header = Array.from({ length: machines }, (_, i) => `machine ${i + 1}`)
  const width = [...header, ...cells].reduce((widest, text) => Math.max(widest, text.length), 0) + gap
  const row = (time: string, columns: ReadonlyArray<string>) =>
    `${time.padStart(timeWidth)}  ${columns.map((text) => text.padEnd(width)).join("")}`.trimEnd()
  return [
    row("seconds", header),
    ...events.map((event, i) =>
      row(
        ((event.occurredAtUs - startUs) / 1_000_000).toFixed(3),
        header.map((_, column) => (event.machine === column + 1 ? cells[i]! : "|")),
      ),
    ),
  ]
}
