/** What an export writes of the events that come. */
import type { Recorded } from "../../domain/ClockEvent.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Context, Exporter, Format } from "./Exporter.ts"
import { Pieces } from "./Pieces.ts"

/** By machine, or by 0 where one file holds all. */
export type Texts = ReadonlyMap<number, ReadonlyArray<string>>

/** Of the events that come, texts by machine, or by 0 where one file holds all. */
export const make = (format: Format, context: Context, apart: boolean) => {
  const exporters = new Map<number, Exporter>()
  const gather = (events: ReadonlyArray<Recorded>): Texts => {
    const pieces = new Map<number, Pieces>()
    for (const event of events) {
      const key = apart ? event.machine : 0
      let exporter = exporters.get(key)
      const its = pieces.get(key) ?? new Pieces(Limits.eventsPerTurn)
      pieces.set(key, its)
      if (exporter === undefined) {
        exporter = format.make({ ...context, alone: apart })
        exporters.set(key, exporter)
        its.add(exporter.begin())
      }
      its.add(exporter.event(event))
    }
    return new Map([...pieces].map(([key, its]) => [key, its.all()]))
  }
  const end = (): Texts => new Map([...exporters].map(([key, exporter]) => [key, [exporter.end()]]))
  return { gather, end }
}
