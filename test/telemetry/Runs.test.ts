import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as Limits from "../../src/domain/Limits.ts"
import * as MessageTrace from "../../src/telemetry/MessageTrace.ts"
import { lightcone, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { type Collector, collect, type Span } from "../support/Collector.ts"
import { freePort } from "../support/Unprivileged.ts"

let scratch: Scratch
let collector: Collector
beforeAll(async () => {
  scratch = await scratchDatabase()
})
afterAll(() => scratch.drop())
beforeEach(async () => {
  collector = await collect()
})
afterEach(() => collector.close())

const exporting = (more: Readonly<Record<string, string>> = {}) => ({
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...more },
})

const runOf = (stderr: string): string => /run ([0-9a-z]{12})/.exec(stderr)![1]!

interface Receipt {
  readonly sender: number
  readonly send_version: number
  readonly recipient: number
  readonly received_version: number
}

const receipts = (run: string) =>
  scratch.sql<Receipt>(
    `select sender, send_version, recipient, received_version from lightcone.messages
     where run_id = $1 and received_version is not null`,
    [run],
  )

const addressed = (spans: ReadonlyArray<Span>, name: string, machine: number, version: number): Span => {
  const found = spans.filter(
    (span) => span.name === name && span.attributes["lightcone.event"] === `${machine}/${version}`,
  )
  // A projector that has to try again after another may take an event in twice.
  const enough = name === "project" ? found.length >= 1 : found.length === 1
  expect(enough, `${found.length} spans ${name} of ${machine}/${version}`).toBe(true)
  return found[0]!
}

/** The spans of a message from its sender's tick to the projection of its receipt, in that order. */
const wayOf = ({ sender, send_version, recipient, received_version }: Receipt): ReadonlyArray<Span> => {
  const spans = collector.spans()
  const root = addressed(spans, "tick", sender, send_version)
  const trace = spans.filter(({ traceId }) => traceId === root.traceId)
  return [
    root,
    addressed(trace, "append", sender, send_version),
    ...["network", "inbox", "tick", "append", "project"].map((name) =>
      addressed(trace, name, recipient, received_version),
    ),
  ]
}

describe("a real run whose telemetry goes out", { timeout: manyProcessesMs }, () => {
  it("has every message in one trace from tick to projection, each span below the one before", async () => {
    const { code, stderr } = await scratch.run(["run", "--duration", "3s", "--rates", "5,4,6"], exporting())
    expect(code, stderr).toBe(0)
    const all = await receipts(runOf(stderr))
    expect(all.length).toBeGreaterThan(3)
    for (const receipt of all) {
      const way = wayOf(receipt)
      expect(way[0]!.parentSpanId).toBeUndefined()
      for (const [i, span] of way.entries()) {
        expect(span.endNs).toBeGreaterThanOrEqual(span.startNs)
        if (i === 0) continue
        expect(span.parentSpanId).toBe(way[i - 1]!.spanId)
        expect(span.startNs).toBeGreaterThanOrEqual(way[i - 1]!.startNs)
      }
      // Nothing leaves before it is stored, and is received once it has come.
      const [, append, network, inbox, tick] = way
      expect(network!.startNs).toBe(append!.endNs)
      expect(inbox!.startNs).toBe(network!.endNs)
      expect(tick!.startNs).toBe(inbox!.endNs)
    }
    const ids = collector.spans().map(({ spanId }) => spanId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(collector.spans().filter(({ name }) => name === "Laboratory.run")).toHaveLength(1)
  })

  it("tells what it appended, how late its ticks were and how long its queues are", async () => {
    const { stderr } = await scratch.run(
      ["run", "--duration", "2s", "--json"],
      exporting({ OTEL_SERVICE_NAME: "lab", OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret" }),
    )
    const [{ head } = { head: 0 }] = await scratch.sql<{ head: number }>(
      "select head from lightcone.run_heads where run_id = $1",
      [runOf(stderr)],
    )
    expect(Number(collector.points("lightcone_events_appended_total")[0]?.asInt)).toBe(Number(head))
    expect(Number(collector.points("lightcone_tick_lateness_seconds")[0]?.count)).toBeGreaterThan(0)
    expect(Number(collector.points("lightcone_append_seconds")[0]?.count)).toBeGreaterThan(0)
    expect(collector.points("lightcone_messages_waiting")).toHaveLength(1)
    expect(new Set(collector.requests.map(({ headers }) => headers["x-key"]))).toEqual(new Set(["secret"]))
    expect(new Set(collector.spans().map(({ resource }) => resource["service.name"]))).toEqual(
      new Set(["lab"]),
    )
  })

  it("of many machines does not drown its collector, and is projected by a thread into the same traces", async () => {
    const seconds = 4
    const args = [
      "run",
      "--machines",
      "200",
      "--rate-range",
      "3..4",
      "--equal-rates",
      "--duration",
      `${seconds}s`,
    ]
    const { code, stderr } = await scratch.run(args, exporting())
    expect(code, stderr).toBe(0)
    const roots = collector.spans().filter(({ name, parentSpanId }) => name === "tick" && !parentSpanId)
    expect(roots.length).toBeGreaterThan(0)
    expect(roots.length).toBeLessThan(2 * Limits.messageTracesPerSecond * seconds)
    const traces = new Set(roots.map(({ traceId }) => traceId))
    const projected = collector.spans().filter(({ name }) => name === "project")
    expect(projected.length).toBeGreaterThanOrEqual(roots.length)
    for (const { traceId } of projected) expect(traces).toContain(traceId)
  })

  it("is projected by another process into the traces that follow from its events", async () => {
    const { stderr } = await scratch.run(["run", "--duration", "2s", "--rates", "5,4,6"])
    expect(collector.requests).toEqual([])
    const run = runOf(stderr)
    const { code } = await scratch.run(["project", "--rebuild", "--only", "messages"], exporting())
    expect(code).toBe(0)
    const { stage } = MessageTrace.make(run, 1)
    const ofRun = collector.spans().filter(({ attributes }) => attributes["lightcone.run"] === run)
    const projected = ofRun.filter(({ name }) => name === "project")
    for (const { sender, send_version, recipient, received_version } of await receipts(run)) {
      const sent = { machine: sender, version: send_version }
      const received = { machine: recipient, version: received_version }
      const span = addressed(projected, "project", recipient, received_version)
      expect(span.traceId).toBe(stage(sent, "tick", sent).traceId)
      expect(span.parentSpanId).toBe(stage(sent, "append", received).spanId)
      expect(span.attributes["lightcone.projections"]).toBe("messages")
    }
  })

  it("goes on undisturbed, with one notice, where nobody listens", async () => {
    await collector.close()
    const { code, stdout, stderr } = await scratch.run(["run", "--duration", "4s"], exporting())
    expect(code, stderr).toBe(0)
    expect(stdout).toContain("verified")
    expect(stderr.match(/Cannot send telemetry/g)).toHaveLength(1)
    expect(stderr).toContain(
      `Cannot send telemetry to ${collector.url}/v1/traces: ECONNREFUSED; all else goes on without it`,
    )
    collector = await collect()
  })

  it("says what a variable has wrong, and goes on", async () => {
    const { code, stderr } = await scratch.run(
      ["run", "--virtual", "--duration", "1s"],
      exporting({ OTEL_TRACES_SAMPLER_ARG: "often" }),
    )
    expect(code).toBe(0)
    expect(stderr).toContain(
      'Cannot use OTEL_TRACES_SAMPLER_ARG: it must be a share from 0 to 1, found "often"; telemetry goes without it',
    )
  })
})

describe("a server whose telemetry goes out", { timeout: manyProcessesMs }, () => {
  it("tells of a request and of the messages of the run that was requested by it", async () => {
    const port = await freePort()
    const serving = scratch.start(["serve", "--port", String(port)], {
      env: { ...exporting().env, LIGHTCONE_TOKEN: "token", OTEL_METRIC_EXPORT_INTERVAL: "500" },
    })
    await serving.says(/Ctrl-C/)
    const response = await fetch(`http://127.0.0.1:${port}/runs`, {
      method: "POST",
      headers: { authorization: "Bearer token", "content-type": "application/json" },
      body: JSON.stringify({ mode: "real", machines: 3, durationUs: 2_000_000 }),
    })
    expect(response.status).toBe(202)
    const { run } = (await response.json()) as { run: string }
    const rootsOf = () =>
      collector
        .spans()
        .filter(({ name, attributes }) => name === "tick" && attributes["lightcone.run"] === run)
    await expect.poll(() => rootsOf().length, { timeout: 30_000 }).toBeGreaterThan(0)
    const counted = () => collector.points("lightcone_http_requests_total")
    await expect.poll(() => counted().length, { timeout: 10_000 }).toBeGreaterThan(0)
    serving.signal("SIGTERM")
    await serving.finished
    const requests = collector.spans().filter(({ kind }) => kind === 2)
    expect(requests.map(({ name }) => name)).toEqual(["POST /runs"])
    expect(requests[0]?.attributes["http.response.status_code"]).toBe(202)
    expect(collector.spans().some(({ name }) => name === "Laboratory.resume")).toBe(true)
    expect(collector.points("lightcone_events_appended_total")).toHaveLength(1)
  })
})

describe("what telemetry needs", { timeout: manyProcessesMs }, () => {
  /** The files that a process loaded, as V8 tells where its coverage is asked for. */
  const loaded = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), "lightcone-coverage-"))
    try {
      const args = ["run", "--duration", "1s", "--database", scratch.url]
      const { code } = await lightcone(args, { env: { NODE_V8_COVERAGE: folder, ...env } })
      expect(code).toBe(0)
      const urls = readdirSync(folder).flatMap((name) =>
        JSON.parse(readFileSync(join(folder, name), "utf8")).result.map(({ url }: { url: string }) => url),
      )
      return urls.join("\n")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it("is loaded when a collector is named, and only then", async () => {
    const asked = await loaded(exporting().env)
    const unasked = await loaded({ OTEL_SERVICE_NAME: "lab" })
    expect(asked).toMatch(/\/Telemetry-\w+\.js/)
    expect(unasked).toContain("lightcone.js")
    expect(unasked).not.toMatch(/Telemetry/)
  })
})
