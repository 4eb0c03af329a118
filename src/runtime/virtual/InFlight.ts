/**
 * Messages on their way, by when they arrive; those of one instant in the order in which they were sent. A node is a
 * message's place in the pool.
 */
export interface InFlight {
  readonly push: (node: number, atUs: number) => void
  /** When the next one arrives; infinite if none is under way. */
  readonly nextUs: () => number
  /** Takes the next one. */
  readonly pop: () => number
}

const initialRoom = 1_024

/** Of one constant latency: who is sent first arrives first, so they are a ring. */
export const ring = (): InFlight => {
  let nodes = new Int32Array(initialRoom)
  let times = new Float64Array(initialRoom)
  let [first, count, mask] = [0, 0, initialRoom - 1]
  const grow = (): void => {
    const [oldNodes, oldTimes, oldMask] = [nodes, times, mask]
    mask = 2 * (mask + 1) - 1
    nodes = new Int32Array(mask + 1)
    times = new Float64Array(mask + 1)
    for (let i = 0; i < count; i++) {
      nodes[i] = oldNodes[(first + i) & oldMask]!
      times[i] = oldTimes[(first + i) & oldMask]!
    }
    first = 0
  }
  return {
    push: (node, atUs) => {
      if (count > mask) grow()
      const at = (first + count++) & mask
      nodes[at] = node
      times[at] = atUs
    },
    nextUs: () => (count === 0 ? Number.POSITIVE_INFINITY : times[first]!),
    pop: () => {
      const node = nodes[first]!
      first = (first + 1) & mask
      count--
      return node
    },
  }
}

/** Of latencies that differ: a binary heap. */
export const heap = (): InFlight => {
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
