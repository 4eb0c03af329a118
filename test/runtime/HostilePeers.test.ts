import * as net from "node:net"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import * as Limits from "../../src/domain/Limits.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import { analyse } from "../../src/persistence/inquiry/Analysis.ts"
import * as Frame from "../../src/runtime/real/Frame.ts"
import { disposals } from "../support/Disposal.ts"
import { attack, idle, knowing, strangers } from "../support/HostilePeers.ts"
import { type Attacked, run, runUnderAttack, untilAllDeliver } from "../support/RunUnderAttack.ts"

const seed = Math.floor(Math.random() * 1_000_000)
const rates = [50, 50, 50]

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A run to which this is done, and what its log says afterwards. */
const after = async (done: (attacked: Attacked) => Promise<void>) => {
  const log = EventLogMemory.make()
  const startedMs = performance.now()
  const { outcome, said } = await runUnderAttack({ log, config: { rates, sides: 6 } }, done)
  const seconds = (performance.now() - startedMs) / 1_000
  const { verdict } = await Effect.runPromise(analyse(log, run))
  const events = await Effect.runPromise(log.read({ run, after: 0, limit: 10_000_000 }))
  expect(verdict.checks.flatMap(({ failures }) => failures)).toEqual([])
  expect(verdict.verified).toBe(true)
  expect(disposals(events).flatMap(({ wrong }) => wrong ?? [])).toEqual([])
  return { outcome, said, seconds }
}

it(`twenty thousand hostile frames, some of peers that know the secret, have no effect on a run (seed ${seed})`, async () => {
  let sent: Readonly<Record<string, number>> = {}
  let counts: Attacked["progress"]["refusals"] | undefined
  const { outcome, said, seconds } = await after(async (attacked) => {
    const { target, progress } = attacked
    counts = progress.refusals
    await pause(500)
    sent = await attack({ target, seed, strangers: 2_500, knowing: 3_000, replayed: 14_500 })
    await untilAllDeliver(attacked)
  })
  expect(Object.keys(sent).sort()).toEqual(
    [...Object.keys(strangers), ...Object.keys(knowing), "replayed"].sort(),
  )
  const total = Object.values(sent).reduce((sum, count) => sum + count, 0)
  expect(total).toBeGreaterThanOrEqual(20_000)
  const { connections, frames } = outcome.refused
  expect(connections + frames + counts!.repeated).toBeGreaterThan(total * 0.995)
  for (const reason of ["malformed", "cut short", "secret", "run", "recipient", "sender"] as const)
    expect(counts!.byReason.connections[reason], reason).toBeGreaterThan(100)
  for (const reason of ["malformed", "never sent", "out of place"] as const)
    expect(counts!.byReason.frames[reason], reason).toBeGreaterThan(100)

  const lines = said.map(({ line }) => line)
  expect(lines.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([])
  expect(lines.length).toBeGreaterThan(3)
  expect(lines.length).toBeLessThanOrEqual((seconds + 2) * (Limits.refusalLinesPerSecond + 1))
  const listed = lines.filter((line) => /^machine \d refused a /.test(line)).length
  const counted = lines.map((line) => Number(/^(\d+) more were refused/.exec(line)?.[1] ?? 0))
  expect(listed + counted.reduce((sum, count) => sum + count, 0)).toBe(connections + frames)
})

it("two thousand idle connections keep no true sender out", async () => {
  let cuts = 0
  let opened = 0
  const { outcome } = await after(async (attacked) => {
    const { ports, wires, progress } = attacked
    const idlers = idle(ports, 2_000, 4_000)
    await expect.poll(() => progress.refusals.total.connections, { timeout: 30_000 }).toBeGreaterThan(1_700)
    try {
      for (let round = 0; round < 3; round++) {
        for (const wire of wires.all) cuts += wire.cut({ how: "rst", where: "both", midFrame: false })
        await untilAllDeliver(attacked, Limits.handshakeTimeoutMs * 0.8)
      }
    } finally {
      opened = idlers.opened()
      idlers.stop()
    }
  })
  expect(opened).toBeGreaterThanOrEqual(2_000)
  expect(cuts).toBe(18)
  expect(outcome.refused.frames).toBe(0)
})

it("connections that know the secret and bring nothing keep no true sender out", async () => {
  const { outcome } = await after(async (attacked) => {
    const { target, wires } = attacked
    let over = false
    const sockets = new Set<net.Socket>()
    const pretend = (link: (typeof target.links)[number]): void => {
      const socket = net.connect({ port: link.port, host: "127.0.0.1" })
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        if (!over) pretend(link)
      })
      socket.write(Frame.hello({ run, secret: target.secret, ...link }))
      socket.resume()
    }
    for (let i = 0; i < 400; i++) pretend(target.links[i % target.links.length]!)
    try {
      for (let round = 0; round < 4; round++) {
        await pause(200)
        for (const wire of wires.all) wire.cut({ how: "rst", where: "back", midFrame: false })
        await untilAllDeliver(attacked)
      }
    } finally {
      over = true
      for (const socket of sockets) socket.destroy()
    }
  })
  expect(outcome.refused.connections).toBeGreaterThan(100)
})

it("a run that nobody disturbs refuses nothing", async () => {
  const { outcome, said } = await after(() => pause(1_000))
  expect(outcome.refused).toEqual({ connections: 0, frames: 0 })
  expect(said).toEqual([])
})
