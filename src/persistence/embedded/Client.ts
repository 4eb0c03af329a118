/**
 * One connection at the gate: its start-up, the cutting of what it says into units, and its answers.
 *
 * A unit is what can be given to PGlite at once: whole messages up to a Sync, a simple query or a Flush. A
 * client that has sent half of one holds up nobody.
 */

import { randomInt, timingSafeEqual } from "node:crypto"
import type { Socket } from "node:net"
import {
  closeConnectionTimeoutMs,
  handshakeTimeoutMs,
  maxClientBacklogBytes,
  maxClientUnitBytes,
} from "../../domain/Limits.ts"
import { refusal } from "./Statement.ts"
import * as Wire from "./Wire.ts"

export interface Unit {
  readonly bytes: Buffer
  /** Whether the server says ReadyForQuery at its end. */
  readonly final: boolean
  readonly refused: Wire.Complaint | undefined
}

export interface ClientEnvironment {
  readonly reader: boolean
  readonly password: string | undefined
  /** Why no further client may come in, or undefined; asked once a client has started up. */
  readonly full: () => Wire.Complaint | undefined
  readonly parameters: () => Readonly<Record<string, string>>
  readonly cancel: (pid: number, secret: number) => void
  readonly wants: (client: Client) => void
  readonly gone: (client: Client) => void
}

const maxStartupBytes = 10_000
const maxProcessId = 2 ** 31 - 1

export class Client {
  readonly pid = randomInt(1, maxProcessId)
  readonly secret = randomInt(1, maxProcessId)
  readonly reader: boolean
  cancelled = false
  closed = false
  /** After an error within a series of messages nothing is done until the series' Sync. */
  skipsToSync = false
  private readonly socket: Socket
  private readonly environment: ClientEnvironment
  private readonly incoming = new Wire.ByteQueue()
  private readonly whole = new Wire.WholeMessages()
  private stage: "start" | "password" | "ready" = "start"
  private startupParameters: ReadonlyMap<string, string> = new Map()
  private messages: Array<Buffer> = []
  private messageBytes = 0
  private dismissed = false
  private refused: Wire.Complaint | undefined
  private units: Array<Unit> = []
  private unitBytes = 0
  private wake: (() => void) | undefined

  constructor(socket: Socket, environment: ClientEnvironment) {
    this.socket = socket
    this.environment = environment
    this.reader = environment.reader
    const deadline = setTimeout(() => this.stage !== "ready" && socket.destroy(), handshakeTimeoutMs)
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => this.hear(chunk))
    socket.on("error", () => socket.destroy())
    socket.on("end", () => socket.end())
    socket.on("close", () => {
      clearTimeout(deadline)
      this.closed = true
      this.wake?.()
      environment.gone(this)
    })
  }

  get started(): boolean {
    return this.stage === "ready"
  }

  get hasUnit(): boolean {
    return this.units.length > 0
  }

  takeUnit(): Unit | undefined {
    const unit = this.units.shift()
    if (unit !== undefined) this.unitBytes -= unit.bytes.length
    if (this.unitBytes < maxClientBacklogBytes) this.socket.resume()
    return unit
  }

  /** The next unit; or `idle` when none came in time, `gone` when the client went. */
  nextUnit(patienceMs: number | undefined): Promise<Unit | "idle" | "gone"> {
    return new Promise((resolve) => {
      const timer = patienceMs === undefined ? undefined : setTimeout(() => look(true), patienceMs)
      const look = (late = false): void => {
        const outcome = this.closed ? "gone" : (this.takeUnit() ?? (late ? "idle" : undefined))
        if (outcome === undefined) return
        this.wake = undefined
        clearTimeout(timer)
        resolve(outcome)
      }
      this.wake = look
      look()
    })
  }

  /** Passes on what the server answered; `sent` hears of its bytes once they have left our memory. */
  answer(bytes: Buffer, sent: (bytes: number) => void): void {
    const complete = this.whole.push(bytes)
    if (complete === undefined || this.closed) sent(bytes.length)
    else this.socket.write(complete, () => sent(bytes.length))
  }

  say(...messages: ReadonlyArray<Buffer>): void {
    this.whole.clear()
    if (!this.closed) this.socket.write(Buffer.concat(messages))
  }

  dismiss(complaint: Wire.Complaint): void {
    if (this.dismissed) return
    this.say(Wire.errorResponse("FATAL", complaint))
    this.dismissed = true
    this.units = []
    this.socket.end()
    this.socket.setTimeout(closeConnectionTimeoutMs, () => this.socket.destroy())
  }

  private hear(chunk: Buffer): void {
    if (this.dismissed) return
    this.incoming.push(chunk)
    while (!this.dismissed && !this.closed && !this.socket.destroyed && this.advance()) {}
    if (this.unitBytes >= maxClientBacklogBytes) this.socket.pause()
  }

  private advance(): boolean {
    return this.stage === "start" ? this.hearStartup() : this.hearMessage()
  }

  private hearStartup(): boolean {
    const head = this.incoming.peek(8)
    if (head === undefined) return false
    const length = head.readInt32BE(0)
    const code = head.readInt32BE(4)
    if (length < 8 || length > maxStartupBytes) return this.cut()
    const packet = this.incoming.take(length)
    if (packet === undefined) return false
    if (code === Wire.startupCode.tls || code === Wire.startupCode.gssEncryption) {
      this.socket.write("N")
      return true
    }
    if (code === Wire.startupCode.cancel && length >= 16) {
      this.environment.cancel(packet.readInt32BE(8), packet.readInt32BE(12))
      return this.cut()
    }
    if (code >> 16 !== Wire.startupCode.protocolMajor) return this.cut()
    if ((code & 0xffff) > 0) this.socket.write(Wire.onlyVersion30)
    this.startupParameters = parametersOf(packet)
    if (this.environment.password === undefined) return this.welcome()
    this.stage = "password"
    this.socket.write(Wire.passwordWanted)
    return true
  }

  private welcome(): boolean {
    const complaint = this.environment.full()
    if (complaint !== undefined) {
      this.dismiss(complaint)
      return false
    }
    const own = {
      application_name: this.startupParameters.get("application_name") ?? "",
      session_authorization: this.startupParameters.get("user") ?? "",
    }
    const parameters = Object.entries({ ...this.environment.parameters(), ...own })
    this.stage = "ready"
    this.say(
      Wire.authenticationOk,
      ...parameters.map(([name, value]) => Wire.parameterStatus(name, value)),
      Wire.backendKey(this.pid, this.secret),
      Wire.readyForQuery("I"),
    )
    return true
  }

  private hearMessage(): boolean {
    const head = this.incoming.peek(5)
    if (head === undefined) return false
    const length = head.readInt32BE(1)
    if (length < 4 || length + this.messageBytes > maxClientUnitBytes) {
      this.dismiss({
        code: "54000",
        message: `Cannot take the message: it must hold between 4 and ${maxClientUnitBytes} bytes, found ${length}`,
      })
      return false
    }
    const bytes = this.incoming.take(length + 1)
    if (bytes === undefined) return false
    return this.stage === "password" ? this.hearPassword(bytes) : this.gather(bytes)
  }

  private hearPassword(bytes: Buffer): boolean {
    const given = Buffer.from(Wire.textAt(bytes, 5))
    const wanted = Buffer.from(this.environment.password ?? "")
    const right = given.length === wanted.length && timingSafeEqual(given, wanted)
    if (String.fromCharCode(bytes[0]!) === "p" && right) return this.welcome()
    this.dismiss({ code: "28P01", message: "Cannot let the client in: the password is wrong" })
    return false
  }

  private gather(bytes: Buffer): boolean {
    const type = String.fromCharCode(bytes[0]!)
    if (type === "X") return this.leave()
    if ("dcf".includes(type)) return true
    if (!"QFPBDECSH".includes(type)) {
      this.dismiss({ code: "08P01", message: `Cannot take the message: its type ${bytes[0]} is unknown` })
      return false
    }
    if (type === "Q") this.refused ??= refusal(Wire.textAt(bytes, 5), this.reader)
    if (type === "P") {
      const name = bytes.indexOf(0, 5)
      this.refused ??= refusal(Wire.textAt(bytes, name + 1), this.reader)
    }
    this.messages.push(bytes)
    this.messageBytes += bytes.length
    if ("QFSH".includes(type)) this.completeUnit(type !== "H")
    return true
  }

  private completeUnit(final: boolean): void {
    const bytes = this.messages.length === 1 ? this.messages[0]! : Buffer.concat(this.messages)
    this.units.push({ bytes, final, refused: this.refused })
    this.unitBytes += bytes.length
    this.messages = []
    this.messageBytes = 0
    this.refused = undefined
    if (this.wake === undefined) this.environment.wants(this)
    else this.wake()
  }

  private leave(): boolean {
    this.socket.end()
    return false
  }

  private cut(): boolean {
    this.socket.destroy()
    return false
  }
}

const parametersOf = (packet: Buffer): ReadonlyMap<string, string> => {
  const parts = packet.subarray(8).toString("utf8").split("\0")
  const found = new Map<string, string>()
  for (let at = 0; at + 1 < parts.length && parts[at] !== ""; at += 2) found.set(parts[at]!, parts[at + 1]!)
  return found
}
