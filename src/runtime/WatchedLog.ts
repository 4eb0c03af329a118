/** A log whose appends an onlooker is told of, once each: also of one whose answer was lost and found again. */
import * as Effect from "effect/Effect"
import type { EventLogShape } from "../domain/EventLog.ts"
import type { Onlooker } from "../domain/Onlooker.ts"

export const make = (log: EventLogShape, onlooker: Onlooker, nowUs: () => number): EventLogShape => ({
  ...log,
  append: (ownership, head, batch, events) =>
    Effect.suspend(() => {
      const begunUs = nowUs()
      const tell = () => onlooker.appended(events, head, begunUs, nowUs())
      return log.append(ownership, head, batch, events).pipe(
        Effect.tap(() => Effect.sync(tell)),
        Effect.tapErrorTag("HeadMismatch", ({ found, lastBatch }) =>
          lastBatch === batch && found === head + events.length ? Effect.sync(tell) : Effect.void,
        ),
      )
    }),
})
