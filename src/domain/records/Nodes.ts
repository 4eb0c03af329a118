/** The pool of nodes: messages in flight, and spans of arrivals. Room is made before nodes are taken. */
import * as Node from "./layout/Node.ts"

const initialNodes = 1_024

export class Nodes {
  words = new Int32Array(initialNodes * Node.words)
  doubles = new Float64Array(this.words.buffer)
  /** The first of those that were given back. */
  free = 0
  /** The first that was never taken. */
  fresh: number = Node.words

  /** Makes room for so many more. */
  reserve(nodes: number): void {
    let { length } = this.words
    while (this.fresh + nodes * Node.words > length) length *= 2
    if (length === this.words.length) return
    const larger = new Int32Array(length)
    larger.set(this.words)
    this.words = larger
    this.doubles = new Float64Array(larger.buffer)
  }

  take(): number {
    const node = this.free
    if (node !== 0) {
      this.free = this.words[node + Node.following]!
      return node
    }
    const fresh = this.fresh
    this.fresh += Node.words
    return fresh
  }

  release(node: number): void {
    this.words[node + Node.following] = this.free
    this.free = node
  }
}
