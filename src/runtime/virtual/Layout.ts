/**
 * How the event loop holds machines and messages: numbers side by side in one buffer, a machine in 64 bytes and a
 * message in 32, so that a tick touches one line of the cache. Numbers below count 32-bit words; those of a 64-bit
 * float (`...Us`) count doubles.
 */

/** The machine of slot s, 0 .. N - 1, begins at word `s << Machine.shift`. */
export const Machine = {
  shift: 4,
  words: 16,
  version: 0,
  lamport: 1,
  queueLength: 2,
  rngA: 3,
  rngB: 4,
  rngC: 5,
  rngCounter: 6,
  /** Oldest and newest message of the inbox; 0 is none. */
  inboxFirst: 7,
  inboxLast: 8,
  /** Its number, 1 .. N. */
  number: 9,
  /** The slots of its peers; B follows A. */
  peerA: 10,
  peerB: 11,
  /** Their numbers, 0 where there is none. */
  numberA: 12,
  numberB: 13,
  doublesShift: 3,
  /** Its last stamp. */
  lastUs: 7,
} as const

/** Message n, from 1, begins at word `n << Message.shift`. */
export const Message = {
  shift: 3,
  words: 8,
  sender: 0,
  sendVersion: 1,
  senderLamport: 2,
  /** The next in its queue, or among those that are free; while it is on its way, the recipient's slot. */
  following: 3,
  /** Low and high word of both times. */
  sent: 4,
  arrived: 6,
  doublesShift: 2,
  /** Until its arrival is stamped, in that one's place: when it may be stamped at the earliest. */
  earliestUs: 3,
} as const
