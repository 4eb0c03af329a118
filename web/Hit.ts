/** What lies under a pointer: a search in the columns, since no event has a node of its own. */
import { type Layout, machineAt, usOf, xOf, yOf } from "./Layout.ts"
import { endsOf } from "./Paths.ts"
import { placeAt, type SpaceTimeData } from "./SpaceTimeData.ts"

const eventReachPx = 14
const messageReachPx = 6

/** The nearest event within reach, -1 if there is none. */
export const eventAt = (data: SpaceTimeData, layout: Layout, x: number, y: number): number => {
  let [best, bestPx] = [-1, eventReachPx]
  const nearest = machineAt(layout, y)
  for (const machine of [nearest, nearest - 1, nearest + 1]) {
    const own = data.ofMachine[machine]
    if (own === undefined) continue
    const from = placeAt(data, machine, usOf(layout, x - eventReachPx))
    for (let place = from; place < own.length; place++) {
      const event = own[place]!
      const dx = xOf(layout, data.atUs[event]!) - x
      if (dx > eventReachPx) break
      const px = Math.hypot(dx, yOf(layout, machine) - y)
      if (px < bestPx) [best, bestPx] = [event, px]
    }
  }
  return best
}

/** The nearest of the messages that are drawn, -1 if none is within reach. */
export const messageAt = (
  data: SpaceTimeData,
  layout: Layout,
  shown: ReadonlyArray<number>,
  x: number,
  y: number,
): number => {
  let [best, bestPx] = [-1, messageReachPx]
  for (const message of shown) {
    const { x1, y1, x2, y2 } = endsOf(data, layout, message)
    if (Math.min(x1, x2) - bestPx > x || Math.max(x1, x2) + bestPx < x) continue
    if (Math.min(y1, y2) - bestPx > y || Math.max(y1, y2) + bestPx < y) continue
    const [dx, dy] = [x2 - x1, y2 - y1]
    const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)))
    const px = Math.hypot(x1 + along * dx - x, y1 + along * dy - y)
    if (px < bestPx) [best, bestPx] = [message, px]
  }
  return best
}
