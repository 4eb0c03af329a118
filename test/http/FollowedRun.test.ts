/** What an instance says to whoever follows a run, over a real store. */
import { setImmediate as immediate, setTimeout as pause } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { LabEvent } from "../../src/domain/ClockEvent.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as Handler from "../../src/http/Handler.ts"
import * as StoreAccess from "../../src/http/StoreAccess.ts"
import { type OpenStore, openNative } from "../contract/Stores.ts"
import { internals } from "../support/Events.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { client, run } from "./FollowedLog.ts"

let opened: OpenStore
let store: StoreAccess.Store
let handler: Handler.Handler
let append: (events: ReadonlyArray<LabEvent>) => Promise<void>
let release: () => Promise<void>

beforeEach(async () => {
  opened = await openNative(await createDatabase())
  store = await Effect.runPromise(StoreAccess.storeOf(opened.database))
  const ownership = await Effect.runPromise(opened.log.create(run, "test"))
  let head = 0
  append = async (events) => {
    head = await Effect.runPromise(opened.log.append(ownership, head, `b${head}`, events))
  }
  release = () => Effect.runPromise(opened.log.release(ownership))
  handler = Handler.make({ store })
})
afterEach(async () => {
  await handler.dispose()
  await opened.close()
})

const finished: LabEvent = { machine: 0, version: 1, occurredAtUs: 1, kind: "run-finished", payload: {} }
const upTo = (count: number, after = 0) => Array.from({ length: count - after }, (_, i) => after + 1 + i)
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

const ask = (query = "", headers: Record<string, string> = {}, method = "GET", of = handler) =>
  of.fetch(
    new Request(`http://localhost/runs/${run}/events${query}`, {
      method,
      headers: { accept: "text/event-stream", ...headers },
    }),
  )

const following = async (after: number, of = handler) => {
  const response = await ask("", { "last-event-id": String(after) }, "GET", of)
  expect(response.status).toBe(200)
  return client(response.body!, after)
}

describe("whoever follows a run", () => {
  it("begins after Last-Event-ID before `after`, and is told 204 once the run is over and all was seen", async () => {
    await append(internals(1, 1, 9))
    const begins = client((await ask("?after=2", { "last-event-id": "7" })).body!, 7)
    await begins.readAll(9)
    const other = client((await ask("?after=2", { "last-event-id": "" })).body!, 2)
    await other.readAll(9)
    await append([finished])
    expect(await Promise.all([begins.readAll(), other.readAll()])).toEqual([true, true])
    expect([begins.ids, other.ids]).toEqual([upTo(10, 7), upTo(10, 2)])
    expect((await ask("", { "last-event-id": "9" })).status).toBe(200)
    for (const seen of ["10", "2147483647"])
      expect((await ask("", { "last-event-id": seen })).status).toBe(204)
    expect((await ask("?after=10")).status).toBe(204)
  })

  it.each([
    ["Last-Event-ID", "", "-1"],
    ["Last-Event-ID", "", "seventeen"],
    ["Last-Event-ID", "", "1, 2"],
    ["Last-Event-ID", "", "1.5"],
    ["Last-Event-ID", "", "2147483648"],
    ["after", "?after=2147483648", ""],
    ["machine", "?machine=1", ""],
  ])("is told which part is wrong: %s in %j %j", async (field, query, lastEventId) => {
    const response = await ask(query, { "last-event-id": lastEventId })
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(await response.json()).toMatchObject({ status: 400, field })
  })

  it("loses nothing by a place beyond any log that another asks for", async () => {
    await append(internals(1, 1, 5))
    const honest = await following(0)
    await honest.readAll(5)
    const ahead = await following(Limits.maxPosition)
    const told = ahead.readAll()
    await pause(2 * Limits.followPollMs)
    await append(internals(1, 6, 5))
    await honest.readAll(10)
    const answer = await handler.fetch(
      new Request(`http://localhost/runs/${run}/events?after=${Limits.maxPosition}`),
    )
    expect([answer.status, await answer.json()]).toMatchObject([200, { events: [] }])
    await append([finished])
    expect(await Promise.all([honest.readAll(), told])).toEqual([true, true])
  })

  it("costs the store nothing by coming back while others follow", async () => {
    await append(internals(1, 1, 50))
    const stays = await following(0)
    await stays.readAll(50)
    const looked = vi.spyOn(store.log, "head")
    const back = await Promise.all(Array.from({ length: 30 }, (_, i) => following(i + 21)))
    await append([finished])
    for (const { readAll } of [stays, ...back]) expect(await readAll()).toBe(true)
    expect(looked).not.toHaveBeenCalled()
  })

  it("is sent away after eventStreamMs, and has every event when it comes back each time", async () => {
    const brief = Handler.make({ store, eventStreamMs: 300 })
    const ids: Array<number> = []
    const writing = (async () => {
      for (let at = 0; at < 600; at += 20) {
        await append(internals(1, at + 1, 20))
        await pause(40)
      }
      await append([finished])
    })()
    let streams = 0
    for (let isOver = false; !isOver; streams++) {
      const part = await following(ids.length, brief)
      isOver = await part.readAll()
      ids.push(...part.ids)
    }
    await writing
    await brief.dispose()
    expect(ids).toEqual(upTo(601))
    expect(streams).toBeGreaterThan(2)
  })

  it("whose run is deleted is cut off, and told at the next request", async () => {
    await append(internals(1, 1, 5))
    const said = vi.spyOn(console, "log").mockImplementation(() => {})
    const lost = await following(0)
    await lost.readAll(5)
    await release()
    await Effect.runPromise(store.catalogue.remove(run))
    expect(await lost.readAll()).toBe(false)
    expect(await (await ask("", { "last-event-id": "5" })).json()).toMatchObject({
      status: 404,
      field: "run",
    })
    said.mockRestore()
  })

  it("whose store goes away is cut off, told at the next request, and goes on once it is back", async () => {
    await append(internals(1, 1, 5))
    const said = vi.spyOn(console, "log").mockImplementation(() => {})
    const lost = await following(0)
    await lost.readAll(5)
    const { readable, broken } = { readable: "lightcone.log", broken: "lightcone.log_away" }
    const rename = (from: string, to: string) =>
      opened.database.db.executeQuery({
        ...opened.database.db.selectFrom("lightcone.log").selectAll().compile(),
        sql: `alter table ${from} rename to ${to.split(".")[1]}`,
        parameters: [],
      })
    await rename(readable, broken)
    expect(await lost.readAll()).toBe(false)
    const told = await ask("", { "last-event-id": "5" })
    expect([told.status, told.headers.get("retry-after")]).toEqual([503, "1"])
    await rename(broken, readable)
    await append([finished])
    const again = await following(5)
    expect(await again.readAll()).toBe(true)
    expect(again.ids).toEqual([6])
    said.mockRestore()
  })
})

/** How many timers there are most of the time: a feed at work has one but for when it reads, the test's runner has some. */
const usual = async (): Promise<number> => {
  const counts: Array<number> = []
  const untilMs = performance.now() + 2 * Limits.followPollMs
  while (performance.now() < untilMs) {
    counts.push(timers())
    await immediate()
  }
  return counts.sort((a, b) => a - b)[Math.floor(counts.length / 2)]!
}

it("an instance has no timer once its clients have gone, nor after a HEAD", async () => {
  await append(internals(1, 1, 2_500))
  for (const query of ["", "?after=2500"]) {
    const { status, headers, body } = await ask(query, {}, "HEAD")
    expect([status, headers.get("content-type"), body]).toEqual([200, "text/event-stream", null])
  }
  expect(await usual()).toBe(0)
  const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => following(i * 120)))
  await Promise.all(clients.map(({ readAll }) => readAll(2_500)))
  expect(await usual()).toBe(1)
  await Promise.all(clients.map(({ leave }) => leave()))
  expect(await usual()).toBe(0)
})
