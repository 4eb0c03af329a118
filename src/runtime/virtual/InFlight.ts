/**
 * Messages on their way, by when they arrive; those of one instant in the order in which they were sent. A node is a
 * message's place in the pool.
 */
const initialRoom = 1_024

/**
 * Of one constant latency: who is sent first arrives first, so they are a ring, from `first` on and around. Its arrays
 * are open to the event loop, which pushes and pops in its own innermost loop, within what was reserved.
 */
export class Ring {
  nodes = new Int32Array(initialRoom)
  times = new Float64Array(initialRoom)
  first = 0
  count = 0

  /** Makes room for so many more. */
  reserve(more: number): void {
    const { nodes, times, first, count } = this
    let room = nodes.length
    while (room < count + more) room *= 2
    if (room === nodes.length) return
    this.nodes = new Int32Array(room)
    this.times = new Float64Array(room)
    for (let i = 0; i < count; i++) {
      const from = (first + i) & (nodes.length - 1)
      this.nodes[i] = nodes[from]!
      this.times[i] = times[from]!
    }
    this.first = 0
  }
}

/** Of latencies that differ. */
export interface Heap {
  readonly push: (node: number, atUs: number) => void
  /** When the next one arrives; infinite if none is under way. */
  readonly nextUs: () => number
  /** Takes the next one. */
  readonly pop: () => number
}

/** A binary one. */
export const heap = (): Heap => {
  let nodes = new Int32Array(initialRoom)
  let times = new Float64Array(initialRoom)
  /** Which was pushed when; exact up to 2^53 messages. */
  let orders = new Float64Array(initialRoom)
  let count = 0
  let pushed = 0
  const grow = (): void => {
    const [oldNodes, oldTimes, oldOrders] = [nodes, times, orders]
    nodes = new Int32Array(2 * count)
    times = new Float64Array(2 * count)
    orders = new Float64Array(2 * count)
    nodes.set(oldNodes)
    times.set(oldTimes)
    orders.set(oldOrders)
  }
  const isBefore = (i: number, atUs: number, order: number): boolean =>
    times[i]! < atUs || (times[i] === atUs && orders[i]! < order)
  const put = (i: number, node: number, atUs: number, order: number): void => {
    nodes[i] = node
    times[i] = atUs
    orders[i] = order
  }
  const move = (from: number, to: number): void => put(to, nodes[from]!, times[from]!, orders[from]!)
  return {
    push: (node, atUs) => {
      if (count === nodes.length) grow()
      const order = pushed++
      let at = count++
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (isBefore(parent, atUs, order)) break
        move(parent, at)
        at = parent
      }
      put(at, node, atUs, order)
    },
    nextUs: () => (count === 0 ? Number.POSITIVE_INFINITY : times[0]!),
    pop: () => {
      const top = nodes[0]!
      const [node, atUs, order] = [nodes[--count]!, times[count]!, orders[count]!]
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= count) break
        if (child + 1 < count && isBefore(child + 1, times[child]!, orders[child]!)) child++
        if (!isBefore(child, atUs, order)) break
        move(child, at)
        at = child
      }
      put(at, node, atUs, order)
      return top
    },
  }
}
