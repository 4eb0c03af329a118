/**
 * Reads the log by binary COPY: for who reads a whole run at once on a native Postgres. No text is made and parsed,
 * which takes half of the time that a SELECT does.
 */
import type pg from "pg"
import { to as copyTo } from "pg-copy-streams"
import type { Recorded } from "../domain/ClockEvent.ts"
import * as EventCodec from "./EventCodec.ts"
import type { Log } from "./Tables.ts"

/** Signature, flags and the length of the header's extension, which is empty. */
const headerBytes = 19
const two32 = 0x1_0000_0000

const columns = [
  ...["occurred_at", "sent_at", "arrived_at", "position", "machine", "version", "lamport", "queue_length"],
  ...["sender", "send_version", "sender_lamport", "kind", "payload_version", "recipients", "payload::text"],
].join(", ")

class Reader {
  readonly #bytes: Buffer
  #at = headerBytes

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The count of fields of the next row, -1 behind the last. */
  fields(): number {
    const count = this.#bytes.readInt16BE(this.#at)
    this.#at += 2
    return count
  }

  #length(): number {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    return length
  }

  /** A whole number of 2, 4 or 8 bytes. */
  integer(): number | null {
    const length = this.#length()
    if (length < 0) return null
    const from = this.#at
    this.#at += length
    if (length === 4) return this.#bytes.readInt32BE(from)
    if (length === 2) return this.#bytes.readInt16BE(from)
    return this.#bytes.readInt32BE(from) * two32 + this.#bytes.readUInt32BE(from + 4)
  }

  text(): string | null {
    const length = this.#length()
    if (length < 0) return null
    const from = this.#at
    this.#at += length
    return this.#bytes.toString("utf8", from, this.#at)
  }
}

const rowOf = (reader: Reader, runKey: number): Log => {
  const occurred_at = reader.integer()!
  const sent_at = reader.integer()
  const arrived_at = reader.integer()
  const position = reader.integer()!
  const machine = reader.integer()!
  const version = reader.integer()!
  const lamport = reader.integer()
  const queue_length = reader.integer()
  const sender = reader.integer()
  const send_version = reader.integer()
  const sender_lamport = reader.integer()
  const kind = reader.integer()!
  const payload_version = reader.integer()!
  const recipients = reader.text()
  const rest = reader.text()
  const payload: unknown = rest === null ? null : JSON.parse(rest)
  return {
    occurred_at,
    sent_at,
    arrived_at,
    run_key: runKey,
    position,
    machine,
    version,
    lamport,
    queue_length,
    sender,
    send_version,
    sender_lamport,
    kind,
    payload_version,
    recipients,
    payload,
  }
}

/** Events of a run behind a position, at most `limit` of them: an empty page means that the log ends there. */
export const read = async (
  client: pg.Client,
  runKey: number,
  after: number,
  limit: number,
): Promise<ReadonlyArray<Recorded>> => {
  const last = after + limit
  const select = `select ${columns} from lightcone.log
    where run_key = ${runKey} and position / 64 between ${after} / 64 and ${last} / 64
      and position > ${after} and position <= ${last}
    order by position`
  const chunks: Array<Buffer> = []
  for await (const chunk of client.query(copyTo(`copy (${select}) to stdout with (format binary)`)))
    chunks.push(chunk as Buffer)
  const reader = new Reader(Buffer.concat(chunks))
  const events: Array<Recorded> = []
  while (reader.fields() >= 0) events.push(EventCodec.fromRow(rowOf(reader, runKey)))
  return events
}
