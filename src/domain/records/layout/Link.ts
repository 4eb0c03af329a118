/** A link, by where its first word is: its messages in flight are a list. */
export const words = 4
export const sender = 0
export const first = 1
export const last = 2
/** The message before the one that was refused last; 0 if there is none. */
export const beforeRefused = 3
