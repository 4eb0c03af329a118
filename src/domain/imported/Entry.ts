import type { Match } from "../Imported.ts"

/**
 * What one line of a foreign log says: an event as its machine wrote it, before receipts have found their sends and
 * machines their numbers. Null is what the line does not say.
 */
export interface Entry {
  readonly kind: "internal" | "sent" | "received"
  /** The machine's name. */
  readonly machine: string
  /** From 1. */
  readonly line: number
  /** Microseconds since the Unix epoch. */
  readonly atUs: number | null
  /** The machine's clock after the event. */
  readonly lamport: number | null
  /** Messages in the machine's inbox. */
  readonly queueLength: number | null
  /** Of a send: names; null if it does not say to whom. */
  readonly recipients: ReadonlyArray<string> | null
  /** Of a receipt. */
  readonly sender: string | null
  readonly senderLamport: number | null
  readonly arrivedAtUs: number | null
  /** A name of the message that sends and receipts share; all recipients of one send share it too. */
  readonly message: string | null
  /** Its vector clock, by name of machine. */
  readonly vector: Readonly<Record<string, number>> | null
  readonly label: string | null
  /** How an earlier reading of the whole log found the message, or why it did not. */
  readonly match?: Match
}

/** An entry of which nothing is said but what is given. */
export const entry = (said: Pick<Entry, "kind" | "machine" | "line"> & Partial<Entry>): Entry => ({
  kind: said.kind,
  machine: said.machine,
  line: said.line,
  atUs: said.atUs ?? null,
  lamport: said.lamport ?? null,
  queueLength: said.queueLength ?? null,
  recipients: said.recipients ?? null,
  sender: said.sender ?? null,
  senderLamport: said.senderLamport ?? null,
  arrivedAtUs: said.arrivedAtUs ?? null,
  message: said.message ?? null,
  vector: said.vector ?? null,
  label: said.label ?? null,
})

/** The same entry with more said of its message. Key by key: spreading an object takes microseconds. */
export const addressed = (
  of: Entry,
  said: {
    readonly kind: Entry["kind"]
    readonly message: string | null
    readonly recipients: ReadonlyArray<string> | null
    readonly match?: Match | undefined
  },
): Entry => ({
  kind: said.kind,
  machine: of.machine,
  line: of.line,
  atUs: of.atUs,
  lamport: of.lamport,
  queueLength: of.queueLength,
  recipients: said.recipients,
  sender: said.kind === "received" ? of.sender : null,
  senderLamport: of.senderLamport,
  arrivedAtUs: of.arrivedAtUs,
  message: said.message,
  vector: of.vector,
  label: of.label,
  ...(said.match === undefined ? {} : { match: said.match }),
})
