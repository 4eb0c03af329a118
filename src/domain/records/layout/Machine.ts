/**
 * A machine as the verifier of records holds it, in 32-bit words, two lines of the cache: machine m begins at word
 * `m << Machine.shift`. Numbers of 64-bit floats (`...Us`) count doubles.
 *
 * A name is exported by itself, as bundlers put the number in its place; fields of an object are loaded and checked.
 */
export const shift = 5
export const words = 32
export const version = 0
export const lamport = 1
/** Messages that its last event counts in its inbox; negative before it is started and after it has stopped. */
export const queueLength = 2
/** Values of it: after it has stopped, so much less as were left in its inbox. */
export const unborn = -1
export const finished = -2
export const rngA = 3
export const rngB = 4
export const rngC = 5
export const rngCounter = 6
export const peerA = 7
export const peerB = 8
export const ticks = 9
export const ticksDue = 10
export const rate = 11
export const phaseUs = 12
/** Twice its row of past clocks, and `isObserved` if others' rows count its events. */
export const past = 13
export const isObserved = 1
/** Spans of arrivals that are counted and not known yet. */
export const spanFirst = 16
export const spanLast = 17
/** The two links that come in, one after the other. */
export const links = 20
/** How many of its ticks were looked at with what lay in their past. */
export const lookedAt = 28
/** Its sends, the longest its inbox was, and by how much a receipt set its clock on at most. */
export const sent = 29
export const maxQueueLength = 30
export const largestJump = 31
export const doublesShift = 4
export const doubles = 16
/** Its last event, and the last arrival that is known. */
export const lastUs = 7
export const lastArrivalUs = 9
