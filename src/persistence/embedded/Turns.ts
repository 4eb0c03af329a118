/**
 * Who may speak to PGlite, and for how long.
 *
 * PGlite has one session inside, so a client's turn lasts from its first unit until no transaction is open.
 * Readers are contained: each turn runs as a role that may only read, afterwards the session is put back; a
 * transaction may not sit idle, a statement and (while others wait) a turn may not outlast the limit. As PGlite
 * can neither cancel nor time out, its thread is ended instead and started again, which only the offender sees.
 *
 * `@electric-sql/pglite-socket` was rejected: it serves clients in PGlite's own thread, so while a statement
 * hangs nobody is left to end it, and it lets one client's settings and open transactions reach all others.
 */

import {
  abandonedStatementMs,
  bytesBetweenCheckpoints,
  readerIdleInTransactionMs,
} from "../../domain/Limits.ts"
import type { Client, Unit } from "./Client.ts"
import type { Done, Engine, EngineLost } from "./Engine.ts"
import { guestRole } from "./EngineProtocol.ts"
import * as Wire from "./Wire.ts"

const watchEveryMs = 100

const prologue = Wire.query(
  `set role ${guestRole}; set default_transaction_read_only = on; set search_path = lightcone, public`,
)
const rollback = Buffer.concat([Wire.sync, Wire.query("rollback")])
const restore = Buffer.concat([rollback, Wire.query("reset role"), Wire.query("discard all")])
/** Whatever fails: it brings an open transaction into its failed state. */
const failing = Wire.query("lightcone")

type TurnState = "open" | "over" | "lost"

export class Turns {
  private readonly engine: Engine
  private readonly readerLimitMs: number
  private readonly owners: Array<Client> = []
  private readonly readers: Array<Client> = []
  private running: Promise<void> | undefined
  private current: Client | undefined
  private lastWasOwner = false
  private stopped = false
  private bytesSinceCheckpoint = 0

  constructor(engine: Engine, readerLimitMs: number) {
    this.engine = engine
    this.readerLimitMs = readerLimitMs
  }

  /** The client has a unit for PGlite. */
  request(client: Client): void {
    const queue = client.reader ? this.readers : this.owners
    if (this.stopped || client === this.current || queue.includes(client)) return
    queue.push(client)
    this.running ??= this.serve().finally(() => {
      this.running = undefined
    })
  }

  /** Lets the turn under way end, at the latest when the limit of readers says so, and serves no other. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.running
  }

  private get waiting(): boolean {
    return this.stopped || this.owners.length > 0 || this.readers.length > 0
  }

  private async serve(): Promise<void> {
    while (this.waiting && !this.stopped) {
      const fromReaders = this.owners.length === 0 || (this.lastWasOwner && this.readers.length > 0)
      const client = (fromReaders ? this.readers : this.owners).shift()!
      this.lastWasOwner = !client.reader
      this.current = client
      if (client.reader) await this.readerTurn(client)
      else await this.ownerTurn(client)
      this.current = undefined
      if (client.hasUnit && !client.closed) this.request(client)
      await this.checkpointIfDue()
    }
  }

  private async ownerTurn(client: Client): Promise<void> {
    const unit = client.takeUnit()
    let state: TurnState = unit === undefined ? "over" : await this.perform(client, unit, false)
    while (state === "open") {
      const next = await client.nextUnit(undefined)
      if (next === "gone" || next === "idle") {
        await this.engine.execute(rollback)
        return
      }
      state = await this.perform(client, next, true)
    }
  }

  private async readerTurn(client: Client): Promise<void> {
    const first = client.takeUnit()
    if (first === undefined || !(await this.confine(client))) return
    const begunAt = performance.now()
    let state = await this.perform(client, first, false, begunAt)
    while (state === "open") {
      const next = await client.nextUnit(this.stopped ? 0 : readerIdleInTransactionMs)
      if (next === "gone") break
      if (next === "idle") {
        client.dismiss(idleTooLong)
        break
      }
      if (this.waiting && performance.now() - begunAt > this.readerLimitMs) {
        client.dismiss(this.turnTooLong())
        break
      }
      state = await this.perform(client, next, true, begunAt)
    }
    if (state !== "lost") await this.engine.execute(restore)
  }

  /** Makes the session a reader's. A reader whose session could not be confined gets nothing done. */
  private async confine(client: Client): Promise<boolean> {
    let refused = false
    const outcome = await this.engine.execute(prologue, (answer, sent) => {
      refused ||= Wire.holdsError(answer)
      sent(answer.length)
    })
    if (!("lost" in outcome) && !refused) return true
    client.dismiss({
      code: "58000",
      message: "Cannot serve a reader: its session could not be made read only",
    })
    if (refused) await this.engine.execute(restore)
    return false
  }

  /** Has PGlite carry out one unit. `open` says whether a transaction was left open before it. */
  private async perform(client: Client, unit: Unit, open: boolean, begunAt = 0): Promise<TurnState> {
    if (client.skipsToSync && !unit.final) return "open"
    if (unit.refused !== undefined && !client.skipsToSync)
      return this.refuse(client, unit, unit.refused, open)
    const bytes = client.skipsToSync ? Wire.sync : unit.bytes
    client.skipsToSync = false
    client.cancelled = false
    let why: Wire.Complaint | undefined
    const stop = client.reader
      ? this.watch(client, begunAt, (complaint) => {
          why = complaint
          this.engine.end(complaint.message)
        })
      : undefined
    const outcome = await this.engine.execute(bytes, (answer, sent) => client.answer(answer, sent))
    stop?.()
    if ("lost" in outcome) return this.lost(client, unit, open, outcome, why)
    if (outcome.diskFull !== undefined && !client.reader) {
      this.engine.giveUp(outcome.diskFull)
      return "lost"
    }
    return this.done(client, unit, outcome)
  }

  private done(client: Client, unit: Unit, outcome: Done): TurnState {
    if (!client.reader) this.bytesSinceCheckpoint += unit.bytes.length
    return unit.final && !outcome.inTransaction ? "over" : "open"
  }

  private lost(
    client: Client,
    unit: Unit,
    open: boolean,
    outcome: EngineLost,
    why: Wire.Complaint | undefined,
  ): TurnState {
    if (why === undefined) {
      client.dismiss({
        code: "57P02",
        message: `Cannot answer: the embedded store crashed: ${outcome.reason}`,
      })
    } else if (open || !unit.final) client.dismiss(why)
    else client.say(Wire.errorResponse("ERROR", why), Wire.readyForQuery("I"))
    return "lost"
  }

  private async refuse(
    client: Client,
    unit: Unit,
    refused: Wire.Complaint,
    open: boolean,
  ): Promise<TurnState> {
    const outcome: Done | EngineLost = open ? await this.engine.execute(failing) : { inTransaction: false }
    if ("lost" in outcome) return this.lost(client, unit, open, outcome, undefined)
    client.say(Wire.errorResponse("ERROR", refused))
    if (!unit.final) {
      client.skipsToSync = true
      return "open"
    }
    client.say(Wire.readyForQuery(outcome.inTransaction ? "E" : "I"))
    return outcome.inTransaction ? "open" : "over"
  }

  /** Calls `end` once when the reader's statement must not go on. The returned function stops watching. */
  private watch(client: Client, begunAt: number, end: (why: Wire.Complaint) => void): () => void {
    const statementAt = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      const took = now - statementAt
      const abandoned = (client.cancelled || client.closed) && took > abandonedStatementMs
      const why = abandoned
        ? cancelled
        : took > this.readerLimitMs
          ? this.statementTooLong()
          : this.waiting && now - begunAt > this.readerLimitMs
            ? this.turnTooLong()
            : undefined
      if (why === undefined) return
      clearInterval(timer)
      end(why)
    }, watchEveryMs)
    return () => clearInterval(timer)
  }

  private async checkpointIfDue(): Promise<void> {
    const due = this.waiting ? 2 * bytesBetweenCheckpoints : bytesBetweenCheckpoints
    if (this.bytesSinceCheckpoint < due) return
    this.bytesSinceCheckpoint = 0
    await this.engine.execute(Wire.query("checkpoint"))
  }

  private statementTooLong(): Wire.Complaint {
    return {
      code: "57014",
      message: `canceling statement: a reader of the embedded store may take ${this.readerLimitMs} ms, as its holder waits meanwhile`,
      hint: "Ask for less at once, or ask again when the holder has finished.",
    }
  }

  private turnTooLong(): Wire.Complaint {
    return {
      code: "25P04",
      message: `terminating connection: a reader's transaction on the embedded store may take ${this.readerLimitMs} ms while others wait`,
    }
  }
}

const cancelled: Wire.Complaint = { code: "57014", message: "canceling statement due to user request" }

const idleTooLong: Wire.Complaint = {
  code: "25P03",
  message: `terminating connection: a reader's transaction on the embedded store may be idle for ${readerIdleInTransactionMs} ms, as everybody else waits meanwhile`,
}
