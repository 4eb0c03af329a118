/**
 * What the pool holds: a message in flight, or a span in which so many messages arrived. A node goes by its first word,
 * which is even, for the doubles in it; 0 is none.
 */
export const words = 6
/** The next in its list, or among the nodes that are free. */
export const following = 0
export const version = 1
export const lamport = 2
/** Of what lay in the past of the send. */
export const row = 3
export const count = 1
/** In doubles from half of its first word. */
export const sentUs = 2
export const afterUs = 1
export const beforeUs = 2
