/** A record as docs/SPEC.md has it, in 32-bit words; what follows of a long one are blocks of as many. */
export const words = 16
export const detail = 8
/** A delivery is half a block: in the detail of a receipt and of a drop, and of those left in an inbox. */
export const wordsPerDelivery = 8
export const two32 = 0x1_0000_0000
