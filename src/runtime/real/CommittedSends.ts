/**
 * What the record says that one machine has sent to another, beyond what the other has had. A recipient lets in
 * the next of these and nothing else: version, clock and time must be those of the committed event. So whoever
 * knows the secret, or every byte that ever went over the wire, can at most deliver a true message, in its turn.
 *
 * A keyed MAC in each frame was rejected: it costs both ends microseconds a message, and proves who speaks, where
 * this proves that what is said is so. Memory is bounded as the sender's is: it is another reader of the same
 * outbox, which goes back to the log for what it does not hold, one page for as many messages taken in.
 */
import * as Effect from "effect/Effect"
import type { EventLogShape, RunUnknown, StoreUnavailable } from "../../domain/EventLog.ts"
import * as Limits from "../../domain/Limits.ts"
import type { Message } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import { Outbox } from "./Outbox.ts"

interface LinkOfRun {
  readonly run: string
  readonly sender: number
  readonly recipient: number
}

/** A page of what a link has to deliver, as messages. */
export const readPage = (log: Pick<EventLogShape, "readSends">, link: LinkOfRun, afterVersion: number) =>
  log.readSends({ ...link, afterVersion, limit: Limits.maxHeldMessagesPerLink }).pipe(
    Effect.map((page) =>
      page.map(
        ({ machine, version, lamport, occurredAtUs, payload }): Message => ({
          sender: machine,
          sendVersion: version,
          senderLamport: lamport,
          sentAtUs: occurredAtUs,
          ...Purpose.carried(payload),
        }),
      ),
    ),
  )

export class CommittedSends {
  readonly sender: number
  private readonly link: LinkOfRun
  private readonly log: Pick<EventLogShape, "readSends">
  private readonly ahead: Outbox

  constructor(
    { run, sender, recipient }: LinkOfRun,
    log: Pick<EventLogShape, "readSends">,
    ahead = new Outbox(),
  ) {
    this.sender = sender
    this.link = { run, sender, recipient }
    this.log = log
    this.ahead = ahead
  }

  /** A message whose `sent` event is committed. */
  offer(message: Message): void {
    this.ahead.offer(message)
  }

  /** Its recipient has lost what it had beyond the mark. */
  rewind(mark: number): void {
    this.ahead.rewind(mark)
  }

  /** Whether this is the first message beyond the recipient's mark; an effect where the log has to be asked. */
  isNext(message: Message, mark: number): boolean | Effect.Effect<boolean, RunUnknown | StoreUnavailable> {
    const next = this.nextBeyond(mark)
    if (next.next === "idle") return false
    if (next.next === "message") return isSame(next.message, message)
    return Effect.flatMap(this.readBack(next.afterVersion), () => {
      const found = this.isNext(message, mark)
      return typeof found === "boolean" ? Effect.succeed(found) : found
    })
  }

  private nextBeyond(mark: number) {
    let next = this.ahead.next()
    while (next.next === "message" && next.message.sendVersion <= mark) {
      this.ahead.wrote(next.message)
      next = this.ahead.next()
    }
    this.ahead.acknowledge(mark)
    return next
  }

  /** Two connections of one sender may both have asked for the page; the second finds it there. */
  private readBack(afterVersion: number) {
    return Effect.map(readPage(this.log, this.link, afterVersion), (page) => {
      const next = this.ahead.next()
      if (next.next === "read-log" && next.afterVersion === afterVersion) this.ahead.load(page)
    })
  }
}

const isSame = (a: Message, b: Message): boolean =>
  a.sender === b.sender &&
  a.sendVersion === b.sendVersion &&
  a.senderLamport === b.senderLamport &&
  a.sentAtUs === b.sentAtUs &&
  a.purpose === b.purpose &&
  a.snapshot === b.snapshot
