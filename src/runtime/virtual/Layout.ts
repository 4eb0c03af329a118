/**
 * How the event loop holds machines and messages: numbers side by side in one buffer, a machine in 64 bytes, so that a
 * tick touches one line of the cache. Numbers below count 32-bit words, those of a 64-bit float (`...Us`) doubles.
 */

/** A machine; machine m begins at word `m * Machine.words`. */
export const Machine = {
  words: 16,
  version: 0,
  lamport: 1,
  queueLength: 2,
  rngA: 3,
  rngB: 4,
  rngC: 5,
  rngCounter: 6,
  /** Oldest and newest message of the inbox, and of those at the door of a full one; 0 is none. */
  inboxFirst: 7,
  inboxLast: 8,
  doorFirst: 9,
  doorLast: 10,
  peerA: 11,
  peerB: 12,
  doubles: 8,
  /** Its last stamp. */
  lastUs: 7,
} as const

/** A message; node n begins at word `n * Message.words`. */
export const Message = {
  words: 10,
  sender: 0,
  recipient: 1,
  sendVersion: 2,
  senderLamport: 3,
  /** The next in its queue, or among the nodes that are free. */
  following: 4,
  doubles: 5,
  sentUs: 3,
  arrivedUs: 4,
} as const
