/**
 * Kind and reason of an event as the third word of its record has them, where a plain run has such events; `Digest` has
 * the whole of it. Each by itself, as bundlers put the number in its place.
 */
export const internal = 1
export const sent = 2
export const received = 3
export const started = 4
export const dropNewest = 0x1_0005
export const dropOldest = 0x2_0005
export const finished = 0x1_0007
