/** What is counted of a machine: machine m begins at word `m * Tally.words`. */
export const words = 16
export const rate = 0
export const internal = 1
export const sent = 2
export const received = 3
export const dropped = 4
export const lamport = 5
export const maxQueueLength = 6
export const largestJump = 7
/** Messages that were sent to it. */
export const addressed = 8
/** By sender: by how much its messages set the clock ahead. */
export const senderOne = 9
export const senderTwo = 10
export const aheadOne = 11
export const aheadTwo = 12
export const doubles = 8
export const maxLatenessUs = 7
