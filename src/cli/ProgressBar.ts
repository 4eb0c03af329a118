/** How far long work has come, on standard error: a bar that is drawn over in a terminal, some lines elsewhere. */
import type { Invocation } from "./Program.ts"
import { showDuration } from "./Units.ts"

const width = 30
const terminalEveryMs = 100
const linesEveryMs = 5_000
/** Work that is done within this long shows nothing. */
const silentMs = 500

export interface ProgressBar {
  readonly show: (done: number, total: number) => void
}

const bar = (share: number): string => {
  const filled = Math.round(share * width)
  return `${"█".repeat(filled)}${"·".repeat(width - filled)}`
}

/** `doing` begins the line, `what` is counted. */
export const make = (doing: string, what: string, invocation: Invocation): ProgressBar => {
  const { stderr } = process
  let begunMs: number | undefined
  let shownMs = 0
  const text = (done: number, total: number, elapsedMs: number): string => {
    const left =
      done === 0 ? "" : `, ${showDuration(Math.round(((total - done) / done) * elapsedMs * 1_000))} left`
    return `${doing} ${bar(done / total)} ${done} of ${total} ${what}${done < total ? left : ""}`
  }
  return {
    show: (done, total) => {
      if (invocation.quiet || total === 0) return
      const nowMs = performance.now()
      begunMs ??= nowMs
      const finished = done >= total
      const dueMs =
        shownMs === 0 ? begunMs + silentMs : shownMs + (stderr.isTTY ? terminalEveryMs : linesEveryMs)
      if (nowMs < dueMs && !(finished && shownMs > 0)) {
        if (finished) begunMs = undefined
        return
      }
      shownMs = nowMs
      const line = text(done, total, nowMs - begunMs)
      stderr.write(stderr.isTTY ? `\r\x1b[2K${line}${finished ? "\n" : ""}` : `${line}\n`)
      if (finished) {
        begunMs = undefined
        shownMs = 0
      }
    },
  }
}
