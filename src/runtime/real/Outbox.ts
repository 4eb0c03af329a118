/**
 * What one link still has to deliver. The log is the true outbox: a message is offered here once its `sent`
 * event is committed, a bounded number is held in memory, and where that does not reach (a slow recipient, a
 * connection made anew from an older mark) the link reads back from the log. So no sender ever waits for a
 * recipient, and no two machines can block each other.
 *
 *   floor .......... written .......... heldThrough .......... known
 *   not in memory    on the wire, held   held, to write         only in the log
 */
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"

export type Next =
  | { readonly next: "message"; readonly message: Message }
  | { readonly next: "read-log"; readonly afterVersion: number }
  | { readonly next: "idle" }

const idle: Next = { next: "idle" }

export class Outbox {
  private held: Array<Message> = []
  private floor: number
  private heldThrough: number
  private known: number
  private written: number
  /** Index in `held` of the first message that is not written yet. */
  private cursor = 0

  /** All send versions at or below `mark` have been delivered; `known` is the last committed one. */
  constructor(mark = 0, known = mark) {
    this.floor = mark
    this.written = mark
    this.heldThrough = mark
    this.known = known
  }

  /** The last send version of which it has been told that it is committed. */
  get last(): number {
    return this.known
  }

  /** A committed message, in the order of send versions; one that a page already brought is passed over. */
  offer(message: Message): void {
    if (message.sendVersion <= this.known) return
    const contiguous = this.heldThrough === this.known
    this.known = message.sendVersion
    if (!contiguous) return
    if (this.held.length >= Limits.maxHeldMessagesPerLink && !this.forgetWritten()) return
    this.held.push(message)
    this.heldThrough = message.sendVersion
  }

  next(): Next {
    if (this.written >= this.known) return idle
    const message = this.written >= this.floor ? this.held[this.cursor] : undefined
    return message === undefined
      ? { next: "read-log", afterVersion: this.written }
      : { next: "message", message }
  }

  /** The message that `next` gave is on the wire. */
  wrote(message: Message): void {
    this.written = message.sendVersion
    this.cursor++
  }

  /**
   * A page of the log that begins after what is written; a short page reaches the end of what is known. The log
   * may be ahead of what we were told, and both ends of a link are told together: more than that is left for then.
   */
  load(page: ReadonlyArray<Message>): void {
    this.held = page.filter(({ sendVersion }) => sendVersion <= this.known)
    this.cursor = 0
    this.floor = this.written
    const whole = this.held.length > 0 && this.held.length === page.length
    this.heldThrough = whole ? page[page.length - 1]!.sendVersion : this.known
  }

  /** The recipient has everything up to `mark`. */
  acknowledge(mark: number): void {
    let delivered = 0
    while (delivered < this.cursor && this.held[delivered]!.sendVersion <= mark) delivered++
    this.forget(delivered)
  }

  /** A new connection: whatever lies beyond the recipient's mark is offered again. */
  rewind(mark: number): void {
    this.written = mark
    this.cursor = 0
    while (this.cursor < this.held.length && this.held[this.cursor]!.sendVersion <= mark) this.cursor++
  }

  private forgetWritten(): boolean {
    if (this.cursor === 0) return false
    this.forget(1)
    return true
  }

  private forget(count: number): void {
    if (count === 0) return
    this.floor = this.held[count - 1]!.sendVersion
    this.held.splice(0, count)
    this.cursor -= count
  }
}
