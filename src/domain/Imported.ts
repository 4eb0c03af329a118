/** What is known of a log that came from elsewhere: the payload of its run's first event, and words its events use. */
import * as Schema from "effect/Schema"

/** What a log may say of its events beside what they were. */
export const Field = Schema.Literal(
  "kind",
  "occurredAt",
  "lamport",
  "queueLength",
  "recipients",
  "sender",
  "senderLamport",
  "message",
  "arrivedAt",
  "vector",
)
export type Field = typeof Field.Type

/**
 * How the send of a receipt was found: by the message's own name, by sender and clock, by vector clocks, as the next
 * of its link, or as what fits the clocks (`fits`; `one-of-several` where more than one does). Or why it was not:
 * what the receipt says is not in the log (`missing`), nothing that is in it fits (`none-fits`), or the log does not
 * say enough (`untold`).
 */
export const Match = Schema.Literal(
  "message",
  "clock",
  "vector",
  "order",
  "fits",
  "one-of-several",
  "missing",
  "none-fits",
  "untold",
)
export type Match = typeof Match.Type

export const Origin = Schema.Struct({
  /** Of the log, by the name of its reader. */
  format: Schema.String,
  /** Names of files, as they were given. */
  files: Schema.Array(Schema.String),
  /** The name that the run had where it was recorded, if it is one of ours. */
  run: Schema.optionalWith(Schema.String, { exact: true }),
})
export type Origin = typeof Origin.Type

export const Imported = Schema.Struct({
  ...Origin.fields,
  machines: Schema.NonNegativeInt,
  /** By machine from 1 on. */
  names: Schema.Array(Schema.String),
  /** What every event, or every one of a kind, says. */
  says: Schema.Array(Field),
  /** Whether the log's links are taken to be first in, first out, as those of TCP are. */
  fifo: Schema.Boolean,
  /** Of its times, where they are too coarse to tell events apart: microseconds. */
  resolutionUs: Schema.optionalWith(Schema.NonNegativeInt, { exact: true }),
  /** How it was understood, in words: what was joined, derived or could not be told. */
  notes: Schema.Array(Schema.String),
})
export type Imported = typeof Imported.Type
