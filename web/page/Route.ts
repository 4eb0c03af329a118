/**
 * What is looked at, as the hash of the page's address:
 *
 *     #/                                       the runs
 *     #/runs/k3...?at=12.5&for=10&event=2/17   a run at a moment, the width of the window, the event that is chosen
 *     #/compare?a=k3...&b=x9...                two runs up to where they differ
 *     #/new                                    a run to be started
 *
 * Times are seconds of the run; without `at` a run is followed.
 */
export interface RunRoute {
  readonly view: "run"
  readonly run: string
  readonly at: number | undefined
  readonly width: number | undefined
  readonly event: string | undefined
}

export interface CompareRoute {
  readonly view: "compare"
  readonly a: string | undefined
  readonly b: string | undefined
}

export type Route = { readonly view: "runs" } | { readonly view: "new" } | RunRoute | CompareRoute

const seconds = (text: string | null): number | undefined => {
  const value = text === null || text === "" ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const parse = (hash: string): Route => {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2)
  const parameters = new URLSearchParams(query)
  const run = /^\/runs\/([^/]+)$/.exec(path)?.[1]
  if (run !== undefined) {
    const event = parameters.get("event") ?? ""
    return {
      view: "run",
      run: decoded(run),
      at: seconds(parameters.get("at")),
      width: seconds(parameters.get("for")),
      event: /^\d+\/\d+$/.test(event) ? event : undefined,
    }
  }
  if (path === "/compare")
    return {
      view: "compare",
      a: parameters.get("a") || undefined,
      b: parameters.get("b") || undefined,
    }
  return path === "/new" ? { view: "new" } : { view: "runs" }
}

/** To the microsecond, so that the window is the same, with all that lies on its edges. */
const written = (value: number): string => String(Number(value.toFixed(6)))

const query = (parts: ReadonlyArray<readonly [name: string, value: string | undefined]>): string => {
  const given = parts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value).replaceAll("%2F", "/")}`],
  )
  return given.length === 0 ? "" : `?${given.join("&")}`
}

export const format = (route: Route): string => {
  switch (route.view) {
    case "run":
      return `#/runs/${encodeURIComponent(route.run)}${query([
        ["at", route.at === undefined ? undefined : written(route.at)],
        ["for", route.width === undefined ? undefined : written(route.width)],
        ["event", route.event],
      ])}`
    case "compare":
      return `#/compare${query([
        ["a", route.a],
        ["b", route.b],
      ])}`
    case "new":
      return "#/new"
    default:
      return "#/"
  }
}

export const ofRun = (run: string): RunRoute => ({
  view: "run",
  run,
  at: undefined,
  width: undefined,
  event: undefined,
})
