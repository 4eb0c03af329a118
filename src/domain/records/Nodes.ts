/** The pool of nodes: messages in flight, and spans of arrivals. Room is made before nodes are taken. */
import * as Columns from "./Columns.ts"
import * as Node from "./layout/Node.ts"

const initialNodes = 1_024

export class Nodes {
  words: Int32Array
  doubles: Float64Array
  /** The first of those that were given back. */
  free = 0
  /** The first that was never taken. */
  fresh: number = Node.words

  constructor() {
    const { words, doubles } = Columns.make(initialNodes * Node.words)
    this.words = words
    this.doubles = doubles
  }

  /** Makes room for so many more. */
  reserve(nodes: number): void {
    let { length } = this.words
    while (this.fresh + nodes * Node.words > length) length *= 2
    if (length === this.words.length) return
    const { words, doubles } = Columns.grown(this.words, length)
    this.words = words
    this.doubles = doubles
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
