/**
 * Pairs in the order of their keys, those of one key as they were: each goes into the bucket of its key, of which there
 * are as many as pairs, and then past its larger neighbours. Linear where keys are spread over their range, as the
 * phases of machines and the times of their ticks are.
 */
export interface Pairs {
  /** Whole numbers from 0 on. */
  readonly keys: Int32Array
  readonly values: Int32Array
}

/** Where the pairs of each bucket begin, and after the last one how many pairs there are. */
const beginningsOf = (keys: Int32Array, count: number, buckets: number, perKey: number): Int32Array => {
  const begins = new Int32Array(buckets + 1)
  for (let i = 0; i < count; i++) begins[Math.floor(keys[i]! * perKey) + 1]!++
  for (let bucket = 0; bucket < buckets; bucket++) begins[bucket + 1]! += begins[bucket]!
  return begins
}

const moveIntoPlace = ({ keys, values }: Pairs, count: number): void => {
  for (let i = 1; i < count; i++) {
    const key = keys[i]!
    if (keys[i - 1]! <= key) continue
    const value = values[i]!
    let at = i
    for (; at > 0 && keys[at - 1]! > key; at--) {
      keys[at] = keys[at - 1]!
      values[at] = values[at - 1]!
    }
    keys[at] = key
    values[at] = value
  }
}

/** The first `count` pairs, in order, to the beginning of `into`, which is other memory. */
export const sort = ({ keys, values }: Pairs, count: number, into: Pairs): void => {
  let largest = 0
  for (let i = 0; i < count; i++) largest = Math.max(largest, keys[i]!)
  const buckets = Math.min(largest + 1, count)
  const perKey = buckets / (largest + 1)
  const begins = beginningsOf(keys, count, buckets, perKey)
  for (let i = 0; i < count; i++) {
    const key = keys[i]!
    const at = begins[Math.floor(key * perKey)]!++
    into.keys[at] = key
    into.values[at] = values[i]!
  }
  if (buckets <= largest) moveIntoPlace(into, count)
}
