/** What an instance takes in: from one client, from all, with wrong tokens; and that it tells that it lives regardless. */
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Limits from "../../src/domain/Limits.ts"
import { make, type Options } from "../../src/handler.ts"

const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  vi.unstubAllEnvs()
})

/** Without a store: what it answers otherwise is 503, or what needs none. */
const instance = (options: Options = {}) => {
  vi.stubEnv("LIGHTCONE_DATABASE_URL", "")
  vi.stubEnv("DATABASE_URL", "")
  const { fetch, dispose } = make(options)
  closing.push(dispose)
  return async (path: string, { from = "192.0.2.1", ...init }: RequestInit & { from?: string } = {}) => {
    const told = { remoteAddr: { hostname: from } }
    const response = await fetch(new Request(`http://localhost${path}`, init), told)
    const text = await response.text()
    return {
      status: response.status,
      after: Number(response.headers.get("retry-after")),
      ...(text.startsWith("{") ? JSON.parse(text) : {}),
    }
  }
}

const bearing = (token: string) => ({ method: "POST", headers: { authorization: `Bearer ${token}` } })
const token = "right"

describe("an instance", () => {
  it("takes so many requests a second of one client, and refuses the others in words, while another client asks", async () => {
    const ask = instance({ clientRate: 5 })
    const statuses = []
    for (let i = 0; i < 30; i++) statuses.push((await ask("/metrics")).status)
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200))
    const refused = await ask("/metrics")
    expect(refused).toMatchObject({ status: 429, after: 1, code: "TooManyRequests", field: "client" })
    expect(refused.detail).toBe(
      "Cannot answer: one client must ask at most 5 times a second, found more; ask again in 1 s",
    )
    expect((await ask("/metrics", { from: "192.0.2.2" })).status).toBe(200)
  })

  it("takes so many of all, and yet tells that it lives", async () => {
    const ask = instance({ totalRate: 2 })
    for (let i = 0; i < 10; i++) await ask("/metrics", { from: `192.0.2.${i}` })
    expect(await ask("/metrics")).toMatchObject({ status: 429, field: "instance" })
    for (let i = 0; i < 50; i++) expect((await ask("/health")).status).toBe(200)
  })

  it("takes as many again after a while, without a timer", async () => {
    const ask = instance({ clientRate: 20 })
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    for (let i = 0; i < 60; i++) await ask("/metrics")
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBe(before)
    await vi.waitFor(async () => expect((await ask("/metrics")).status).toBe(200), { interval: 100 })
  })

  it("lets nobody guess its token: after some wrong ones the right one is not looked at either", async () => {
    const ask = instance({ token })
    const guess = (i: number) => ask("/runs/x/stop", bearing(`wrong${i}`))
    let tries = 0
    let answer = await guess(tries)
    // A slow machine gives some more in the meantime.
    while (answer.status === 401 && tries < 2 * Limits.wrongTokensAtOnce) {
      expect(answer.field).toBe("authorization")
      answer = await guess(++tries)
    }
    expect(tries).toBeGreaterThanOrEqual(Limits.wrongTokensAtOnce)
    expect(answer).toMatchObject({ status: 429, code: "TooManyRequests", field: "authorization" })
    expect((await ask("/runs/x/stop", bearing(token))).status).toBe(429)
    expect((await ask("/runs/x/stop", { ...bearing(token), from: "192.0.2.2" })).status).toBe(503)
    // Who brings none guesses nothing, and is told what is missing.
    expect((await ask("/runs")).status).toBe(401)
  })

  it("looks at right tokens for ever, and at a wrong one among them", async () => {
    const ask = instance({ token })
    for (let i = 0; i < 100; i++) expect((await ask("/runs/x/stop", bearing(token))).status).toBe(503)
    expect((await ask("/runs/x/stop", bearing("wrong"))).status).toBe(401)
  })

  it("knows its clients by the header that its proxy appends to", async () => {
    const ask = instance({ clientRate: 1, clientHeader: "X-Forwarded-For" })
    const from = (address: string) => ask("/metrics", { headers: { "x-forwarded-for": address } })
    for (let i = 0; i < 5; i++) await from(`6.6.6.${i}, 198.51.100.1`)
    expect((await from("198.51.100.1")).status).toBe(429)
    expect((await from("198.51.100.2")).status).toBe(200)
  })

  it("whose bounds are none says which variable must be otherwise, and lives", async () => {
    vi.stubEnv("LIGHTCONE_CLIENT_RATE", "many")
    const ask = instance()
    expect(await ask("/metrics")).toMatchObject({
      status: 503,
      code: "Misconfigured",
      detail:
        'Cannot answer: LIGHTCONE_CLIENT_RATE must be requests a second, a whole number from 1 to 1000000, found "many"',
    })
    expect((await ask("/health")).status).toBe(200)
  })

  it("has so many requests in work, tells others when to come again, and tells that it lives", async () => {
    const ask = instance({ token })
    const ends: Array<() => void> = []
    const working = Array.from({ length: Limits.maxRequestsInWork }, () => {
      const body = new ReadableStream({ start: (controller) => void ends.push(() => controller.close()) })
      const headers = { "content-type": "application/json", ...bearing(token).headers }
      return ask("/sql", { method: "POST", headers, body, duplex: "half" } as RequestInit)
    })
    await new Promise((resolve) => setImmediate(resolve))
    const refused = await ask("/metrics", { headers: bearing(token).headers })
    expect(refused).toMatchObject({ status: 503, code: "Busy", field: "instance", after: 1 })
    expect((await ask("/health")).status).toBe(200)
    for (const end of ends) end()
    expect(new Set((await Promise.all(working)).map(({ status }) => status))).toEqual(new Set([400]))
    expect((await ask("/metrics", { headers: bearing(token).headers })).status).toBe(200)
  })
})
