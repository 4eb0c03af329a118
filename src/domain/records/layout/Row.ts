/** A row of past clocks, in words: machines and messages that hold it, or the next free one; then what is known of all its entries. */
export const holders = 0
/** Entries that are not 0, and the largest clock among them. */
export const entries = 1
export const largest = 2
/** In doubles from the row's beginning: the sum of its counts. */
export const events = 2
/** The counts, one an entry, and after them the clocks. */
export const counts = 6
