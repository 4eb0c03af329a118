/** The tables that Lightcone itself writes, as Kysely sees them. Views are for those who ask with SQL. */
import type { Generated } from "kysely"
import type { Forking } from "../domain/ClockEvent.ts"

export interface RunHeads {
  run_key: Generated<number>
  run_id: string
  head: Generated<number>
  epoch: Generated<number>
  owner: string | null
  lease_until: string | null
  last_batch: string | null
  created_at: Generated<string>
  request_open: Generated<boolean>
  request_key: string | null
  stop_asked: Generated<boolean>
  request_attempts: Generated<number>
  request_due_at: string | null
  request_failure: string | null
}

/** One event; times in microseconds since the Unix epoch. */
export interface Log {
  occurred_at: number
  sent_at: number | null
  arrived_at: number | null
  run_key: number
  position: number
  machine: number
  version: number
  lamport: number | null
  queue_length: number | null
  sender: number | null
  send_version: number | null
  sender_lamport: number | null
  kind: number
  payload_version: number
  /** Machines, ascending, with commas between them. */
  recipients: string | null
  payload: unknown
}

export interface Runs {
  run_id: string
  status: "requested" | "running" | "interrupted" | "finished"
  mode: string | null
  seed: number | null
  machines: number | null
  events: number
  started_at: string | null
  finished_at: string | null
  config: unknown
  /** Of a run that came from elsewhere. */
  origin: unknown
  /** Why a run that was requested was not carried out so far. */
  failure: string | null
  /** Of a run that was forked: run, position, and what was set otherwise. */
  parent: Forking | null
}

export interface Migrations {
  name: string
  applied_at: Generated<string>
}

/** One building of a projection's table. */
export interface Projections {
  projection: string
  generation: number
  version: number
  /** The table as it was declared. */
  declaration: string
  current: boolean
  made_at: Generated<string>
}

/** How far a projection has come in a run, and its state there. */
export interface Checkpoints {
  projection: string
  generation: number
  run_key: number
  position: number
  state: unknown
}

export interface Tables {
  "lightcone.run_heads": RunHeads
  "lightcone.log": Log
  "lightcone.runs": Runs
  "lightcone.migrations": Migrations
  "lightcone.projections": Projections
  "lightcone.checkpoints": Checkpoints
}
