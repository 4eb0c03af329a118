/**
 * Peers that mean harm to a run's ports: strangers, those who know the run's secret, and those who heard all that
 * went over the wire. A frame that is refused costs its connection, so nearly each has one of its own.
 */
import * as net from "node:net"
import * as Random from "../../src/domain/Random.ts"
import * as Frame from "../../src/runtime/real/Frame.ts"

export interface Target {
  readonly run: string
  readonly secret: Uint8Array
  readonly links: ReadonlyArray<{
    readonly sender: number
    readonly recipient: number
    readonly port: number
  }>
  /** What was last heard on the wire between two machines. */
  readonly heard: (sender: number, recipient: number) => { readonly hello: Buffer; readonly frames: Buffer }
}

interface Shot {
  readonly link: Target["links"][number]
  readonly target: Target
  readonly draw: () => number
}

const bytes = (draw: () => number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => draw() & 255))

const helloOf = ({ target, link }: Shot, over: Partial<Parameters<typeof Frame.hello>[0]> = {}): Buffer =>
  Frame.hello({ run: target.run, secret: target.secret, ...link, ...over })

const message = (sendVersion: number, senderLamport: number, sentAtUs: number): Buffer => {
  const frame = Buffer.alloc(Frame.messageBytes)
  Frame.writeMessage(frame, 0, { sender: 0, sendVersion, senderLamport, sentAtUs })
  return frame
}

const last = (frames: Buffer): Buffer => frames.subarray(-Frame.messageBytes)

/** The last message heard with one of its fields changed; its version is the mark, or soon will be. */
const altered = (shot: Shot, change: (frame: Buffer) => void): Buffer => {
  const frame = Buffer.from(last(shot.target.heard(shot.link.sender, shot.link.recipient).frames))
  if (frame.length === Frame.messageBytes) change(frame)
  return Buffer.concat([helloOf(shot), frame.length === 0 ? message(0xffff_ffff, 1, 1) : frame])
}

const beyond = (frame: Buffer, by: number): void => {
  frame.writeUInt32LE(frame.readUInt32LE(5) + by, 5)
}

/** What a stranger sends. */
export const strangers: Readonly<Record<string, (shot: Shot) => Buffer>> = {
  "random bytes": ({ draw }) => bytes(draw, 8 + (draw() % 200)),
  truncated: (shot) => helloOf(shot).subarray(0, 1 + (shot.draw() % 46)),
  oversized: ({ draw }) => {
    const frame = bytes(draw, 300)
    frame.writeUInt32LE(257 + (draw() >>> 1), 0)
    return frame
  },
  "wrong run": (shot) => helloOf(shot, { run: "\u001b[2J\u001b]0;\u0007" }),
  "wrong secret": (shot) => helloOf(shot, { secret: new Uint8Array(bytes(shot.draw, Frame.secretBytes)) }),
  "wrong type": ({ draw }) => Buffer.from([1, 0, 0, 0, 7 + (draw() % 249)]),
  "no handshake": ({ draw }) => message(draw(), draw(), draw()),
  "http and escapes": () => Buffer.from("GET /\u001b]0;owned\u0007\u001b[31m HTTP/1.1\r\n\r\n"),
}

/** What is sent by a peer that knows the secret, or has heard the true sender. */
export const knowing: Readonly<Record<string, (shot: Shot) => Buffer>> = {
  "version 4294967295": (shot) => Buffer.concat([helloOf(shot), message(0xffff_ffff, 1, Date.now() * 1_000)]),
  "never sent": (shot) => altered(shot, (frame) => beyond(frame, 1 + (shot.draw() % 50))),
  "a clock that lies": (shot) =>
    altered(shot, (frame) => {
      beyond(frame, 1)
      frame.writeUInt32LE(shot.draw(), 9)
    }),
  "a clock beyond 2^31": (shot) => Buffer.concat([helloOf(shot), message(0x7fff_fffe, 0xffff_ffff, 1)]),
  "a time that is none": (shot) =>
    altered(shot, (frame) => {
      beyond(frame, 1)
      frame.writeDoubleLE([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300][shot.draw() % 4]!, 13)
    }),
  "out of place": (shot) =>
    Buffer.concat([
      helloOf(shot),
      [Frame.welcome(0xffff_ffff), Frame.ack(0), helloOf(shot)][shot.draw() % 3]!,
    ]),
  "random bytes after the handshake": (shot) =>
    Buffer.concat([helloOf(shot), bytes(shot.draw, 8 + (shot.draw() % 100))]),
  "of a machine that does not send here": (shot) => helloOf(shot, { sender: 1 + (shot.draw() >>> 1) }),
  "to another machine": (shot) => helloOf(shot, { recipient: shot.link.sender }),
}

/** All that was heard, over again: the true handshake and true messages, which the recipient has had. */
const replayed = ({ target, link }: Shot): { readonly bytes: Buffer; readonly frames: number } => {
  const { hello, frames } = target.heard(link.sender, link.recipient)
  return { bytes: Buffer.concat([hello, frames]), frames: frames.length / Frame.messageBytes }
}

/**
 * Sends on a connection of its own, and waits until the other end has closed it. Our end of it closes too where what
 * is sent may be passed over or wait for more: an altered message may be of a version that was had meanwhile.
 */
const fire = (port: number, sent: Buffer, end: boolean): Promise<void> =>
  new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true })
    socket.on("error", () => {})
    socket.on("close", () => resolve())
    socket.setTimeout(5_000, () => socket.destroy())
    socket.resume()
    if (end) socket.end(sent)
    else socket.write(sent)
  })

const atOnce = 24
/** About as many are sent again at once. */
const mostHeardFrames = 400

export interface Attack {
  readonly target: Target
  readonly seed: number
  /** Frames to send: of strangers, of peers that know the secret, and over again of what was heard. */
  readonly strangers: number
  readonly knowing: number
  readonly replayed: number
}

/** Fires as asked; how many frames of each kind were sent. */
export const attack = async (options: Attack): Promise<Readonly<Record<string, number>>> => {
  const draw = Random.draws(options.seed, Random.Purpose.fault, 1)
  const sent: Record<string, number> = {}
  const shot = (): Shot => ({
    target: options.target,
    draw,
    link: options.target.links[draw() % options.target.links.length]!,
  })
  const count = (kind: string, frames = 1) => {
    sent[kind] = (sent[kind] ?? 0) + frames
    return frames
  }
  const some = async (kinds: typeof strangers): Promise<number> => {
    const names = Object.keys(kinds)
    const kind = names[draw() % names.length]!
    const aimed = shot()
    await fire(aimed.link.port, kinds[kind]!(aimed), kinds === knowing || kind === "truncated")
    return count(kind)
  }
  const again = async (): Promise<number> => {
    const aimed = shot()
    const { bytes, frames } = replayed(aimed)
    if (frames === 0) return some(knowing)
    await fire(aimed.link.port, bytes, true)
    return count("replayed", frames)
  }
  const left = { strangers: options.strangers, knowing: options.knowing, replayed: options.replayed }
  const one = async (): Promise<void> => {
    const chosen = Random.below(draw(), left.strangers + left.knowing + left.replayed / mostHeardFrames)
    if (chosen < left.strangers) {
      left.strangers--
      await some(strangers)
    } else if (chosen < left.strangers + left.knowing) {
      left.knowing--
      await some(knowing)
    } else {
      const frames = await again()
      left.replayed = Math.max(0, left.replayed - frames)
    }
  }
  const gunner = async (): Promise<void> => {
    while (left.strangers > 0 || left.knowing > 0 || left.replayed > 0) await one()
  }
  await Promise.all(Array.from({ length: atOnce }, gunner))
  return sent
}

/** Connections that say nothing; one that is closed comes back after a while. */
export const idle = (ports: ReadonlyArray<number>, count: number, returnMs = 4_000) => {
  const sockets = new Set<net.Socket>()
  let over = false
  let opened = 0
  const open = (port: number): void => {
    if (over) return
    opened++
    const socket = net.connect({ port, host: "127.0.0.1" })
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => {
      sockets.delete(socket)
      setTimeout(open, returnMs, port).unref()
    })
    socket.resume()
  }
  for (let i = 0; i < count; i++) open(ports[i % ports.length]!)
  return {
    opened: () => opened,
    stop: () => {
      over = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
