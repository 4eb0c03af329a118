/** The runs of a store as JSON lists them. */
import type { Runs } from "../Tables.ts"

/** Times that an imported log counts from its own start, or that are ours, would be of 1970. */
export const hasTimes = ({ mode, started_at }: Runs): boolean =>
  mode !== "imported" || started_at === null || !String(started_at).startsWith("1970-")

const untimed = { started_at: null, finished_at: null }

export const toJson = (runs: ReadonlyArray<Runs>) =>
  runs.map((row) => ({ run: row.run_id, ...row, ...(hasTimes(row) ? {} : untimed) }))
