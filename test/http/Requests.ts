/** What every host of the handler answers, whatever it runs on and whichever store it has. */

import * as OpenApi from "@effect/platform/OpenApi"
import { describe, expect, it } from "vitest"
import { api } from "../../src/http/Api.ts"

export interface Subject {
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly token: string
  /** Deletes runs, where somebody else than the one who serves it may write to the store. */
  readonly remove?: (...runs: ReadonlyArray<string>) => Promise<unknown>
  /** What the command line prints on the same store, as JSON. */
  readonly command: (...words: ReadonlyArray<string>) => Promise<unknown>
}

interface Problem {
  readonly status: number
  readonly code: string
  readonly field?: string
  readonly detail: string
}

/** Options of the run that the suite makes. */
export const run = ["run", "--virtual", "--seed", "7", "--duration", "60s", "--rates", "2,4,6"] as const

export const answersRequests = (subject: () => Subject): void => {
  const asked = async (path: string, init?: RequestInit) => {
    const response = await subject().fetch(path, init)
    return { response, text: await response.text() }
  }
  const json = async (path: string) => {
    const { response, text } = await asked(path)
    expect({ path, status: response.status, text: response.ok ? "" : text }).toEqual({
      path,
      status: 200,
      text: "",
    })
    expect(response.headers.get("content-type")).toMatch(/^application\/json/)
    return JSON.parse(text)
  }
  const problem = async (path: string, init?: RequestInit): Promise<Problem> => {
    const { response, text } = await asked(path, init)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    const body = JSON.parse(text)
    expect(body).toMatchObject({ type: "about:blank", status: response.status })
    expect(body.detail).toMatch(/^Cannot .+/)
    expect(text).not.toMatch(/node_modules|\.ts:|postgres:\/\/|at \w+ \(/)
    return body
  }
  const posted = (body: string, headers: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    body,
    headers: { "content-type": "application/json", authorization: `Bearer ${subject().token}`, ...headers },
  })

  describe("what is read", () => {
    it("lives, is ready, and describes itself", async () => {
      expect(await json("/health")).toEqual({ alive: true })
      expect(await json("/ready")).toMatchObject({ ready: true })
      const document = await json("/openapi.json")
      expect(Object.keys(document.paths).sort()).toEqual(Object.keys(OpenApi.fromApi(api).paths).sort())
      const page = await asked("/docs")
      for (const path of Object.keys(document.paths)) expect(page.text).toContain(path)
      expect((await asked("/metrics")).text).toMatch(
        /^lightcone_http_requests_total\{method="GET",status="200"\} \d+$/m,
      )
    })

    it("says of runs what the command line says", async () => {
      const { run: name } = (await subject().command("show", "latest", "--json")) as { run: string }
      expect(await json("/runs")).toEqual(await subject().command("runs", "--json"))
      expect(await json(`/runs/${name}`)).toEqual(await subject().command("show", name, "--json"))
      expect(await json(`/runs/${name.slice(0, 8)}/verification`)).toEqual(
        await subject().command("verify", name, "--json"),
      )
      const shown = await json("/runs/latest")
      expect(await json("/runs/latest/prediction")).toEqual({ run: name, prediction: shown.prediction })
    })

    it("lists the runs by pages, each once, those of a status alone, and one by itself", async () => {
      const all = await json("/runs")
      const paged = async (first: string) => {
        const found: Array<{ status: string }> = []
        for (let path: string | undefined = first; path !== undefined; ) {
          const { response, text } = await asked(path)
          expect({ path, status: response.status }).toEqual({ path, status: 200 })
          const page = JSON.parse(text)
          expect(page.length).toBeLessThanOrEqual(1)
          found.push(...page)
          path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1]
        }
        return found
      }
      expect(await paged("/runs?limit=1")).toEqual(all)
      for (const status of ["finished", "requested", "running"])
        expect(await paged(`/runs?limit=1&status=${status}`)).toEqual(
          all.filter((one: { status: string }) => one.status === status),
        )
      expect((await asked("/runs")).response.headers.get("link")).toBeNull()
      for (const one of all) expect(await json(`/runs/${one.run}/status`)).toEqual(one)
    })

    it("explains and relates events as the command line does", async () => {
      expect(await json("/runs/latest/why/2/30")).toEqual(
        await subject().command("why", "latest", "2/30", "--json"),
      )
      expect(await json("/runs/latest/relate?a=1/5&b=3/40")).toEqual(
        await subject().command("relate", "latest", "1/5", "3/40", "--json"),
      )
      expect(await json("/runs/latest/relate")).toEqual(await subject().command("relate", "latest", "--json"))
    })

    it("compares clocks as the command line does, but for the time that it takes", async () => {
      const untimed = ({ clocks, ...rest }: { clocks: ReadonlyArray<{ nsPerStamp: number }> }) => ({
        ...rest,
        clocks: clocks.map(({ nsPerStamp, ...clock }) => ({ ...clock, timed: nsPerStamp > 0 })),
      })
      const command = (await subject().command("clocks", "latest", "--json")) as Parameters<typeof untimed>[0]
      expect(untimed(await json("/runs/latest/clocks"))).toEqual(untimed(command))
    })

    it("gives all events by pages, each once and in order, and those of one machine", async () => {
      const { events: count } = await json("/runs/latest")
      const paged = async (more: string) => {
        const found: Array<{ position: number; machine: number }> = []
        for (let after = 0; ; ) {
          const { events, next } = await json(`/runs/latest/events?after=${after}&limit=97${more}`)
          if (events.length === 0) return found
          expect(events.length).toBeLessThanOrEqual(97)
          expect(next).toBe(events[events.length - 1].position)
          found.push(...events)
          after = next
        }
      }
      const all = await paged("")
      expect(all.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
      expect(await paged("&machine=2")).toEqual(all.filter(({ machine }) => machine === 2))
      const listed = await asked("/runs/latest/export?format=jsonl")
      const texts = listed.text.trim().split("\n")
      expect(texts.map((text) => JSON.parse(text))).toEqual(all)
    })

    it("gives all rows of each projection by pages, as SQL does", async () => {
      const { run: name, projections } = await json("/runs/latest/projections")
      expect(projections.map((one: { projection: string }) => one.projection)).toContain("clock_history")
      for (const { projection, asOf } of projections) {
        expect(asOf.position).toBe(asOf.head)
        const rows: Array<unknown> = []
        let pages = 0
        for (let after: string | null = ""; after !== null; pages++) {
          const page = await json(
            `/runs/latest/projections/${projection}?limit=101${after === "" ? "" : `&after=${after}`}`,
          )
          expect(page.asOf).toEqual(asOf)
          rows.push(...page.rows)
          after = page.next
        }
        const sql = (await subject().command(
          "sql",
          `select * from ${projection} where run_id = '${name}'`,
          "--json",
        )) as ReadonlyArray<unknown>
        const sorted = (all: ReadonlyArray<unknown>) => all.map((row) => JSON.stringify(row)).sort()
        expect(sorted(rows)).toEqual(sorted(sql))
        expect(pages).toBe(Math.max(1, Math.ceil(sql.length / 101)))
      }
    })

    it("follows a run to its end, from where the client was", async () => {
      const { events: count } = await json("/runs/latest")
      const headers = { accept: "text/event-stream", "last-event-id": String(count - 5) }
      const { response, text } = await asked("/runs/latest/events?after=3", { headers })
      expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/)
      const ids = [...text.matchAll(/^id: (\d+)\ndata: (.*)\n$/gm)]
      expect(ids.map(([, id]) => Number(id))).toEqual([4, 3, 2, 1, 0].map((back) => count - back))
      for (const [, id, data] of ids) expect(JSON.parse(data!).position).toBe(Number(id))
      expect(text).toMatch(new RegExp(`event: end\ndata: {"position":${count}}\n\n$`))
      const seen = await asked("/runs/latest/events", {
        headers: { ...headers, "last-event-id": String(count) },
      })
      expect(seen.response.status).toBe(204)
    })

    it("gives a report that lets no other script run", async () => {
      const { response, text } = await asked("/runs/latest/report")
      expect(text).toContain("<!doctype html>")
      expect(text.trimEnd()).toMatch(/<\/html>$/)
      expect(response.headers.get("content-security-policy")).toMatch(/script-src 'sha256-[\w+/=]+'/)
    })

    it("gives a report of several runs, each once", async () => {
      const { run: name } = await json("/runs/latest")
      const { response, text } = await asked(`/report?run=latest&run=${name}`)
      expect(response.headers.get("content-security-policy")).toMatch(/script-src 'sha256-[\w+/=]+'/)
      expect(text).toContain(`<title>run ${name}`)
      expect(text.trimEnd()).toMatch(/<\/html>$/)
    })

    it("tells what may be asked of a path, and answers HEAD as GET without the body", async () => {
      const paths: ReadonlyArray<readonly [path: string, allow: string]> = [
        ["/runs", "GET, HEAD, POST, OPTIONS"],
        ["/runs/latest/events", "GET, HEAD, OPTIONS"],
        ["/sql", "POST, OPTIONS"],
        ["/docs", "GET, HEAD, OPTIONS"],
      ]
      for (const [path, allow] of paths) {
        const authorization = { authorization: `Bearer ${subject().token}` }
        const options = await subject().fetch(path, { method: "OPTIONS", headers: authorization })
        expect([path, options.status, options.headers.get("allow")]).toEqual([path, 204, allow])
        expect(await problem(path, { method: "DELETE", headers: authorization })).toMatchObject({
          status: 405,
          code: "MethodNotAllowed",
          field: "method",
        })
        const put = await subject().fetch(path, { method: "PUT", headers: authorization, body: "" })
        expect([path, put.status, put.headers.get("allow")]).toEqual([path, 405, allow])
        if (!allow.startsWith("GET")) continue
        const [get, head] = await Promise.all(
          ["GET", "HEAD"].map((method) => subject().fetch(path, { method, headers: authorization })),
        )
        expect([head!.status, head!.headers.get("content-type")]).toEqual([
          get!.status,
          get!.headers.get("content-type"),
        ])
        expect(await head!.text()).toBe("")
        expect(await get!.text()).not.toBe("")
      }
      const nowhere = await subject().fetch("/nowhere", {
        method: "OPTIONS",
        headers: { authorization: `Bearer ${subject().token}` },
      })
      expect(nowhere.status).toBe(404)
    })

    it("foretells a configuration that nobody has run", async () => {
      const config = encodeURIComponent(JSON.stringify({ rates: [1, 6, 6] }))
      const { prediction } = await json(`/prediction?config=${config}`)
      expect(prediction.fixedPoints[0].machines.map(({ rateHz }: { rateHz: number }) => rateHz)).toEqual([
        1, 6, 6,
      ])
    })

    it("lets a browser do nothing with an answer but show it", async () => {
      for (const path of ["/runs", "/nowhere", "/health"]) {
        const { response } = await asked(path)
        expect(response.headers.get("x-content-type-options")).toBe("nosniff")
        expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'/)
        expect(response.headers.get("access-control-allow-origin")).toBeNull()
      }
    })
  })

  describe("what is wrong in a request is named", () => {
    const cases: ReadonlyArray<readonly [path: string, status: number, field: string]> = [
      ["/nowhere", 404, "path"],
      ["/runs/zzzzzzzzzzzz", 404, "run"],
      ["/runs/zzzzzzzzzzzz/events", 404, "run"],
      ["/runs/zzzzzzzzzzzz/projections/machines", 404, "run"],
      ["/runs/Robert'); drop/events", 404, "run"],
      ["/runs/zzzzzzzzzzzz/status", 404, "run"],
      ["/runs?limit=0", 400, "limit"],
      ["/runs?limit=1001", 400, "limit"],
      ["/runs?after=0", 400, "after"],
      ["/runs?after=x", 400, "after"],
      ["/runs?status=lost", 400, "status"],
      ["/sql", 405, "method"],
      ["/runs/latest/stop", 405, "method"],
      ["/report", 400, "run"],
      [`/report?${Array(31).fill("run=latest").join("&")}`, 400, "run"],
      ["/report?run=latest&run=zzzzzzzzzzzz", 404, "run"],
      ["/runs/latest/events?after=-1", 400, "after"],
      ["/runs/latest/events?after=1.5", 400, "after"],
      ["/runs/latest/events?limit=0", 400, "limit"],
      ["/runs/latest/events?limit=99999", 400, "limit"],
      ["/runs/latest/events?machine=x", 400, "machine"],
      ["/runs/latest/projections/nothing", 404, "projection"],
      ["/runs/latest/projections/machines?after=%00", 400, "after"],
      ["/runs/latest/projections/machines?after=WyJ4Il0", 400, "after"],
      ["/runs/latest/export?format=pdf", 400, "format"],
      ["/runs/latest/export", 400, "format"],
      ["/prediction?config=[]", 400, "config"],
      ["/prediction?config={", 400, "config"],
      ["/prediction?config=%7B%22sides%22:1%7D", 400, "sides"],
      ["/prediction?config=%7B%22topology%22:%22tree%22%7D", 400, "topology"],
      ["/prediction?config=%7B%22pattern%22:%22multicast:3%22%7D", 400, "pattern"],
      [
        "/prediction?config=%7B%22mode%22:%22virtual%22,%22machines%22:400,%22pattern%22:%22broadcast%22%7D",
        400,
        "topology",
      ],
      ["/prediction?config=%7B%22dice%22:1%7D", 400, "dice"],
      ["/prediction?config=%7B%22delivery%22:%22sorted%22%7D", 400, "delivery"],
      ["/prediction?config=%7B%22workload%22:%22snapshot%22%7D", 400, "workload"],
    ]
    for (const [path, status, field] of cases)
      it(`${path}`, async () => expect(await problem(path)).toMatchObject({ status, field }))

    it("an event that is none, in the words of the command line", async () => {
      const unknown = await problem("/runs/latest/why/2/99999")
      expect(unknown).toMatchObject({ status: 400, code: "UsageError", field: "version" })
      expect(unknown.detail).toMatch(/^Cannot explain 2\/99999: must be an event of run/)
      const cases: ReadonlyArray<readonly [path: string, field: string]> = [
        ["why/two/3", "machine"],
        ["why/2/0", "version"],
        ["why/0/1", "version"],
        ["relate?a=1/2", "b"],
        ["relate?b=1/2", "a"],
        ["relate?a=x&b=1/2", "a"],
        ["relate?a=1/2&b=x", "b"],
        ["relate?a=1/2&b=1/2", "b"],
        ["relate?a=1/99999&b=1/2", "a"],
        ["relate?a=1/2&b=3/99999", "b"],
      ]
      for (const [path, field] of cases)
        expect(await problem(`/runs/latest/${path}`), path).toMatchObject({
          status: 400,
          code: "UsageError",
          field,
        })
    })

    it("a place in a stream that is none", async () => {
      const headers = { accept: "text/event-stream", "last-event-id": "seventeen" }
      expect(await problem("/runs/latest/events", { headers })).toMatchObject({
        status: 400,
        field: "Last-Event-ID",
      })
    })

    it("a body that is none, too large, of another type, or without what it must have", async () => {
      expect(await problem("/sql", posted("{"))).toMatchObject({ status: 400, field: "body" })
      expect(await problem("/sql", posted(""))).toMatchObject({ status: 400, field: "body" })
      expect(await problem("/sql", posted("[]"))).toMatchObject({ status: 400 })
      expect(await problem("/sql", posted('{"query":1}'))).toMatchObject({ status: 400, field: "query" })
      const large = JSON.stringify({ query: "x".repeat(300_000) })
      expect(await problem("/sql", posted(large))).toMatchObject({ status: 413, field: "body" })
      const form = posted("query=1", { "content-type": "application/x-www-form-urlencoded" })
      expect(await problem("/sql", form)).toMatchObject({ status: 400, field: "body" })
    })
  })

  describe("what may change something asks for the token", () => {
    const refused = { status: 401, field: "authorization" }
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      it(`${method} on any path, with none, a false one, or another scheme`, async () => {
        for (const path of ["/runs", "/sql", "/runs/latest/stop", "/nowhere"])
          for (const authorization of [undefined, "Bearer", "Bearer wrong", `Basic ${subject().token}`])
            expect(
              await problem(path, { method, headers: authorization === undefined ? {} : { authorization } }),
            ).toMatchObject(refused)
      })

    it("runs are asked for with a delivery order, where they can have one", async () => {
      const config = {
        ...{ machines: 3, seed: 11, durationUs: 5_000_000, links: "unordered", delivery: "total" },
        latency: { law: "exponential", meanUs: 500_000 },
      }
      const { response, text } = await asked("/runs", posted(JSON.stringify(config)))
      expect(response.status).toBe(201)
      const { run } = JSON.parse(text)
      expect(await json(`/runs/${run}`)).toMatchObject({ verified: true, config })
      const { rows } = await json(`/runs/${run}/projections/held_messages`)
      expect(rows.length).toBeGreaterThan(0)
      await subject().remove?.(run)
      for (const cannot of [{ lossPpm: 1 }, { mode: "real", links: undefined, latency: undefined }])
        expect(await problem("/runs", posted(JSON.stringify({ ...config, ...cannot })))).toMatchObject({
          status: 400,
          field: "delivery",
        })
    })

    it("runs are asked for and stopped", async () => {
      const config = { machines: 2, seed: 11, durationUs: 5_000_000 }
      const send = async (body: unknown, headers: Record<string, string> = {}) => {
        const { response, text } = await asked("/runs", posted(JSON.stringify(body), headers))
        return { status: response.status, location: response.headers.get("location"), body: JSON.parse(text) }
      }
      const small = await send(config)
      expect(small).toMatchObject({
        status: 201,
        body: { status: "finished" },
        location: `/runs/${small.body.run}`,
      })
      const shown = await json(small.location!)
      expect(shown).toMatchObject({ seed: 11, mode: "virtual", verified: true })
      const words = [
        "--virtual",
        "--machines",
        "2",
        "--seed",
        "11",
        "--duration",
        "5s",
        "--no-store",
        "--json",
      ]
      expect(shown.digest).toBe(((await subject().command("run", ...words)) as { digest: string }).digest)

      const cut = await send({ ...config, workload: "snapshot" })
      expect(cut).toMatchObject({ status: 201, body: { status: "finished" } })
      const { checks } = await json(`/runs/${cut.body.run}/verification`)
      expect(checks.at(-1)).toMatchObject({ invariant: "snapshots", failures: [] })
      expect(await json(`/runs/${cut.body.run}/prediction`)).toMatchObject({ prediction: null })

      const real = { ...config, mode: "real", durationUs: 60_000_000 }
      const key = { "idempotency-key": `key-${small.body.run}` }
      const { seed: _, ...unseeded } = config
      const drawn = { "idempotency-key": `seedless-${small.body.run}` }
      const seedless = await send(unseeded, drawn)
      expect(seedless.status).toBe(201)
      expect(await send(unseeded, drawn)).toMatchObject({ status: 200, body: { run: seedless.body.run } })

      const first = await send(real, key)
      expect(first).toMatchObject({ status: 202, body: { status: "requested" } })
      expect(await send(real, key)).toMatchObject({ status: 200, body: first.body })
      expect(await problem("/runs", posted(JSON.stringify(config), key))).toMatchObject({
        status: 409,
        code: "KeyTaken",
        field: "idempotency-key",
      })
      const listed = (await json("/runs")).find(({ run: name }: { run: string }) => name === first.body.run)
      expect(listed).toMatchObject({ status: "requested", mode: "real", seed: 11, machines: 2, events: 1 })
      const stopped = await asked(`/runs/${first.body.run}/stop`, posted(""))
      expect([stopped.response.status, JSON.parse(stopped.text).status]).toEqual([200, "stopped"])
      await subject().remove?.(small.body.run, seedless.body.run, cut.body.run, first.body.run)
    })

    it("settings that cannot be run are named, and nothing is asked for", async () => {
      const before = (await json("/runs")).length
      const cases: ReadonlyArray<readonly [body: string, field: string]> = [
        ["[]", "body"],
        ['"x"', "body"],
        ['{"machines":0}', "machines"],
        ['{"machines":"three"}', "machines"],
        ['{"mode":"real","machines":1001}', "machines"],
        ['{"sides":2}', "sides"],
        ['{"rates":[1,2]}', "rates"],
        ['{"dice":6}', "dice"],
        ['{"workload":"dice"}', "workload"],
        ['{"workload":"mutex"}', "topology"],
        ['{"workload":"snapshot","lossPpm":1}', "lossPpm"],
        ['{"__proto__":{"sides":2}}', "__proto__"],
      ]
      for (const [body, field] of cases)
        expect(await problem("/runs", posted(body)), body).toMatchObject({ status: 400, field })
      expect(await problem("/runs", posted("{}", { "idempotency-key": "a b" }))).toMatchObject({
        status: 400,
        field: "idempotency-key",
      })
      expect(await problem("/runs/zzzzzzzzzzzz/stop", posted(""))).toMatchObject({
        status: 404,
        field: "run",
      })
      expect((await json("/runs")).length).toBe(before)
    })

    it("SQL is off where no login that may only read is given", async () => {
      const answer = await problem("/sql", posted('{"query":"select 1"}'))
      expect(answer).toMatchObject({ status: 404, code: "NoReader", field: "path" })
      expect(answer.detail).toContain("LIGHTCONE_READER_URL")
    })
  })
}

/** What an instance that is bound to loopback answers to a name that was made to lead there; `ask` sends this `Host`. */
export const refusesForeignHosts = (
  ask: (host: string, path: string, headers?: Record<string, string>) => Promise<Response>,
  token: () => string,
): void => {
  describe("a request for another host", () => {
    for (const host of [
      "evil.example",
      "evil.example:4000",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
    ])
      it(`${host} is refused, whatever it asks and brings`, async () => {
        for (const path of ["/health", "/runs", "/runs/latest/events", "/nowhere", "/docs"]) {
          const response = await ask(host, path, { authorization: `Bearer ${token()}` })
          expect(response.headers.get("content-type")).toBe("application/problem+json")
          expect(response.headers.get("x-content-type-options")).toBe("nosniff")
          expect(JSON.parse(await response.text())).toMatchObject({
            status: 403,
            code: "ForeignHost",
            field: "host",
          })
        }
      })

    for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:4000", "127.8.8.8", "[::1]:4000"])
      it(`${host} is a name of loopback`, async () => expect((await ask(host, "/runs")).status).toBe(200))
  })
}
