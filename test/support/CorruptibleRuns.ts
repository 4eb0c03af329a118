/** Honest runs in a scratch database, and their record as it stands after somebody has been at it. */
import * as Effect from "effect/Effect"
import { sql, type Transaction } from "kysely"
import type { LabEvent, Logged } from "../../src/domain/ClockEvent.ts"
import type { Verdict } from "../../src/domain/Verification.ts"
import * as EventLogPostgres from "../../src/persistence/EventLogPostgres.ts"
import { judge } from "../../src/persistence/inquiry/Judging.ts"
import * as Migrator from "../../src/persistence/Migrator.ts"
import type { Tables } from "../../src/persistence/Tables.ts"
import { modelledLog } from "../domain/ModelledLog.ts"
import { configOf } from "../domain/OrderedReceipts.ts"
import { type Options, simulate } from "../domain/Simulator.ts"
import { type OpenDatabase, openDatabase } from "../persistence/OpenDatabase.ts"

/** With drops, a crash and a graceful stop, both resumed from. */
const crowded: Options = {
  config: { machines: 4, seed: 9, rates: [1, 6, 6, 6], sides: 4, capacity: 5, durationUs: 20_000_000 },
  interruptions: [
    { machine: 2, atUs: 5_000_000, downUs: 2_500_000, crash: true },
    { machine: 1, atUs: 7_050_000, downUs: 1_500_000, crash: false },
  ],
}
const withPolicy = (overflow: "backpressure" | "drop-newest" | "drop-oldest"): Options => ({
  ...crowded,
  config: { ...crowded.config, overflow },
})

export const runs = {
  aaaaaaaaaaaa: withPolicy("backpressure"),
  bbbbbbbbbbbb: withPolicy("drop-newest"),
  cccccccccccc: withPolicy("drop-oldest"),
} as const
/** A run on a modelled network, with faults. */
export const modelled = "dddddddddddd"
/** One in total order, on links that overtake. */
export const ordered = "eeeeeeeeeeee"
export type Run = keyof typeof runs | typeof modelled | typeof ordered

export interface CorruptibleRuns {
  readonly database: OpenDatabase
  readonly logOf: (run: Run) => ReadonlyArray<Logged>
  /** The verdict on a run after these statements, which are then undone. */
  readonly verdictAfter: (run: Run, statements: ReadonlyArray<string>) => Promise<Verdict>
  readonly close: () => Promise<void>
}

class Undo extends Error {}

export const corruptibleRuns = async (): Promise<CorruptibleRuns> => {
  const database = await openDatabase()
  await Effect.runPromise(Migrator.migrate(database.db))
  const log = EventLogPostgres.make(database.db)
  const logs = new Map<string, ReadonlyArray<Logged>>()
  const executions: Record<string, ReadonlyArray<Logged>> = {
    [modelled]: modelledLog(),
    [ordered]: modelledLog(configOf("total")),
  }
  for (const [run, options] of Object.entries(runs)) executions[run] = simulate(options)
  for (const [run, events] of Object.entries(executions)) {
    logs.set(run, events)
    const bare = events.map(({ position: _, ...event }) => event as LabEvent)
    const ownership = await Effect.runPromise(log.create(run, "writer"))
    await Effect.runPromise(log.append(ownership, 0, "b", bare))
    await Effect.runPromise(log.release(ownership))
  }
  return {
    database,
    logOf: (run) => logs.get(run)!,
    verdictAfter: async (run, statements) => {
      let verdict: Verdict | undefined
      const attempt = async (transaction: Transaction<Tables>): Promise<never> => {
        for (const statement of statements) {
          const { numAffectedRows } = await sql.raw(statement).execute(transaction)
          if (numAffectedRows === undefined || numAffectedRows === 0n)
            throw new Error(`nothing was changed by ${statement}`)
        }
        verdict = await Effect.runPromise(judge(transaction, run))
        throw new Undo()
      }
      await database.db
        .transaction()
        .execute(attempt)
        .catch((error: unknown) => {
          if (!(error instanceof Undo)) throw error
        })
      return verdict!
    },
    close: database.close,
  }
}

/** The statement's condition that names one event of a run. */
export const at = (
  run: Run,
  { machine, version }: { readonly machine: number; readonly version: number },
): string =>
  `run_key = (select run_key from lightcone.run_heads where run_id = '${run}') and machine = ${machine} and version = ${version}`
