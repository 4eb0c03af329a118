/**
 * A row of past clocks, which goes by its first word, an even one for the double in it: how many machines and messages hold
 * it, or the next free row; then what is known of all its entries.
 */
export const holders = 0
/** Entries that are not 0, and the largest clock among them. */
export const entries = 1
export const largest = 2
/** In doubles from half of its first word: the sum of its counts. */
export const events = 2
/** The counts, one an entry. */
export const counts = 6
