/** What theory says of settings before they are run. */
import { html } from "../Elements.ts"
import { get, Refused } from "./Server.ts"
import * as Table from "./Table.ts"
import * as Told from "./Told.ts"

export interface Foretold {
  readonly element: HTMLElement
  /** Asks when nothing more was entered for a while. */
  readonly ask: (config: object) => void
  readonly dispose: () => void
}

const quietMs = 350
const mostMachines = 24

interface Machine {
  readonly machine: number
  readonly rateHz: number
  readonly utilisation: number
  readonly queueGrowthHz: number
  readonly clockRateHz: number
}

interface Answer {
  readonly prediction: { readonly fixedPoints: ReadonlyArray<{ readonly machines: ReadonlyArray<Machine> }> }
}

const columns = Table.numbers("Machine", "Ticks / s", "Busy", "Queue grows by", "Clock rises by")

const rounded = (value: number): string => String(Number(value.toPrecision(3)))

const tableOf = (machines: ReadonlyArray<Machine>, caption: string): HTMLElement => {
  const row = ({ machine, rateHz, utilisation, queueGrowthHz, clockRateHz }: Machine) =>
    Table.row(html("th", { scope: "row" }, `machine ${machine}`), [
      rounded(rateHz),
      `${rounded(100 * utilisation)} %`,
      `${rounded(queueGrowthHz)} / s`,
      `${rounded(clockRateHz)} / s`,
    ])
  const body = html("tbody", {}, ...machines.slice(0, mostMachines).map(row))
  return Table.scrolling(caption, Table.make("states foretold", caption, columns, body))
}

const told = ({ prediction: { fixedPoints } }: Answer): ReadonlyArray<HTMLElement> =>
  fixedPoints.map(({ machines }, i) =>
    tableOf(
      machines,
      fixedPoints.length === 1
        ? "What theory foretells"
        : `What theory foretells: fixed point ${i + 1} of ${fixedPoints.length}; the run chooses`,
    ),
  )

export const make = (): Foretold => {
  const element = html("section", { "aria-label": "prediction" })
  let timer = 0
  let abort = new AbortController()
  const ask = async (config: object): Promise<void> => {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const query = new URLSearchParams({ config: JSON.stringify(config) })
      element.replaceChildren(...told(await get<Answer>(`/prediction?${query}`, signal)))
    } catch (error) {
      if (signal.aborted) return
      // Settings in the middle of being typed are no error yet; what is wrong with them is said at the start.
      const isOfSettings = error instanceof Refused && error.status === 400
      element.replaceChildren(...(isOfSettings ? [] : [Told.problem((error as Error).message)]))
    }
  }
  return {
    element,
    ask: (config) => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => void ask(config), quietMs)
    },
    dispose: () => {
      window.clearTimeout(timer)
      abort.abort()
    },
  }
}
