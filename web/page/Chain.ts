/** The chain of causes behind a clock, as the server walks it through the whole record: jump by jump, back to a start. */
import { html } from "../Elements.ts"
import { called } from "../MachineName.ts"
import { get, pathOf } from "./Server.ts"
import * as Told from "./Told.ts"

interface Point {
  readonly event?: string
  readonly machine?: number
  readonly version?: number
  readonly lamport?: number | null
}

interface Why {
  readonly chain: ReadonlyArray<{
    readonly machine: number
    readonly first: Point
    readonly last: Point
    readonly jump: { readonly own: number; readonly because: Point } | null
  }>
  readonly complete: boolean
}

const address = ({ event, machine, version }: Point): string => event ?? `${machine}/${version}`

const clock = ({ lamport }: Point): string => (typeof lamport === "number" ? ` at ${lamport}` : "")

const mostLegs = 60

const leg = (
  { machine, first, last, jump }: Why["chain"][number],
  names: ReadonlyArray<string>,
): HTMLElement => {
  const name = called(names[machine - 1], machine)
  const steps =
    address(first) === address(last)
      ? `${name}: ${address(first)}${clock(first)}`
      : `${name}: from ${address(first)}${clock(first)} to ${address(last)}${clock(last)}`
  const cause =
    jump === null
      ? ""
      : `, set there from ${jump.own} by message ${address(jump.because)}${clock(jump.because)}`
  return html("li", {}, `${steps}${cause}`)
}

const told = ({ chain, complete }: Why, names: ReadonlyArray<string>): ReadonlyArray<HTMLElement> => [
  html("ol", {}, ...chain.slice(0, mostLegs).map((one) => leg(one, names))),
  ...(chain.length > mostLegs || !complete
    ? [html("p", { class: "note" }, "The chain goes on from there.")]
    : []),
]

export const make = (run: string, event: string, names: ReadonlyArray<string>): HTMLElement => {
  const answer = html("div", {})
  const details = html("details", { class: "chain" }, html("summary", {}, "The chain of causes"), answer)
  let asked = false
  details.addEventListener("toggle", () => {
    if (!details.open || asked) return
    asked = true
    answer.replaceChildren(html("p", { class: "note" }, "Asking ..."))
    get<Why>(`${pathOf(run)}/why/${event}`).then(
      (why) => answer.replaceChildren(...told(why, names)),
      (error: Error) => {
        asked = false
        answer.replaceChildren(Told.problem(error.message))
      },
    )
  })
  return details
}
