/** A wire between a link and its recipient's port that can be cut in every way, and hears what goes over it. */
import * as net from "node:net"
import type { Network } from "../../src/runtime/real/Mesh.ts"

export const howCut = ["fin", "rst", "silence"] as const
/** Which end is to notice: the recipient's (`there`), the sender's (`back`), or both; the other is left half-open. */
export const whereCut = ["there", "back", "both"] as const

export interface Cut {
  readonly how: (typeof howCut)[number]
  readonly where: (typeof whereCut)[number]
  /** Within the next frame that the sender writes, rather than between two. */
  readonly midFrame: boolean
}

interface Pair {
  readonly sender: net.Socket
  readonly recipient: net.Socket
  cut: Cut | undefined
  over: boolean
}

const helloBytes = 47
const frameBytes = 21
const mostHeard = 16_384

export class Wire {
  to = 0
  /** Cuts that were made. */
  cuts = 0
  /** The handshake of the last connection, and the last whole frames that the sender wrote. */
  hello = Buffer.alloc(0)
  heard = Buffer.alloc(0)
  private readonly server: net.Server
  private readonly pairs = new Set<Pair>()

  private constructor(server: net.Server) {
    this.server = server
  }

  static async open(): Promise<Wire> {
    const server = net.createServer()
    const wire = new Wire(server)
    server.on("connection", (socket) => wire.join(socket))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return wire
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port
  }

  /** Cuts what is connected and has been let in; how many that were. */
  cut(cut: Cut): number {
    const live = [...this.pairs].filter(
      (pair) => pair.cut === undefined && pair.sender.bytesRead > helloBytes && pair.recipient.bytesRead > 0,
    )
    for (const pair of live) {
      pair.cut = cut
      this.cuts++
      if (!cut.midFrame) this.perform(pair, cut)
    }
    return live.length
  }

  close(): void {
    this.server.close()
    for (const { sender, recipient } of this.pairs) for (const socket of [sender, recipient]) socket.destroy()
  }

  private join(sender: net.Socket): void {
    const recipient = net.connect(this.to, "127.0.0.1")
    const pair: Pair = { sender, recipient, cut: undefined, over: false }
    this.pairs.add(pair)
    this.forward(pair, sender, recipient, "there")
    this.forward(pair, recipient, sender, "back")
  }

  private forward(pair: Pair, from: net.Socket, to: net.Socket, way: "there" | "back"): void {
    from.setNoDelay(true)
    from.on("error", () => {})
    from.on("data", (chunk: Buffer) => {
      if (way === "there") this.hear(from, chunk)
      if (pair.over && !this.passes(pair, way)) return
      const midFrame = pair.cut?.midFrame && way === "there" && !pair.over && chunk.length % frameBytes === 0
      if (midFrame) {
        to.write(chunk.subarray(0, chunk.length - 1 - (chunk.length % (frameBytes - 1))))
        this.perform(pair, pair.cut!)
      } else if (!to.write(chunk)) {
        from.pause()
        to.once("drain", () => from.resume())
      }
    })
    from.on("close", () => {
      if (!pair.over || this.passes(pair, way)) to.destroy()
      if (pair.sender.destroyed && pair.recipient.destroyed) this.pairs.delete(pair)
    })
  }

  /** A wire that is silent in one direction lets the other through, unless a part of a frame is missing there. */
  private passes({ cut }: Pair, way: "there" | "back"): boolean {
    if (cut?.how !== "silence" || (cut.midFrame && way === "there")) return false
    return cut.where !== "both" && cut.where !== way
  }

  private perform(pair: Pair, { how, where }: Cut): void {
    pair.over = true
    if (how === "silence") return
    const noticing = [
      ...(where === "back" ? [] : [pair.recipient]),
      ...(where === "there" ? [] : [pair.sender]),
    ]
    for (const socket of noticing) {
      if (how === "fin") socket.end()
      else socket.resetAndDestroy()
    }
  }

  private hear(from: net.Socket, chunk: Buffer): void {
    if (from.bytesRead === chunk.length) {
      this.hello = Buffer.from(chunk.subarray(0, helloBytes))
      chunk = chunk.subarray(helloBytes)
    }
    if (chunk.length % frameBytes === 0)
      this.heard = Buffer.concat([this.heard, chunk]).subarray(-mostHeard + (mostHeard % frameBytes))
  }
}

export interface Wires {
  readonly route: NonNullable<Network["route"]>
  readonly between: (sender: number, recipient: number) => Wire
  readonly all: ReadonlyArray<Wire>
  readonly close: () => void
}

/** A wire for every two of the machines. */
export const open = async (machines: number): Promise<Wires> => {
  const wires = new Map<string, Wire>()
  for (let sender = 1; sender <= machines; sender++)
    for (let recipient = 1; recipient <= machines; recipient++)
      if (sender !== recipient) wires.set(`${sender} ${recipient}`, await Wire.open())
  const between = (sender: number, recipient: number) => wires.get(`${sender} ${recipient}`)!
  return {
    route: ({ sender, recipient, port }) => {
      const wire = between(sender, recipient)
      wire.to = port
      return wire.port
    },
    between,
    all: [...wires.values()],
    close: () => {
      for (const wire of wires.values()) wire.close()
    },
  }
}
