/** A link, by where its first word is: its messages in flight are a list. */
export const words = 4
export const sender = 0
export const first = 1
export const last = 2
/** By how much its messages have set the recipient's clock ahead. */
export const ahead = 3
