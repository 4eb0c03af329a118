/** A fault in words; apart from its schema, so that a page in a browser says the same without it. */
import * as Duration from "./Duration.ts"
import type { Fault } from "./Fault.ts"

const placeOf = (fault: Fault): string =>
  "machine" in fault ? String(fault.machine) : `${fault.from}->${fault.to}`

/** What was done, without when. */
export const describe = (fault: Fault): string =>
  `${fault.fault} ${placeOf(fault)}${fault.fault === "delay" ? ` by ${Duration.exact(fault.delayUs)}` : ""}`
