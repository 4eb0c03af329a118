/** What is counted of a machine, in one line of the cache: machine m begins at word `m * Tally.words`. */
export const words = 16
export const rate = 0
export const phaseUs = 1
export const internal = 2
export const sent = 3
export const received = 4
export const dropped = 5
export const lamport = 6
export const maxQueueLength = 7
export const largestJump = 8
/** Messages that were sent to it. */
export const addressed = 9
/** By sender: by how much its messages set the clock ahead. */
export const senderOne = 10
export const senderTwo = 11
export const aheadOne = 12
export const aheadTwo = 13
export const doubles = 8
export const maxLatenessUs = 7
