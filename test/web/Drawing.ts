/** The space-time diagram as a page has drawn it: read from its paths, and from nothing else. */
import type { Page } from "playwright-core"

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Arrow {
  readonly from: Point
  readonly to: Point
}

interface Path {
  readonly what: string
  readonly light: string
  readonly d: string
}

const paths = (page: Page, run: number): Promise<ReadonlyArray<Path>> =>
  page.evaluate(`
    [...document.querySelectorAll('svg[data-lightcone="space-time"]')[${run}].querySelectorAll("path")].map((path) => ({
      what: path.dataset.lightcone ?? "",
      light: path.dataset.light ?? "",
      d: path.getAttribute("d") ?? "",
    }))`)

const number = "(-?[\\d.]+)"

const arrowsIn = (d: string): ReadonlyArray<Arrow> =>
  [...d.matchAll(new RegExp(`M${number} ${number}L${number} ${number}`, "g"))].map(([, a, b, c, e]) => ({
    from: { x: Number(a), y: Number(b) },
    to: { x: Number(c), y: Number(e) },
  }))

const dotsIn = (d: string): ReadonlyArray<Point> =>
  [...d.matchAll(new RegExp(`M${number} ${number}`, "g"))].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))

export interface Drawing {
  /** By state: received, dropped, in-inbox, in-flight. */
  readonly arrows: ReadonlyMap<string, ReadonlyArray<Arrow>>
  /** By kind, then by the light it stands in. */
  readonly dots: ReadonlyArray<{ readonly kind: string; readonly light: string; readonly at: Point }>
}

export const drawingOf = async (page: Page, run = 0): Promise<Drawing> => {
  const arrows = new Map<string, Array<Arrow>>()
  const dots: Array<Drawing["dots"][number]> = []
  for (const { what, light, d } of await paths(page, run)) {
    const [of, name] = what.split(" ")
    if (of === "messages") arrows.set(name!, [...(arrows.get(name!) ?? []), ...arrowsIn(d)])
    if (of === "events") for (const at of dotsIn(d)) dots.push({ kind: name!, light, at })
  }
  return { arrows, dots }
}

/** The dots of a kind by machine, in the order of time: machines are lines from the top down, in their order. */
export const dotsByMachine = ({ dots }: Drawing, kind: string, lines: ReadonlyArray<number>) =>
  lines.map((y) =>
    dots
      .filter((dot) => dot.kind === kind && Math.abs(dot.at.y - y) < 0.5)
      .map(({ at, light }) => ({ ...at, light }))
      .sort((a, b) => a.x - b.x),
  )

/** Where the machines' lines are, from the top down. */
export const linesOf = ({ dots }: Drawing): ReadonlyArray<number> =>
  [...new Set(dots.filter(({ kind }) => kind === "started").map(({ at }) => at.y))].sort((a, b) => a - b)
