/**
 * The thread that ticks, before the other threads of its process: what makes ticks late is most of all that others have the
 * processors, and V8's helpers more than anybody else.
 */
import { readdirSync } from "node:fs"
import { setPriority } from "node:os"

/** A tenth of a processor where the thread that ticks wants all of it. */
const helpersPriority = 10

/** Before those that are there, which are V8's and libuv's; on Linux, where a thread has a priority of its own. */
export const comesFirst = (): void => {
  try {
    for (const thread of readdirSync("/proc/self/task"))
      if (Number(thread) !== process.pid) setPriority(Number(thread), helpersPriority)
  } catch {
    // As good as the others then.
  }
}
