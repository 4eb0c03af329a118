/** How an event of a run stands to where the run parts from another. */
export const Standing = { same: 0, cone: 1, changed: 2, first: 3 } as const
export type Standing = (typeof Standing)[keyof typeof Standing]
