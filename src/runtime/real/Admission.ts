/**
 * Connections that have not shown the run's secret yet, at all ports of a process. Strangers may come by the
 * thousand, so each costs little: callbacks instead of a fiber, one look at the clock for all, and a bounded
 * number of them, of which the oldest makes way for the newest. A bound that turned the newest away would let
 * whoever fills it keep true senders out.
 */
import { timingSafeEqual } from "node:crypto"
import type * as net from "node:net"
import * as Limits from "../../domain/Limits.ts"
import { Connection } from "./Connection.ts"
import * as Frame from "./Frame.ts"
import type { Reason, Refusals } from "./Refusals.ts"

/** One machine's port. */
export interface Door {
  readonly machine: number
  readonly isSender: (machine: number) => boolean
  readonly markOf: (sender: number) => number
  readonly letIn: (connection: Connection, sender: number) => void
}

interface Candidate {
  readonly connection: Connection
  readonly door: Door
  readonly cameAtMs: number
  readonly look: () => void
  readonly gone: () => void
}

export class Admission {
  /** The oldest first. */
  private readonly candidates = new Set<Candidate>()
  private readonly run: string
  private readonly secret: Uint8Array
  private readonly most: number
  private readonly refusals: Refusals
  private closed = false

  constructor(run: string, secret: Uint8Array, most: number, refusals: Refusals) {
    this.run = run
    this.secret = secret
    this.most = most
    this.refusals = refusals
  }

  consider(socket: net.Socket, door: Door): void {
    const connection = new Connection(socket)
    if (this.closed) {
      connection.close()
      return
    }
    for (const oldest of this.candidates) {
      if (this.candidates.size < this.most) break
      this.refuse(oldest, "too many", "it did not say who it is while too many others came")
    }
    const candidate: Candidate = {
      connection,
      door,
      cameAtMs: performance.now(),
      look: () => this.look(candidate),
      gone: () => this.gone(candidate),
    }
    this.candidates.add(candidate)
    socket.on("readable", candidate.look)
    socket.on("close", candidate.gone)
  }

  /** Closes those whose time for the handshake is over. */
  pulse(nowMs: number): void {
    for (const candidate of this.candidates) {
      if (nowMs - candidate.cameAtMs < Limits.handshakeTimeoutMs) break
      this.refuse(candidate, "too slow", "its handshake took too long")
    }
  }

  close(): void {
    this.closed = true
    for (const candidate of this.candidates) {
      this.forget(candidate)
      candidate.connection.close()
    }
  }

  private look(candidate: Candidate): void {
    const { connection, door } = candidate
    const frame = connection.poll()
    if (frame === undefined) return
    if ("malformed" in frame) this.refuse(candidate, "malformed", frame.malformed)
    else if (frame.frame !== "hello")
      this.refuse(candidate, "malformed", "a connection must begin with a handshake")
    else {
      const wrong = this.wrongIn(frame, door)
      if (wrong === undefined) this.letIn(candidate, frame.sender)
      else this.answerNo(candidate, wrong)
    }
  }

  private letIn(candidate: Candidate, sender: number): void {
    this.forget(candidate)
    candidate.connection.say(Frame.welcome(candidate.door.markOf(sender)))
    candidate.door.letIn(candidate.connection, sender)
  }

  private wrongIn(hello: Frame.Hello, door: Door): Frame.Refusal | undefined {
    if (hello.protocol !== Frame.protocolVersion) return "protocol"
    if (!timingSafeEqual(hello.secret, this.secret)) return "secret"
    if (hello.run !== this.run) return "run"
    if (hello.recipient !== door.machine) return "recipient"
    return door.isSender(hello.sender) ? undefined : "sender"
  }

  private gone(candidate: Candidate): void {
    if (candidate.connection.socket.bytesRead === 0) this.forget(candidate)
    else this.refuse(candidate, "cut short", "it ended within its handshake")
  }

  /** A peer of another version or run is told why; the answer is in the system's hands when we close. */
  private answerNo(candidate: Candidate, wrong: Frame.Refusal): void {
    candidate.connection.say(Frame.refused(wrong))
    candidate.connection.close()
    this.refuse(candidate, wrong, `its handshake has the wrong ${wrong}`)
  }

  private refuse(candidate: Candidate, reason: Reason, detail: string): void {
    this.forget(candidate)
    this.refusals.refuse("connections", candidate.door.machine, reason, detail)
    candidate.connection.reset()
  }

  private forget(candidate: Candidate): void {
    this.candidates.delete(candidate)
    candidate.connection.socket.off("readable", candidate.look)
    candidate.connection.socket.off("close", candidate.gone)
  }
}
