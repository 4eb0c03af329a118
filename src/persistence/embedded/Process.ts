/** Whether a process that once wrote down who it is still lives, in spite of reused numbers. */

import { readFileSync } from "node:fs"
import { hostname } from "node:os"

export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** When it started, in the kernel's own words; null where the system has no `/proc`. */
  readonly startedAs: string | null
}

/** State and start (fields 3 and 22 of `/proc/PID/stat`) with the boot they belong to. */
const kernelRecord = (pid: number): { readonly state: string; readonly startedAs: string } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    return { state: fields[0]!, startedAs: `${boot} ${fields[19]}` }
  } catch {
    return undefined
  }
}

export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  host: hostname(),
  startedAs: kernelRecord(process.pid)?.startedAs ?? null,
})

/** A process of another host cannot be looked at, and counts as alive. */
export const isAlive = (identity: ProcessIdentity): boolean => {
  if (identity.host !== hostname()) return true
  const record = kernelRecord(identity.pid)
  if (record !== undefined && identity.startedAs !== null) {
    return record.startedAs === identity.startedAs && record.state !== "Z" && record.state !== "X"
  }
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (cause) {
    // Only "no such process" says that it is dead; whoever may not ask must not take its store.
    return (cause as NodeJS.ErrnoException).code !== "ESRCH"
  }
}
