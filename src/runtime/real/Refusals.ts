/**
 * What the machines' ports refused: counted in full, said a few times a second. All that is said is made of our
 * own words and of numbers; no text that came from the network is in it, so none can reach a terminal.
 */
import * as Limits from "../../domain/Limits.ts"

/** Connections are refused before they are let in, frames after it, and their connection is closed. */
export interface Refused {
  readonly connections: number
  readonly frames: number
}

export type Reason =
  | "malformed"
  | "cut short"
  | "too slow"
  | "too many"
  | "protocol"
  | "secret"
  | "run"
  | "recipient"
  | "sender"
  | "never sent"
  | "out of place"

export type ByReason = Readonly<Record<keyof Refused, Readonly<Partial<Record<Reason, number>>>>>

export interface RefusalCounts {
  readonly total: Refused
  readonly byReason: ByReason
  /** Frames of a sender that were had before: passed over, as a true sender offers some again. */
  readonly repeated: number
}

export class Refusals implements RefusalCounts {
  repeated = 0
  private readonly counts = { connections: new Map<Reason, number>(), frames: new Map<Reason, number>() }
  private lines: Array<string> = []
  private unsaid = 0
  private said = 0
  private secondBeganMs = Number.NEGATIVE_INFINITY

  refuse(what: keyof Refused, machine: number, reason: Reason, detail: string): void {
    const counts = this.counts[what]
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    if (this.said === Limits.refusalLinesPerSecond) this.unsaid++
    else {
      this.said++
      this.lines.push(`machine ${machine} refused a ${what.slice(0, -1)}: ${detail}`)
    }
  }

  /** What is to be said by now. */
  take(nowMs: number): ReadonlyArray<string> {
    const { lines } = this
    this.lines = []
    if (nowMs - this.secondBeganMs < 1_000) return lines
    this.secondBeganMs = nowMs
    this.said = 0
    return [...lines, ...this.rest()]
  }

  /** How many have not been said one by one. */
  rest(): ReadonlyArray<string> {
    const { unsaid } = this
    this.unsaid = 0
    const { connections, frames } = this.total
    return unsaid === 0
      ? []
      : [
          `${unsaid} more were refused that are not listed; ${connections} connections and ${frames} frames so far`,
        ]
  }

  get total(): Refused {
    const sum = (of: Map<Reason, number>) => [...of.values()].reduce((total, count) => total + count, 0)
    return { connections: sum(this.counts.connections), frames: sum(this.counts.frames) }
  }

  get byReason(): ByReason {
    const { connections, frames } = this.counts
    return { connections: Object.fromEntries(connections), frames: Object.fromEntries(frames) }
  }
}
