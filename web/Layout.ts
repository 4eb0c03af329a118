/** Where things are in the diagram, in pixels: machines are rows, time runs to the right. */
import type { TimeWindow } from "./TimeWindow.ts"

export interface Layout extends TimeWindow {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  /** Of the axis above the rows, 0 where the one below them is near enough. */
  readonly head: number
  readonly top: number
  readonly rowHeight: number
  readonly machines: number
  /** Below the rows. */
  readonly axisHeight: number
}

const axisHeight = 26
const titledAxisHeight = 42
const tallestRow = 96
const shortestRow = 7

const labelledLeft = 66
const narrowLeft = 40
/** Of a bold name; few letters are wider. */
const characterPx = 7.8

/** Characters of a machine's name that there is room for. */
export const nameLength = (width: number): number => (width < 560 ? 7 : 14)

/** `names` as they stand at the rows; `isTitled` where the axis needs a title. */
export const make = (
  width: number,
  machines: number,
  window: TimeWindow,
  { names = 0, isTitled = false }: { readonly names?: number; readonly isTitled?: boolean } = {},
): Layout => {
  const wanted = Math.max(14, Math.min(tallestRow, 760 / machines))
  const rowHeight = machines > 160 ? shortestRow : wanted
  const usual = width < 560 ? narrowLeft : labelledLeft
  const left = Math.max(usual, Math.ceil(22 + characterPx * names))
  const below = isTitled ? titledAxisHeight : axisHeight
  const edge = Math.max(12, rowHeight * 0.42)
  const rows = (machines - 1) * rowHeight
  const head = rows > 560 ? 16 : 0
  const top = head + edge
  return {
    ...window,
    width,
    height: Math.round(top + rows + edge + below),
    left,
    right: width - 14,
    head,
    top,
    rowHeight,
    machines,
    axisHeight: below,
  }
}

export const xOf = (layout: Layout, us: number): number =>
  layout.left + ((us - layout.fromUs) / (layout.toUs - layout.fromUs)) * (layout.right - layout.left)

export const usOf = (layout: Layout, x: number): number =>
  layout.fromUs + ((x - layout.left) / (layout.right - layout.left)) * (layout.toUs - layout.fromUs)

export const yOf = (layout: Layout, machine: number): number => layout.top + (machine - 1) * layout.rowHeight

/** The machine whose line is nearest. */
export const machineAt = (layout: Layout, y: number): number =>
  Math.min(layout.machines, Math.max(1, Math.round((y - layout.top) / layout.rowHeight) + 1))

export const axisY = (layout: Layout): number => layout.height - layout.axisHeight
