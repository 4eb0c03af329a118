/** Every machine at the moment that is looked at: its clock, how far it is behind, its queue and its last event. */
import { html } from "../Elements.ts"
import { called } from "../MachineName.ts"
import type * as Palette from "../Palette.ts"
import { addressOf, placeAt, type SpaceTimeData } from "../SpaceTimeData.ts"
import * as Table from "./Table.ts"
import * as Told from "./Told.ts"

export interface MachineStates {
  readonly element: HTMLElement
  readonly show: (data: SpaceTimeData, rates: ReadonlyArray<number | null>, atUs: number) => void
}

/** More are no table that anybody reads, and cost a frame. */
const mostMachines = 24

interface Row {
  readonly element: HTMLTableRowElement
  readonly cells: ReadonlyArray<HTMLTableCellElement>
  readonly last: HTMLButtonElement
}

const columns = [...Table.numbers("Machine", "Ticks / s", "Clock", "Behind", "Queue"), { name: "Last event" }]

/** The last event of a machine up to a time, -1 before its first. */
const lastUpTo = (data: SpaceTimeData, machine: number, atUs: number): number => {
  const own = data.ofMachine[machine]!
  return own[placeAt(data, machine, atUs + 1) - 1] ?? -1
}

const known = (value: number): string => (value < 0 ? "" : Told.number(value))

export const make = (palette: () => Palette.Palette, choose: (event: number) => void): MachineStates => {
  const body = html("tbody")
  const more = html("p", { class: "note" })
  const table = Table.make("states", "Machines at this moment", columns, body)
  const element = html(
    "section",
    { class: "machine-states" },
    Table.scrolling("machines at this moment", table),
    more,
  )
  const rows: Array<Row> = []
  const events: Array<number> = []

  const makeRow = (data: SpaceTimeData, machine: number): Row => {
    const { colourOf } = palette()
    const swatch = html("i", { class: "dot" })
    swatch.style.background = colourOf(machine)
    const name = html("th", { scope: "row" }, swatch, called(data.names[machine - 1], machine))
    const numbers = Array.from({ length: 4 }, () => html("td", { class: "number" }))
    const last = html("button", { type: "button", class: "address" })
    last.addEventListener("click", () => choose(events[machine] ?? -1))
    return { element: html("tr", {}, name, ...numbers, html("td", {}, last)), cells: numbers, last }
  }

  return {
    element,
    show: (data, rates, atUs) => {
      const shown = Math.min(mostMachines, data.machines)
      while (rows.length < shown) {
        const row = makeRow(data, rows.length + 1)
        rows.push(row)
        body.append(row.element)
      }
      Told.put(more, data.machines > shown ? `and ${data.machines - shown} machines more` : "")
      let largest = 0
      for (let machine = 1; machine <= data.machines; machine++) {
        const event = lastUpTo(data, machine, atUs)
        events[machine] = event
        if (event >= 0) largest = Math.max(largest, data.lamport[event]!)
      }
      for (const [i, { cells, last }] of rows.entries()) {
        const event = events[i + 1]!
        const clock = event < 0 ? -1 : data.lamport[event]!
        Told.put(cells[0]!, String(rates[i] ?? ""))
        Told.put(cells[1]!, known(clock))
        Told.put(cells[2]!, clock < 0 ? "" : known(largest - clock))
        Told.put(cells[3]!, event < 0 ? "" : known(data.queueLength[event]!))
        Told.put(last, event < 0 ? "" : `${addressOf(data, event)} ${data.kinds[data.kind[event]!]}`)
        last.hidden = event < 0
      }
    },
  }
}
