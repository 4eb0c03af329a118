/** The verdict on what the store holds of a run. */
import * as Effect from "effect/Effect"
import type { RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Verification from "../../domain/Verification.ts"
import * as FoundRecord from "../FoundRecord.ts"
import type * as Query from "../Query.ts"
import * as Ahead from "./Ahead.ts"

type Failure = RunUnknown | StoreUnavailable

/** Reads a record through, up to the position given. */
const readThrough = (
  record: FoundRecord.FoundRecord,
  step: (event: FoundRecord.Found) => void,
  progress: (position: number) => void,
): Effect.Effect<void, StoreUnavailable> =>
  Ahead.eachPage(
    record.next,
    () => record.next,
    (page) => {
      for (const event of page) step(event)
      progress(page[page.length - 1]!.position)
    },
  )

/** The verdict on a run's record as it is found. Only where it fails is it read again, for the relations. */
export const judge = (
  db: Query.Db,
  run: string,
  progress: (doing: string, head: number) => (position: number) => void = () => () => {},
): Effect.Effect<Verification.Verdict, Failure> =>
  Effect.gen(function* () {
    const record = yield* FoundRecord.open(db, run)
    const { head } = record
    const verification = Verification.make({ head })
    yield* readThrough(record, verification.step, progress("verifying", head))
    const verdict = verification.finish()
    if (verdict.verified !== false || verdict.imported) return verdict
    const relations = Verification.Relations.make(verdict.checks, verdict.counts.machines)
    yield* readThrough(
      yield* FoundRecord.open(db, run, head),
      relations.step,
      progress("relating what failed", head),
    )
    return { ...verdict, checks: relations.finish() }
  })

export const toJson = (run: string, verdict: Verification.Verdict) => ({
  run,
  verified: verdict.verified,
  upTo: verdict.upTo,
  finished: verdict.finished,
  ...(verdict.imported ? { imported: true } : {}),
  checks: verdict.checks,
  counts: verdict.counts,
})
