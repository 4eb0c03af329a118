/**
 * sfc32, the 32-bit "small fast counting" generator of Chris Doty-Humphrey (PractRand, pre0.95), seeded as
 * PractRand seeds it from three words with fifteen rounds of mixing. docs/SPEC.md states it bit for bit.
 *
 * Each purpose and each machine has a stream of its own, so that no draw of one changes another's. An output
 * is the sum of three state words, so a decision can look at the next draw without advancing the generator;
 * the event that used it advances it.
 */
export interface Sfc32 {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly counter: number
}

/** What a stream's draws are for; the upper 8 bits of its third seed word, the machine being the lower 24. */
export const Purpose = {
  roll: 0,
  configuration: 1,
  network: 2,
  fault: 3,
  experiment: 4,
  ordering: 5,
  clocks: 6,
} as const
export type Purpose = (typeof Purpose)[keyof typeof Purpose]

const mixingRounds = 15

/** What a stream's counter is before its first draw, after which it is one more. */
export const firstCounter = 1 + mixingRounds

/** A column, so that the streams of a million machines are begun without fifteen objects for each. */
const mixing = new Int32Array(4)

/** The generator in the state that three 32-bit seed words give. */
export const fromWords = (s1: number, s2: number, s3: number): Sfc32 => {
  mixing[0] = s1
  mixing[1] = s2
  mixing[2] = s3
  mixing[3] = 1
  for (let round = 0; round < mixingRounds; round++) drawAt(mixing, 0)
  return { a: mixing[0]!, b: mixing[1]!, c: mixing[2]!, counter: mixing[3]! }
}

/** The stream of (seed, purpose, index): seed 0..2^53-1, index 0..2^24-1. */
export const stream = (seed: number, purpose: Purpose, index: number): Sfc32 =>
  fromWords(seed % 0x1_0000_0000, Math.floor(seed / 0x1_0000_0000), purpose * 0x100_0000 + index)

/** The next draw, 0..2^32-1, without advancing. */
export const peek = (a: number, b: number, counter: number): number => (a + b + counter) >>> 0

export const advance = ({ a, b, c, counter }: Sfc32): Sfc32 => ({
  a: b ^ (b >>> 9),
  b: (c + (c << 3)) | 0,
  c: (((c << 21) | (c >>> 11)) + ((a + b + counter) | 0)) | 0,
  counter: (counter + 1) | 0,
})

/** The next draw of a generator whose four words, a, b, c and counter, stand at `at` of a column; advances it there. */
export const drawAt = (words: Int32Array, at: number): number => {
  const b = words[at + 1]!
  const c = words[at + 2]!
  const counter = words[at + 3]!
  const sum = (words[at]! + b + counter) | 0
  words[at] = b ^ (b >>> 9)
  words[at + 1] = c + (c << 3)
  words[at + 2] = ((c << 21) | (c >>> 11)) + sum
  words[at + 3] = counter + 1
  return sum >>> 0
}

/** Scales one draw to 0..n-1: floor(draw * n / 2^32), exact for n up to 2^21. */
export const below = (draw: number, n: number): number => Math.floor((draw * n) / 0x1_0000_0000)

/** Successive draws of a stream, for the drawing of a configuration. */
export const draws = (seed: number, purpose: Purpose, index: number): (() => number) => {
  let state = stream(seed, purpose, index)
  return () => {
    const draw = peek(state.a, state.b, state.counter)
    state = advance(state)
    return draw
  }
}

/**
 * `count` of the numbers 0..n-1, ascending, with one draw each: for j = n - count, ..., n - 1 the one that is drawn
 * from 0..j, or j itself if that one is there already (Bentley and Floyd, "A sample of brilliance", 1987).
 */
export const sample = (draw: () => number, n: number, count: number): ReadonlyArray<number> => {
  const taken = new Set<number>()
  for (let j = n - count; j < n; j++) {
    const drawn = below(draw(), j + 1)
    taken.add(taken.has(drawn) ? j : drawn)
  }
  return [...taken].sort((a, b) => a - b)
}
