/**
 * `window.lightcone`, for those who work on a page of theirs with a script, and for tests:
 *
 *     lightcone.runs                          the runs by name
 *     lightcone.events(run)                   every event in the diagram, in the order of the log
 *     lightcone.messages(run)                 every message, in the order of its send
 *     lightcone.select("2/17", run)           lights up a cone; null lets go
 *     lightcone.cone("2/17", run)             addresses before and after it, and how many are concurrent
 *     lightcone.zoomTo(from, to, run)         the window in seconds
 *     lightcone.positionOf("2/17", run)       where it is in the drawing, in its pixels
 *     lightcone.arrows(run)                   what is drawn: arrow k of the paths `data-lightcone="messages STATE"`
 *                                             with `data-light="LIGHT"`, in their order, is messages[k]
 *
 * Where an imported run is drawn by the order of its events, a second stands for an event.
 * `run` is the place of a run in the report, 0 unless given.
 */
import { messageStates, type RunData } from "../src/interchange/report/ReportData.ts"
import * as Cone from "./Cone.ts"
import type { SpaceTime } from "./SpaceTime.ts"
import { addressOf, find } from "./SpaceTimeData.ts"

export const provide = (
  report: { readonly runs: ReadonlyArray<Pick<RunData, "run">> },
  diagrams: ReadonlyArray<SpaceTime | undefined>,
): void => {
  const of = (run: number): SpaceTime => {
    const diagram = diagrams[run]
    if (diagram === undefined) throw new Error(`there is no diagram of run ${run} (yet)`)
    return diagram
  }
  const eventOf = (diagram: SpaceTime, address: string): number => {
    const event = find(diagram.data(), address)
    if (event < 0) throw new Error(`the diagram has no event ${address}`)
    return event
  }
  const known = (value: number): number | null => (value < 0 ? null : value)
  const access = {
    runs: report.runs.map(({ run }) => run),
    events: (run = 0) => {
      const data = of(run).data()
      return Array.from(data.atUs, (atUs, i) => ({
        address: addressOf(data, i),
        machine: data.machine[i],
        version: data.version[i],
        kind: data.kinds[data.kind[i]!],
        seconds: atUs / 1e6,
        lamport: known(data.lamport[i]!),
        queueLength: known(data.queueLength[i]!),
        name: data.names[data.machine[i]! - 1] ?? String(data.machine[i]),
        label: data.labels[i] ?? null,
      }))
    },
    messages: (run = 0) => {
      const data = of(run).data()
      return Array.from(data.send, (send, k) => ({
        send: addressOf(data, send),
        recipient: data.recipient[k],
        state: messageStates[data.state[k]!],
        end: data.end[k]! < 0 ? null : addressOf(data, data.end[k]!),
      }))
    },
    select: (address: string | null, run = 0) => {
      const diagram = of(run)
      diagram.select(address === null ? -1 : eventOf(diagram, address))
    },
    cone: (address: string, run = 0) => {
      const data = of(run).data()
      const event = eventOf(of(run), address)
      const cone = Cone.of(data, event)
      if (cone === undefined) return null
      const related = (relation: Cone.Relation) =>
        Array.from(data.atUs.keys())
          .filter((i) => Cone.relationOf(data, cone, i) === relation)
          .map((i) => addressOf(data, i))
      const { before, after, concurrent } = Cone.Relation
      return { before: related(before), after: related(after), concurrent: related(concurrent).length }
    },
    zoomTo: (fromSeconds: number, toSeconds: number, run = 0) =>
      of(run).zoomTo(fromSeconds * 1e6, toSeconds * 1e6),
    window: (run = 0) => {
      const { fromUs, toUs } = of(run).window()
      return [fromUs / 1e6, toUs / 1e6]
    },
    positionOf: (address: string, run = 0) => {
      const diagram = of(run)
      diagram.flush()
      return diagram.positionOf(eventOf(diagram, address))
    },
    arrows: (run = 0) =>
      of(run)
        .drawn()
        .arrows.map(({ state, light, messages }) => ({ state: messageStates[state], light, messages })),
    marks: (run = 0) => {
      const { data: current, drawn } = of(run)
      const data = current()
      return drawn().marks.map(({ kind, light, events }) => ({
        kind: data.kinds[kind],
        light,
        events: events.map((event) => addressOf(data, event)),
      }))
    },
  }
  Object.assign(window, { lightcone: access })
}
