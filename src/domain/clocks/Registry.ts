/** The clocks that are compared, a line each. */
export { bloom } from "./Bloom.ts"
export { hybridLogical } from "./HybridLogical.ts"
export { intervalTree } from "./IntervalTree.ts"
export { lamport } from "./Lamport.ts"
export { vector } from "./Vector.ts"
