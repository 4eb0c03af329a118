/** What stands above a run: its name, how it stands, and what it is. */
import type { Forking } from "../../src/domain/ClockEvent.ts"
import { html } from "../Elements.ts"
import type * as Following from "./Following.ts"
import type * as Model from "./Model.ts"
import * as Route from "./Route.ts"
import { pathOf, Refused, runOf } from "./Server.ts"
import * as TokenField from "./TokenField.ts"
import * as Told from "./Told.ts"

export interface RunHead {
  readonly element: HTMLElement
  /** How many events it has; 0 where it is not there. */
  readonly ask: () => Promise<number>
  readonly state: (state: Following.State, why?: string, needsToken?: boolean) => void
  readonly show: (seen: Model.Seen, events: number) => void
  readonly dispose: () => void
}

const askAgainMs = 5_000

/** How the log stands, where no more is said of the run. */
const words: Readonly<Record<Following.State, string>> = {
  loading: "loading",
  live: "live",
  lost: "connection lost",
  ended: "finished",
  absent: "not there",
}

export const make = (run: string): RunHead => {
  const status = html("span", { class: "status loading" }, "loading")
  const facts = html("p", { class: "facts" })
  const trouble = html("p", { class: "problem", hidden: "" })
  const token = html("div", {})
  const parent = html("p", { class: "note", hidden: "" })
  const report = html("a", { class: "button", href: `${pathOf(run)}/report` }, "Report")
  const element = html(
    "div",
    {},
    html(
      "div",
      { class: "heading" },
      html("h1", { tabindex: -1 }, html("span", { class: "kind" }, "Run "), run),
      status,
      report,
    ),
    facts,
    parent,
    trouble,
    token,
  )
  const abort = new AbortController()
  let timer = 0
  let state: Following.State = "loading"
  let listed: string | undefined
  let [why, failure]: [string | undefined, string | undefined] = [undefined, undefined]

  const showTrouble = (): void => {
    const text = why ?? failure
    trouble.hidden = text === undefined
    Told.put(trouble, text ?? "")
  }
  const showParent = (of: Forking): void => {
    parent.hidden = false
    const set = of.set.length === 0 ? "with nothing changed" : `with ${of.set.join(", ")}`
    parent.replaceChildren(
      `Goes on from position ${of.position} of `,
      html("a", { href: Route.format(Route.ofRun(of.run)) }, of.run),
      `, ${set}. `,
      html("a", { href: Route.format({ view: "compare", a: of.run, b: run }) }, "Compare them"),
      ".",
    )
  }
  const showStatus = (): void => {
    const isAlive = state === "live" && (listed === undefined || listed === "running")
    const [kind, text] =
      state === "live" && !isAlive
        ? [listed!, listed!]
        : [state === "ended" ? "finished" : state, words[state]]
    status.className = `status ${kind}`
    Told.put(status, text)
  }
  const ask = async (): Promise<number> => {
    const found = await runOf(run, abort.signal).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 404) return undefined
      throw error
    })
    listed = found?.status
    failure = typeof found?.failure === "string" ? `Not carried out: ${found.failure}` : undefined
    if (found?.parent && parent.hidden) showParent(found.parent)
    showStatus()
    showTrouble()
    if (state !== "ended" && !abort.signal.aborted)
      timer = window.setTimeout(() => void ask().catch(() => {}), askAgainMs)
    return Number(found?.events ?? 0)
  }

  return {
    element,
    ask,
    state: (next, reason, needsToken = false) => {
      state = next
      why = reason
      if (!needsToken) token.replaceChildren()
      else if (token.childElementCount === 0) token.append(TokenField.make())
      showTrouble()
      showStatus()
    },
    show: ({ run: { machines, axis, endUs }, data }, events) => {
      const rates = machines.map(({ rate }) => rate).filter((rate) => rate !== null)
      const parts = [
        `${Told.number(machines.length)} ${machines.length === 1 ? "machine" : "machines"}`,
        ...(rates.length === machines.length && rates.length <= 12
          ? [`${rates.join(", ")} ticks a second`]
          : []),
        `${Told.number(events)} ${events === 1 ? "event" : "events"}`,
        ...(axis === "time" ? [Told.seconds(endUs)] : []),
        ...(data.atUs.length > 0 && data.version[data.ofMachine[1]?.[0] ?? 0]! > 1
          ? ["the tail of the run: what is before is in its report"]
          : []),
      ]
      if (facts.textContent !== parts.join(""))
        facts.replaceChildren(...parts.map((part) => html("span", {}, part)))
    },
    dispose: () => {
      abort.abort()
      window.clearTimeout(timer)
    },
  }
}
