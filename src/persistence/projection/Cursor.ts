/** A projection on its way through one run: where it is, its state there, and what events make of both. */
import type { Logged } from "../../domain/ClockEvent.ts"
import type { Columns, Projection, Step } from "../../domain/projections/Projection.ts"
import type { Advance } from "./Advance.ts"
import * as Batch from "./Batch.ts"
import type { Generation } from "./Generations.ts"

/** `apply` threw, or gave what its table does not take. */
export interface Failure {
  readonly projection: Projection
  readonly run: string
  readonly event: Logged
  /** The state before the event. */
  readonly state: unknown
  readonly reason: string
}

export interface Cursor {
  readonly generation: Generation
  position: number
  /** The state at `position` as JSON, from which it is made again where `apply` left it half changed. */
  text: string
  state: unknown
}

/** States go through JSON on every way, so that what JSON does not keep is missed at once and not after a restart. */
const asJson = (text: string): unknown => JSON.parse(text)

export const at = (generation: Generation, position: number, state: unknown): Cursor => {
  const text = JSON.stringify(state)
  return { generation, position, text, state: asJson(text) }
}

export const beginning = (generation: Generation): Cursor =>
  at(generation, 0, generation.projection.initial())

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)

const isStep = (value: unknown): value is Step<unknown, Columns> =>
  typeof value === "object" &&
  value !== null &&
  "state" in value &&
  Array.isArray((value as Step<unknown, Columns>).changes)

/** The state after the events, and their changes in `batch`; how many were taken before one failed. */
const applyAll = (cursor: Cursor, events: ReadonlyArray<Logged>, count: number, batch: Batch.Batch) => {
  const { projection } = cursor.generation
  for (let i = 0; i < count; i++) {
    try {
      const step = projection.apply(cursor.state, events[i]!)
      if (!isStep(step))
        throw new Error(
          `apply of projection ${projection.name} must give { state, changes }, found ${JSON.stringify(step)}`,
        )
      batch.add(step.changes)
      cursor.state = step.state
    } catch (cause) {
      return { taken: i, reason: reasonOf(cause) }
    }
  }
  return { taken: count, reason: undefined }
}

export interface Applied {
  /** Undefined where not even the first event could be taken. */
  readonly advance: Advance | undefined
  readonly failure: Failure | undefined
}

/** Takes events that follow the cursor's position, up to one that fails; the cursor then stands before that one. */
export const apply = (
  cursor: Cursor,
  run: string,
  runKey: number,
  events: ReadonlyArray<Logged>,
): Applied => {
  const { projection, generation } = cursor.generation
  let count = events.length
  let failure: Failure | undefined
  for (;;) {
    const batch = Batch.make(projection)
    const { taken, reason } = applyAll(cursor, events, count, batch)
    if (reason !== undefined) {
      // The event may have half changed the state, so it is made again from the last that was kept.
      failure = { projection, run, event: events[taken]!, state: undefined, reason }
      cursor.state = asJson(cursor.text)
      count = taken
      if (count > 0) continue
    }
    const text = JSON.stringify(cursor.state)
    if (failure !== undefined) failure = { ...failure, state: asJson(text) }
    if (count === 0) return { advance: undefined, failure }
    const to = events[count - 1]!.position
    const advance = { projection, generation, runKey, from: cursor.position, to, state: text, batch }
    cursor.position = to
    cursor.text = text
    cursor.state = asJson(text)
    return { advance, failure }
  }
}
