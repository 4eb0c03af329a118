/**
 * One run: its diagram, growing while events arrive, and beside it what the moment and the chosen event say. Events are
 * heard as they come and drawn at most once a frame, and less often where a frame of this run costs more.
 */
import * as Beginning from "../../src/domain/Beginning.ts"
import { isRunEvent, type Recorded } from "../../src/domain/ClockEvent.ts"
import { html } from "../Elements.ts"
import * as Palette from "../Palette.ts"
import * as ScriptAccess from "../ScriptAccess.ts"
import * as SpaceTime from "../SpaceTime.ts"
import { addressOf, find } from "../SpaceTimeData.ts"
import * as TimeWindow from "../TimeWindow.ts"
import * as ClockTable from "./ClockTable.ts"
import * as EventPanel from "./EventPanel.ts"
import * as Following from "./Following.ts"
import * as LiveCharts from "./LiveCharts.ts"
import * as MachineStates from "./MachineStates.ts"
import * as Model from "./Model.ts"
import * as Moment from "./Moment.ts"
import * as Route from "./Route.ts"
import * as RunHead from "./RunHead.ts"
import * as Told from "./Told.ts"
import type { Shell, View } from "./View.ts"

/** Of the time, what drawing the growth of a run may take. */
const share = 1 / 4
const leastMs = 60
/** Addresses change no oftener: browsers limit it. */
const addressMs = 250
const widthOfFewUs = 10_000_000
const fewEvents = 60
const announceMs = 20_000

/** What is there once the run's first event has come. */
interface Drawn {
  seen: Model.Seen
  readonly diagram: SpaceTime.SpaceTime
  readonly states: MachineStates.MachineStates
  readonly panel: EventPanel.EventPanel
  readonly charts: LiveCharts.LiveCharts
}

export const make = (first: Route.RunRoute, { announce, replace, retitle }: Shell): View => {
  const { run } = first
  const head = RunHead.make(run)
  const waiting = html("p", { class: "note" }, "Reading the log ...")
  const place = html("div", { class: "place" }, waiting)
  const element = html("div", { class: "run-view" }, head.element, place)
  const diagrams: Array<SpaceTime.SpaceTime | undefined> = []
  ScriptAccess.provide({ runs: [{ run }] }, diagrams)

  let model = Model.make(run, false)
  let drawn: Drawn | undefined
  let state: Following.State = "loading"
  let leave = (): void => {}
  let [frame, timer, addressTimer, freeAtMs, announcedAtMs] = [0, 0, 0, 0, 0]
  let disposed = false
  /** As the list of runs has it, 0 where it does not. */
  let listed = 0
  let following = first.at === undefined
  /** The moment: the end of the window, but where the window cannot end so early. */
  let momentUs = 0
  /** What the address asks for, until all that the log had at first is there, or somebody moves on. */
  let wanted: Route.RunRoute | undefined = first
  /** Undefined until somebody chooses one. */
  let widthUs = first.width === undefined ? undefined : first.width * 1e6

  /** As much as is told apart well, by how dense this run's events are. */
  const usualWidthUs = ({ data }: Model.Seen): number => {
    if (data.atUs.length < fewEvents) return widthOfFewUs
    return Math.max(1_000, SpaceTime.firstWidthUs(data, Math.max(280, place.clientWidth - 80)))
  }
  const windowEnding = (atUs: number): TimeWindow.TimeWindow => {
    momentUs = Math.min(atUs, drawn!.seen.run.endUs)
    const width = widthUs ?? usualWidthUs(drawn!.seen)
    return TimeWindow.within(atUs - width, width, drawn!.seen.run.endUs)
  }
  const inWords = (us: number): string => {
    const { axis } = drawn!.seen.run
    return axis === "time" ? Told.seconds(us) : `event ${Math.round(us / 1e6)}`
  }

  const routeNow = (): Route.RunRoute => {
    const window = drawn!.diagram.window()
    const event = drawn!.diagram.selected()
    return {
      view: "run",
      run,
      at: following ? undefined : momentUs / 1e6,
      width: widthUs === undefined && following ? undefined : (window.toUs - window.fromUs) / 1e6,
      event: event < 0 ? undefined : addressOf(drawn!.seen.data, event),
    }
  }
  const tellAddress = (): void => {
    if (addressTimer !== 0) return
    addressTimer = window.setTimeout(() => {
      addressTimer = 0
      if (drawn !== undefined && !disposed) replace(Route.format(routeNow()))
    }, addressMs)
  }

  /** Everything that goes with the moment: cheap enough for every frame. */
  const showMoment = (window: TimeWindow.TimeWindow): void => {
    const { seen, states, charts } = drawn!
    const rates = seen.run.machines.map(({ rate }) => rate)
    states.show(seen.data, rates, momentUs)
    charts.point({ fromUs: Math.min(window.fromUs, momentUs), toUs: momentUs })
    moment.show({
      atUs: momentUs,
      endUs: seen.run.endUs,
      widthUs: window.toUs - window.fromUs,
      following,
      ended: state === "ended",
      text: `${inWords(momentUs)} of ${inWords(seen.run.endUs)}`,
    })
  }
  const showWindow = (window: TimeWindow.TimeWindow): void => {
    drawn!.diagram.show(window)
    showMoment(window)
  }

  const moment = Moment.make({
    moved: (atUs) => {
      if (drawn === undefined) return
      wanted = undefined
      following = false
      showWindow(windowEnding(atUs))
      tellAddress()
    },
    follow: (isFollowing) => {
      if (drawn === undefined) return
      wanted = undefined
      following = isFollowing
      showWindow(following ? windowEnding(drawn.seen.run.endUs) : drawn.diagram.window())
      tellAddress()
    },
  })

  /** Somebody moved the diagram itself; at its end a run that goes on is followed. */
  const moved = (window: TimeWindow.TimeWindow): void => {
    wanted = undefined
    widthUs = window.toUs - window.fromUs
    momentUs = window.toUs
    following = window.toUs >= drawn!.seen.run.endUs
    showMoment(window)
    tellAddress()
  }
  const chosen = (event: number): void => {
    const { panel, seen, diagram } = drawn!
    wanted = undefined
    panel.show(seen.data, event, diagram.cone())
    tellAddress()
  }
  /** Chosen elsewhere on the page: brought into view. */
  const choose = (event: number): void => {
    if (drawn === undefined || event < 0) return
    const { diagram, seen } = drawn
    const window = TimeWindow.showing(diagram.window(), seen.data.atUs[event]!, seen.run.endUs)
    if (window !== diagram.window()) {
      following = false
      momentUs = window.toUs
      showWindow(window)
    }
    diagram.select(event)
    chosen(event)
  }

  const take = (route: Route.RunRoute): void => {
    const { diagram, panel, seen } = drawn!
    following = route.at === undefined
    widthUs = route.width === undefined ? undefined : route.width * 1e6
    showWindow(windowEnding(route.at === undefined ? seen.run.endUs : route.at * 1e6))
    const event = route.event === undefined ? -1 : find(seen.data, route.event)
    diagram.select(event)
    panel.show(seen.data, event, diagram.cone())
  }

  const begin = (seen: Model.Seen): Drawn => {
    const rates = seen.run.machines.map(({ rate }) => rate)
    const words = `Space-time diagram of run ${run}: ${seen.run.machines.length} machines.`
    const diagram = SpaceTime.make(seen.data, rates, words, { moved, chosen })
    const palette = Palette.of(seen.run.machines)
    const states = MachineStates.make(() => palette, choose)
    const panel = EventPanel.make(run, choose)
    const charts = LiveCharts.make(seen.run)
    place.replaceChildren(
      html(
        "section",
        { class: "diagram", "aria-label": "space-time diagram" },
        moment.element,
        diagram.element,
      ),
      html("div", { class: "beside" }, states.element, panel.element),
      charts.element,
      ClockTable.make(run),
    )
    diagrams[0] = diagram
    return { seen, diagram, states, panel, charts }
  }

  const refresh = (): void => {
    frame = 0
    const seen = model.see()
    if (seen === undefined || disposed || (drawn === undefined && state === "loading")) return
    const began = performance.now()
    drawn ??= begin(seen)
    const { diagram, panel, charts } = drawn
    const chosenBefore = diagram.selected() < 0 ? undefined : addressOf(drawn.seen.data, diagram.selected())
    drawn.seen = seen
    diagram.grow(seen.data, chosenBefore === undefined ? -1 : find(seen.data, chosenBefore))
    head.show(seen, model.events())
    charts.show(seen.run)
    if (wanted !== undefined) take(wanted)
    else {
      showWindow(following ? windowEnding(seen.run.endUs) : diagram.window())
      panel.show(seen.data, diagram.selected(), diagram.cone())
    }
    if (state === "live" || state === "ended") wanted = undefined
    const tookMs = performance.now() - began
    freeAtMs = performance.now() + Math.max(leastMs, tookMs / share)
    tell(seen)
  }
  const later = (): void => {
    if (frame !== 0 || timer !== 0 || disposed) return
    timer = window.setTimeout(
      () => {
        timer = 0
        frame = requestAnimationFrame(refresh)
      },
      Math.max(0, freeAtMs - performance.now()),
    )
  }
  /** Now and then, for those who listen. */
  const tell = ({ run: { endUs } }: Model.Seen): void => {
    if (state !== "live" || performance.now() < announcedAtMs + announceMs) return
    announcedAtMs = performance.now()
    announce(`${Told.number(model.events())} events, ${inWords(endUs)}`)
  }

  const listener: Following.Listener = {
    heard: (events) => {
      model.add(events)
      if (model.events() > Model.maxEvents) void startFromTail(events[events.length - 1]!.position)
      // A run that is whole already is drawn once, not page by page.
      else if (state !== "loading") later()
      else
        Told.put(waiting, `Reading the log: ${Told.number(model.events())} of ${Told.number(listed)} events`)
    },
    changed: (next, why, needsToken) => {
      if (next === "ended" && state !== "ended")
        announce(state === "live" ? "The run has ended." : "This run has ended.")
      state = next
      head.state(next, why, needsToken)
      if (next === "live") Told.put(waiting, "The run has not begun; it appears here when it does.")
      if (next === "lost" || next === "absent") Told.put(waiting, "")
      later()
    },
  }

  const start = (head: ReadonlyArray<Recorded>, from: number, isTail: boolean): void => {
    leave()
    model = Model.make(run, isTail)
    if (isTail) model.add(head)
    leave = Following.begin(run, from, listener)
  }
  const startFromTail = async (position: number): Promise<void> => {
    leave()
    const abort = new AbortController()
    leave = () => abort.abort()
    const beginning = await Following.pageOf(run, 0, abort.signal, Beginning.events)
    if (!disposed) start(beginning.filter(isRunEvent), position - Model.tailEvents, true)
  }
  const open = async (): Promise<void> => {
    listed = await head.ask()
    if (disposed) return
    if (listed > Model.maxEvents) await startFromTail(listed)
    else start([], 0, false)
  }
  // What keeps the list from being had is met again, and told, by the log.
  void open().catch(() => start([], 0, false))

  const tidy = (): void => {
    if (drawn !== undefined && !disposed) showMoment(drawn.diagram.window())
  }
  window.addEventListener("resize", tidy)
  retitle(`Run ${run}`)

  return {
    element,
    title: `Run ${run}`,
    goTo: (route) => {
      if (route.view !== "run" || route.run !== run) return false
      wanted = route
      if (drawn !== undefined) take(route)
      return true
    },
    dispose: () => {
      disposed = true
      leave()
      head.dispose()
      window.removeEventListener("resize", tidy)
      window.clearTimeout(timer)
      window.clearTimeout(addressTimer)
      cancelAnimationFrame(frame)
    },
  }
}
