/** A projection on its way through one run: where it is, its state there, and what further events make of both. */
import type { Recorded } from "../../domain/ClockEvent.ts"
import type { Columns, Projection, Step } from "../../domain/projections/Projection.ts"
import type { Advance } from "./Advance.ts"
import type { Batch, NewRows } from "./Batch.ts"
import type { Generation } from "./Generations.ts"

/** `apply` threw, or gave what its table does not take. */
export interface Failure {
  readonly projection: Projection
  readonly generation: number
  readonly run: string
  readonly event: Recorded
  /** The state before the event. */
  readonly state: unknown
  readonly reason: string
}

export interface Cursor {
  readonly generation: Generation
  position: number
  state: unknown
}

/** States go through JSON on every way, so that what JSON does not keep is missed at once and not after a restart. */
export const asKept = (state: unknown): unknown => JSON.parse(JSON.stringify(state))

export const at = (generation: Generation, position: number, state: unknown): Cursor => ({
  generation,
  position,
  state: asKept(state),
})

export const beginning = (generation: Generation): Cursor =>
  at(generation, 0, generation.projection.initial())

const isStep = (value: unknown): value is Step<unknown, Columns> =>
  typeof value === "object" &&
  value !== null &&
  "state" in value &&
  Array.isArray((value as Step<unknown, Columns>).changes)

/** Where a projection failed. Its state may be half changed then, and its batch too. */
export interface Thrown {
  readonly event: Recorded
  readonly reason: string
}

export interface Stretch<R extends NewRows> {
  /** Takes events in the order of the log; those up to the cursor's position were had before. */
  readonly take: (events: ReadonlyArray<Recorded>) => Thrown | undefined
  /** Undefined if there was nothing to take. The cursor has then come as far. */
  readonly finish: () => Advance<R> | undefined
}

/** Sets out from where the cursor is. */
export const stretch = <R extends NewRows>(cursor: Cursor, runKey: number, batch: Batch<R>): Stretch<R> => {
  const { projection, generation } = cursor.generation
  const from = cursor.position
  let to = from

  const applyTo = (event: Recorded): void => {
    const step = projection.apply(cursor.state, event)
    if (!isStep(step))
      throw new Error(
        `apply of projection ${projection.name} must give { state, changes }, found ${JSON.stringify(step)}`,
      )
    batch.add(step.changes)
    cursor.state = step.state
    to = event.position
  }

  return {
    take: (events) => {
      for (const event of events) {
        if (event.position <= to) continue
        try {
          applyTo(event)
        } catch (cause) {
          const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
          return { event, reason }
        }
      }
      return undefined
    },
    finish: () => {
      if (to === from) return undefined
      const state = JSON.stringify(cursor.state)
      cursor.state = JSON.parse(state)
      cursor.position = to
      return { projection, generation, runKey, from, to, state, changes: batch.finish() }
    },
  }
}
