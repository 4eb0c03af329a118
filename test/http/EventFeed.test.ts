import { setImmediate as immediate, setTimeout as pause } from "node:timers/promises"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { RunUnknown, StoreUnavailable } from "../../src/domain/EventLog.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Random from "../../src/domain/Random.ts"
import { type FollowedLog, followedLog, type Opened, openFeeds, run } from "./FollowedLog.ts"

let feeds: Opened
let followed: FollowedLog

beforeEach(async () => {
  followed = await followedLog()
  feeds = await openFeeds()
})
afterEach(() => feeds.close())

const upTo = (count: number, after = 0) => Array.from({ length: count - after }, (_, i) => after + 1 + i)
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
const fallen = new StoreUnavailable({ doing: "read", reason: "the store is down" })
const silenced = () => vi.spyOn(console, "log").mockImplementation(() => {})

/** Until no feed is at work, which always has a timer; waits without one of its own. */
const settled = async () => {
  const untilMs = performance.now() + 2_000
  while (timers() > 0 && performance.now() < untilMs) await immediate()
  expect(timers()).toBe(0)
}

describe("whoever follows a run", () => {
  it("has every event once and in order, from wherever he begins, at whatever pace", async () => {
    const seed = Math.floor(Math.random() * 1_000_000_000)
    console.log(`event feed: seed ${seed}`)
    const draw = Random.draws(seed, Random.Purpose.configuration, 1)
    const below = (n: number) => Random.below(draw(), n)
    const last = 9_001
    await followed.grow(3_000)
    const one = async () => {
      let at = below(3_500)
      for (let isOver = false; !isOver; ) {
        const client = feeds.follow(followed.log, at)
        const part = at + 1 + below(4_000)
        isOver = await client.readAll(part)
        await client.leave()
        at += client.ids.length
        if (below(3) === 0) await pause(below(300))
      }
      return at
    }
    const all = Promise.all(Array.from({ length: 40 }, one))
    for (let left = 6_000; left > 0; ) {
      const batch = Math.min(left, 1 + below(400))
      await followed.grow(batch)
      left -= batch
      await pause(below(60))
    }
    await followed.finish()
    expect(new Set(await all)).toEqual(new Set([last]))
  })

  it("catches up without waiting between pages", async () => {
    const pages = 20
    await followed.grow(pages * Limits.defaultEventsPerAnswer - 1)
    await followed.finish()
    const began = performance.now()
    const client = feeds.follow(followed.log)
    expect(await client.readAll()).toBe(true)
    expect(client.ids).toEqual(upTo(pages * Limits.defaultEventsPerAnswer))
    expect(performance.now() - began).toBeLessThan((pages * Limits.followPollMs) / 2)
  })

  it("is heard while the store is asked for somebody else", async () => {
    await followed.grow(1_500)
    followed.before = Effect.sleep(60)
    const [first, second] = [feeds.follow(followed.log), feeds.follow(followed.log, 500)]
    await first.read()
    await vi.waitFor(() => expect(followed.reads.length).toBe(2), { interval: 2 })
    const began = performance.now()
    await second.readAll(Limits.defaultEventsPerAnswer)
    expect(performance.now() - began).toBeLessThan(60 + Limits.followPollMs / 2)
  })

  it("keeps up with a log that grows faster than it is looked at", async () => {
    await followed.grow(1)
    const client = feeds.follow(followed.log)
    await client.readAll(1)
    const pages = 20
    await followed.grow(pages * Limits.defaultEventsPerAnswer)
    const began = performance.now()
    await client.readAll(pages * Limits.defaultEventsPerAnswer)
    expect(performance.now() - began).toBeLessThan((pages * Limits.followPollMs) / 2)
  })

  it("shares what is read with all who are at the same place", async () => {
    await followed.grow(5_000)
    const clients = Array.from({ length: 50 }, () => feeds.follow(followed.log))
    await Promise.all(clients.map(({ readAll }) => readAll(5_000)))
    expect(followed.reads.length).toBeLessThan(20)
    const before = followed.reads.length
    await followed.grow(10)
    await Promise.all(clients.map(({ readAll }) => readAll(5_010)))
    expect(followed.reads.length - before).toBeLessThan(10)
  })

  it("loses nobody else's stream by going away while the store is asked", async () => {
    const gate = Effect.runSync(Deferred.make<void>())
    await followed.grow(10)
    const [gone, stays] = [feeds.follow(followed.log), feeds.follow(followed.log)]
    await Promise.all([gone.readAll(10), stays.readAll(10)])
    followed.before = Deferred.await(gate)
    const before = followed.reads.length
    const [reading, lost] = [stays.readAll(20), gone.readAll(20)]
    await vi.waitFor(() => expect(followed.reads.length).toBeGreaterThan(before))
    await gone.leave()
    await followed.grow(10)
    Effect.runSync(Deferred.succeed(gate, undefined))
    await Promise.all([reading, lost])
    expect(stays.ids).toEqual(upTo(20))
  })

  it("from beyond the log's end costs the store nothing, and is told the end", async () => {
    await followed.grow(10)
    const [ahead, honest] = [feeds.follow(followed.log, 2_147_483_647), feeds.follow(followed.log)]
    const told = ahead.readAll()
    await honest.readAll(10)
    await followed.finish()
    expect(await honest.readAll()).toBe(true)
    expect(await told).toBe(true)
    expect(ahead.ids).toEqual([])
    expect(Math.max(...followed.reads.map(({ after }) => after))).toBeLessThanOrEqual(11)
  })

  it("slowly delays nobody, is read no further ahead for, and loses nothing", async () => {
    const last = (Limits.keptFeedPages + 20) * Limits.defaultEventsPerAnswer
    await followed.grow(last - 1)
    await followed.finish()
    const [slow, quick] = [feeds.follow(followed.log), feeds.follow(followed.log)]
    for (let taken = 0; taken < 2; taken++) await slow.read()
    expect(await quick.readAll()).toBe(true)
    const before = followed.reads.length
    expect(await slow.readAll()).toBe(true)
    expect(slow.ids).toEqual(upTo(last))
    expect(followed.reads.length - before).toBeGreaterThan(10)
  })
})

describe("a stream", () => {
  it.each([
    ["that waits", 5, 5],
    ["that is catching up", 60_000, 0],
  ])("%s ends by itself after its time, and is gone on with where it was", async (_, count, after) => {
    await followed.grow(count)
    // Each page takes a while, so that catching up would take seconds.
    followed.before = Effect.sleep(20)
    const began = performance.now()
    const first = feeds.follow(followed.log, after, 300)
    expect(await first.readAll()).toBe(false)
    expect(performance.now() - began).toBeGreaterThan(250)
    expect(performance.now() - began).toBeLessThan(300 + 3 * Limits.followPollMs)
    followed.before = Effect.void
    await followed.finish()
    const second = feeds.follow(followed.log, after + first.ids.length)
    expect(await second.readAll()).toBe(true)
    expect([...first.ids, ...second.ids]).toEqual(upTo(count + 1, after))
  })

  it("whose client reads nothing more keeps the feed at work no longer than its time", async () => {
    await followed.grow(5_000)
    const stalled = feeds.follow(followed.log, 0, 300)
    await stalled.read()
    await pause(100)
    expect(timers()).toBeGreaterThan(0)
    await settled()
    expect(await stalled.readAll()).toBe(false)
    expect(stalled.ids.length).toBeLessThanOrEqual(2 * Limits.defaultEventsPerAnswer)
  })

  it("that is silent shows that it lives", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })
    try {
      const client = feeds.follow(followed.log)
      const reading = client.readAll()
      await vi.advanceTimersByTimeAsync(3 * Limits.eventStreamHeartbeatMs + 4 * Limits.followPollMs)
      expect(client.heartbeats()).toBe(3)
      await followed.finish()
      await vi.advanceTimersByTimeAsync(2 * Limits.followPollMs)
      expect(await reading).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ["a store that fails", Effect.fail(fallen)],
    ["a run that is deleted", Effect.fail(new RunUnknown({ run }))],
    ["a log that cannot be read", Effect.dieMessage("an event of no kind")],
  ])("of %s ends, says why in the log, and can be asked for again", async (_, failure) => {
    const said = silenced()
    await followed.grow(10)
    const clients = [feeds.follow(followed.log), feeds.follow(followed.log)]
    await Promise.all(clients.map(({ readAll }) => readAll(10)))
    followed.before = failure
    expect(await Promise.all(clients.map(({ readAll }) => readAll()))).toEqual([false, false])
    expect(said).toHaveBeenCalledTimes(1)
    said.mockRestore()
    await settled()
    followed.before = Effect.void
    await followed.finish()
    const again = feeds.follow(followed.log, 10)
    expect(await again.readAll()).toBe(true)
    expect(again.ids).toEqual([11])
  })

  it("is of the store that was asked, where two have a run of one name", async () => {
    const other = await followedLog()
    await followed.grow(3)
    await other.grow(7)
    const [here, there] = [feeds.follow(followed.log), feeds.follow(other.log)]
    await followed.finish()
    await other.finish()
    expect(await Promise.all([here.readAll(), there.readAll()])).toEqual([true, true])
    expect([here.ids.length, there.ids.length]).toEqual([4, 8])
  })

  it("ends with its instance", async () => {
    await followed.grow(3)
    const client = feeds.follow(followed.log)
    await client.readAll(3)
    const rest = client.readAll()
    await feeds.close()
    expect(await rest).toBe(false)
  })
})

describe("a feed", () => {
  it("ends when nobody follows, and leaves no timer", async () => {
    await followed.grow(3)
    const clients = Array.from({ length: 5 }, () => feeds.follow(followed.log))
    await Promise.all(clients.map(({ readAll }) => readAll(3)))
    for (const { leave } of clients) await leave()
    await settled()
    const reads = followed.reads.length
    await pause(2 * Limits.followPollMs)
    expect(followed.reads.length).toBe(reads)
  })

  it("is not begun for a body that nobody reads", async () => {
    await followed.grow(3)
    feeds.follow(followed.log)
    for (let turn = 0; turn < 20; turn++) await immediate()
    expect(followed.reads.length).toBe(0)
    await settled()
  })
})
