/**
 * One memory in whole numbers of 32 bits and in floats of 64. It begins on a line of the cache, so that what is laid out
 * in lines touches no line more.
 */
const lineBytes = 64
/** glibc's malloc puts a large block, and V8 its memory with it, so many bytes behind a page; elsewhere nothing is lost. */
const behindPageBytes = 16

export interface Columns {
  readonly words: Int32Array
  readonly doubles: Float64Array
}

/** So many words, all 0. */
export const make = (words: number): Columns => {
  const from = lineBytes - behindPageBytes
  const buffer = new ArrayBuffer(from + 4 * words)
  return { words: new Int32Array(buffer, from, words), doubles: new Float64Array(buffer, from, words >> 1) }
}

/** What is in `words`, with room for so many. */
export const grown = (words: Int32Array, room: number): Columns => {
  const larger = make(room)
  larger.words.set(words)
  return larger
}
