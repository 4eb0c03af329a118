import * as net from "node:net"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import type { Logged, Received } from "../../src/domain/ClockEvent.ts"
import { EventLog, type EventLogShape } from "../../src/domain/EventLog.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"

const run = "abcdefghijkl"

const carryOut = async (
  over: Partial<RunConfig.RunConfig>,
  change: (log: EventLogShape) => EventLogShape = (log) => log,
  options: Partial<Laboratory.RunOptions> = {},
) => {
  const memory = EventLogMemory.make()
  const outcome = await Effect.runPromise(
    Laboratory.run({
      run,
      owner: "test",
      config: { ...RunConfig.defaults, seed: 11, durationUs: 2_000_000, ...over },
      stopRequested: Effect.never,
      ...options,
    }).pipe(
      Effect.provideService(EventLog, change(memory)),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
    ),
  )
  const log = await Effect.runPromise(memory.read({ run, after: 0, limit: 1_000_000 }))
  return { outcome, log, verdict: Verification.verify(log) }
}

const failuresOf = (verdict: Verification.Verdict) => verdict.checks.flatMap(({ failures }) => failures)

/** The ports and the accepted sockets of every server that starts to listen until `restore`. */
const watchNetwork = () => {
  const ports: Array<number> = []
  const sockets: Array<net.Socket> = []
  let onSocket: (socket: net.Socket) => void = () => {}
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function (this: net.Server, ...args: Array<unknown>) {
    this.once("listening", () => ports.push((this.address() as net.AddressInfo).port))
    this.prependListener("connection", (socket) => {
      sockets.push(socket)
      onSocket(socket)
    })
    return (listen as (...all: Array<unknown>) => net.Server).apply(this, args)
  } as typeof listen
  return {
    ports,
    sockets,
    onSocket: (hear: (socket: net.Socket) => void) => {
      onSocket = hear
    },
    restore: () => {
      net.Server.prototype.listen = listen
    },
  }
}

describe("a run on real TCP", () => {
  it("makes exactly the ticks that are due, and its record verifies", async () => {
    const { log, verdict } = await carryOut({ rates: [2, 4, 6] })
    expect(failuresOf(verdict)).toEqual([])
    const ticks = [1, 2, 3].map(
      (machine) =>
        log.filter((e) => e.machine === machine && ["internal", "sent", "received"].includes(e.kind)).length,
    )
    expect(ticks).toEqual([4, 8, 12])
    expect(verdict.counts).toMatchObject({ ticks: 24, due: 24, missed: 0 })
  })

  it("works for one machine, for two, and for thirty", async () => {
    for (const machines of [1, 2, 30]) {
      const { verdict } = await carryOut({ machines, rateRange: [20, 60], sides: 4, durationUs: 1_000_000 })
      expect(failuresOf(verdict)).toEqual([])
      expect(verdict.counts.lives).toBe(machines)
    }
  })

  it("lets no message leave before its send is committed", async () => {
    const committedAtMs = new Map<string, number>()
    const nowUs = () => Math.floor((performance.timeOrigin + performance.now()) * 1_000)
    const { log, verdict } = await carryOut({ rates: [50, 50, 50], sides: 3 }, (memory) => ({
      ...memory,
      append: (ownership, head, batch, events) =>
        Effect.gen(function* () {
          yield* Effect.sleep(40)
          for (const e of events) committedAtMs.set(`${e.machine}/${e.version}`, nowUs())
          return yield* memory.append(ownership, head, batch, events)
        }),
    }))
    expect(failuresOf(verdict)).toEqual([])
    const received = log.filter((event): event is Logged<Received> => event.kind === "received")
    expect(received.length).toBeGreaterThan(50)
    for (const { payload } of received) {
      const committed = committedAtMs.get(`${payload.sender}/${payload.sendVersion}`)!
      // The machines' clock and the test's are anchored apart, by less than this.
      expect(payload.arrivedAtUs).toBeGreaterThan(committed - 3_000)
      expect(payload.arrivedAtUs - payload.sentAtUs).toBeGreaterThan(35_000)
    }
  })

  it("holds back by TCP what a full inbox has no room for, in order and without a loss", async () => {
    const { log, verdict } = await carryOut({
      rates: [1, 300, 300],
      sides: 3,
      capacity: 5,
      durationUs: 3_000_000,
    })
    expect(failuresOf(verdict)).toEqual([])
    expect(verdict.counts.dropped).toBe(0)
    expect(verdict.counts.inFlight).toBeGreaterThan(500)
    expect(
      log.filter(({ kind }) => kind === "stopped").some((e) => "queueLength" in e && e.queueLength === 5),
    ).toBe(true)
  })

  it("records every loss of either drop policy as an event", async () => {
    for (const overflow of ["drop-newest", "drop-oldest"] as const) {
      const { log, verdict } = await carryOut({ rates: [1, 60, 60], sides: 3, capacity: 3, overflow })
      expect(failuresOf(verdict)).toEqual([])
      expect(verdict.counts.dropped).toBeGreaterThan(20)
      const reasons = log.flatMap((event) => (event.kind === "dropped" ? [event.payload.reason] : []))
      expect(new Set(reasons)).toEqual(new Set([overflow]))
    }
  })

  it("goes on ticking while the store is slow, and records what it could not make as missed", async () => {
    let appends = 0
    const { log, verdict } = await carryOut({ rates: [100, 100, 100], durationUs: 4_000_000 }, (memory) => ({
      ...memory,
      append: (...batch) => Effect.delay(memory.append(...batch), appends++ === 3 ? 2_500 : 0),
    }))
    expect(failuresOf(verdict)).toEqual([])
    expect(verdict.counts.missed).toBeGreaterThan(100)
    expect(verdict.counts.ticks + verdict.counts.missed).toBe(1_200)
    expect(log.some((e) => e.kind === "missed" && e.payload.reason === "store-outage")).toBe(true)
  })

  it("stops when asked to: every stream is closed, the run is not finished, and it verifies", async () => {
    const { outcome, log, verdict } = await carryOut({ durationUs: 60_000_000 }, undefined, {
      stopRequested: Effect.sleep(700),
    })
    expect(outcome.reason).toBe("interrupted")
    expect(failuresOf(verdict)).toEqual([])
    expect(log.filter(({ kind }) => kind === "stopped").length).toBe(3)
    expect(log.some(({ kind }) => kind === "run-finished")).toBe(false)
  })

  it("leaves no socket behind", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length
    await carryOut({ machines: 5, durationUs: 300_000 })
    await expect.poll(sockets).toBe(0)
  })

  it("loses and doubles nothing when its links are cut, again and again", async () => {
    const network = watchNetwork()
    try {
      let cuts = 0
      const cut = setInterval(() => {
        cuts++
        for (const socket of network.sockets.splice(0)) socket.destroy()
      }, 400)
      const { log, verdict } = await carryOut({ rates: [200, 300, 400], sides: 3, durationUs: 3_000_000 })
      clearInterval(cut)
      expect(cuts).toBeGreaterThan(4)
      expect(failuresOf(verdict)).toEqual([])
      const last = log.findLast((event): event is Logged<Received> => event.kind === "received")!
      expect(last.payload.sentAtUs - log[0]!.occurredAtUs).toBeGreaterThan(1_500_000)
    } finally {
      network.restore()
    }
  })

  it("passes over a message that is offered twice", async () => {
    const network = watchNetwork()
    try {
      // What comes in on a connection comes twice, from the first message on.
      network.onSocket((socket) => {
        const read = socket.read.bind(socket)
        let greeted = false
        socket.read = (size?: number) => {
          const chunk: Buffer | null = read(size)
          if (chunk === null || chunk.length % 21 !== 0 || !greeted) {
            greeted ||= chunk !== null
            return chunk
          }
          return Buffer.concat([chunk, chunk])
        }
      })
      const { verdict } = await carryOut({ rates: [50, 60, 70], sides: 3 })
      expect(failuresOf(verdict)).toEqual([])
      expect(verdict.counts.received).toBeGreaterThan(100)
    } finally {
      network.restore()
    }
  })

  it("is not disturbed by strangers at its ports", async () => {
    const network = watchNetwork()
    const disturb = async () => {
      const garbage = [
        Buffer.from("GET / HTTP/1.1\r\n\r\n"),
        Buffer.alloc(70_000, 0xff),
        Buffer.from([1, 0, 0, 0, 5]),
      ]
      for (const port of network.ports)
        for (const bytes of garbage) {
          const socket = net.connect(port, "127.0.0.1")
          socket.on("error", () => {})
          socket.end(bytes)
        }
    }
    const started = Deferred.unsafeMake<void>((await import("effect/FiberId")).none)
    try {
      const { verdict } = await carryOut({ rates: [20, 30, 40], durationUs: 1_500_000 }, undefined, {
        watch: () => {
          Deferred.unsafeDone(started, Effect.void)
          void disturb()
        },
      })
      expect(failuresOf(verdict)).toEqual([])
      expect(verdict.counts).toMatchObject({ ticks: 135, missed: 0 })
    } finally {
      network.restore()
    }
  })
})
