import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { lightcone, manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const workloads = {
  mutex: {
    purposes: ["acknowledge", "enter", "leave", "release", "request"],
    invariant: /\nmutual-exclusion +holds +\d+/,
    how: /\nworkload {2}mutex: \d+ critical sections; /,
  },
  snapshot: {
    purposes: ["marker", "record"],
    invariant: /\nsnapshots +holds +\d+/,
    how: /\nworkload {2}snapshot: \d+ snapshots complete/,
  },
} as const
type Name = keyof typeof workloads
const names = Object.keys(workloads) as ReadonlyArray<Name>

const onTcp = (workload: Name) => [
  ...["run", "--workload", workload, "--rates", "40,60,80", "--sides", "5", "--duration", "3s"],
  ...["--fault", "crash 2 at 1s for 300ms", "--json", "-q"],
]

interface EventJson {
  readonly kind: string
  readonly payload: { readonly purpose?: string; readonly snapshot?: number; readonly tokens?: number }
}

const eventsOf = (stdout: string): ReadonlyArray<EventJson> =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("a run with a workload on TCP", () => {
  let store: Scratch
  const runs = new Map<Name, string>()
  const said = async (...args: ReadonlyArray<string>): Promise<string> => {
    const { code, stdout, stderr } = await store.run(args)
    expect(code, stderr + stdout).toBe(0)
    return stdout
  }
  beforeAll(async () => {
    store = await scratchDatabase()
    await said("migrate")
    for (const name of names) runs.set(name, JSON.parse(await said(...onTcp(name))).run)
  })
  afterAll(() => store.drop())

  for (const name of names) {
    const { purposes, invariant, how } = workloads[name]

    it(`${name}: verifies, is replayed, and says what it came to and what its events are for`, async () => {
      const run = runs.get(name)!
      expect(await said("verify", run)).toMatch(invariant)
      expect(await said("replay", run)).toContain("replayed and recorded states are the same")
      expect(await said("show", run)).toMatch(how)
      const found = eventsOf(await said("events", run, "--json")).map(({ payload }) => payload.purpose)
      expect([...new Set(found)].filter((purpose) => purpose !== undefined).sort()).toEqual(purposes)
      const exported = eventsOf(await said("export", run, "--format", "jsonl"))
      expect(exported.map(({ payload }) => payload.purpose)).toEqual(found)
      for (const purpose of purposes) expect(await said("events", run)).toContain(`(${purpose}`)
    })
  }

  for (const name of names)
    it(`${name}: a fork goes on in virtual time with what was on its way, and verifies`, async () => {
      const forked = ["fork", runs.get(name)!, "--at", "150", "--set", "rates=90,30,90", "--json"]
      expect(JSON.parse(await said(...forked))).toMatchObject({ verified: true })
    })

  it("an event that was edited in a file of them is found", async () => {
    const directory = mkdtempSync(join(tmpdir(), "lightcone-edited-"))
    try {
      for (const [name, written, instead, clause] of [
        ["mutex", /"purpose":"leave"/, '"label":"leave"', "mutual-exclusion/exclusion"],
        ["snapshot", /"tokens":\d+/, '"tokens":99', "snapshots/total"],
      ] as const) {
        const events = await said("events", runs.get(name)!, "--json")
        const verdict = async (text: string) => {
          const file = join(directory, "events.jsonl")
          writeFileSync(file, text)
          const [, run] = /run ([a-z0-9]{12})/.exec(await said("import", file))!
          return store.run(["verify", run!])
        }
        expect((await verdict(events)).code).toBe(0)
        const { code, stdout } = await verdict(events.replace(written, instead))
        expect(code).toBe(1)
        expect(stdout).toContain(`${clause} fails at`)
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  /** The first event of a run of which that holds, changed in the table. */
  const changed = (run: string, condition: string, payload: string) =>
    store.sql(
      `update lightcone.log l set payload = ${payload} where (l.run_key, l.position) =
         (select run_key, min(position) from lightcone.log join lightcone.run_heads using (run_key)
          where run_id = $1 and ${condition} group by run_key) returning l.machine, l.version`,
      [run],
    )

  const corruptions: ReadonlyArray<
    readonly [name: string, Name, condition: string, payload: string, clause: string]
  > = [
    ["a leaving that is gone", "mutex", "payload->>'purpose' = 'leave'", "null", "exclusion"],
    [
      "a request that came as something else",
      "mutex",
      "payload->>'purpose' = 'request' and sender is not null and position > 200",
      `'{"purpose": "acknowledge"}'`,
      "carried-purpose",
    ],
    [
      "a token too many",
      "snapshot",
      "payload->>'purpose' = 'record' and position > 200",
      "jsonb_set(payload, '{tokens}', to_jsonb((payload->>'tokens')::int + 1))",
      "total",
    ],
    [
      "a message too many on a link",
      "snapshot",
      "payload->>'purpose' = 'marker' and sender is not null and position > 200",
      "jsonb_set(payload, '{tokens}', to_jsonb((payload->>'tokens')::int + 1))",
      "channels",
    ],
  ]

  for (const [name, workload, condition, payload, clause] of corruptions)
    it(`${workload}: ${name} is found`, async () => {
      const { run } = JSON.parse(await said(...onTcp(workload)))
      expect(await changed(run, condition, payload)).toHaveLength(1)
      const { code, stdout } = await store.run(["verify", run, "--json"])
      expect(code).toBe(1)
      const invariant = workload === "mutex" ? "mutual-exclusion" : "snapshots"
      const { checks } = JSON.parse(stdout) as {
        readonly checks: ReadonlyArray<{
          readonly invariant: string
          readonly failures: ReadonlyArray<{ readonly rule: string }>
        }>
      }
      const { failures } = checks.find((check) => check.invariant === invariant)!
      expect(failures.map(({ rule }) => rule)).toContain(clause)
    })
})

describe("a run with a workload whose process was killed", () => {
  it("is resumed to its end, every machine with what it knew of the protocol", async () => {
    const store = await scratchDatabase()
    try {
      expect((await store.run(["migrate"])).code).toBe(0)
      const kill = async (name: Name): Promise<string> => {
        const running = store.start(onTcp(name).slice(0, -2))
        const [, run] = await running.says(/^run ([a-z0-9]{12}), /m)
        await running.says(/^[1-9]\d* events stored/m)
        running.signal("SIGKILL")
        expect((await running.finished).code).toBeNull()
        return run!
      }
      const runs = await Promise.all(names.map(kill))
      await Promise.all(
        names.map(async (name, i) => {
          const { code, stdout, stderr } = await store.run(["resume", runs[i]!])
          expect(code, stderr).toBe(0)
          expect(stdout).toMatch(/^verified: .*\(finished\)$/m)
          expect((await store.run(["verify", runs[i]!])).stdout).toMatch(workloads[name].invariant)
        }),
      )
    } finally {
      await store.drop()
    }
  })
})

describe("a run with a workload in the embedded store", () => {
  it("is verified, and its report draws the cut of every snapshot", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "lightcone-workload-"))
    const said = async (...args: ReadonlyArray<string>): Promise<string> => {
      const { code, stdout, stderr } = await lightcone(args, { cwd })
      expect(code, stderr).toBe(0)
      return stdout
    }
    try {
      const { run } = JSON.parse(await said(...onTcp("snapshot")))
      expect(await said("verify", run)).toMatch(workloads.snapshot.invariant)
      await said("report", run, "--out", "report.html")
      const cuts = /"cuts":\{"1":\[\d+,\d+,\d+\],"2":/
      expect(readFileSync(join(cwd, "report.html"), "utf8")).toMatch(cuts)
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  })
})

describe("a virtual run with a workload", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  for (const name of names)
    it(`${name}: is proved, and made again by the command that it names`, async () => {
      const asked = ["run", "--virtual", "--workload", name, "--machines", "5", "--latency", "1ms..900ms"]
      const faults = ["--fault", "crash 2 at 10s for 5s", "--fault", "partition 1,2|3,4,5 at 20s for 5s"]
      const made = await store.run([...asked, ...faults, "--seed", "7"])
      expect(made.code, made.stderr).toBe(0)
      const [, run, words] = /run (\w+), .*again with: lightcone (.*)/.exec(made.stderr)!
      expect(words).toContain(`--workload ${name}`)
      const proof = JSON.parse((await store.run(["replay", run!, "--prove", "--json"])).stdout)
      expect(proof).toMatchObject({ proved: true, difference: null })

      const forked = ["fork", run!, "--at", "200", "--set", "rates=20,3,9,2,6", "latency=5ms", "--json"]
      expect(JSON.parse((await store.run(forked)).stdout)).toMatchObject({ verified: true })
      const losing = await store.run(["fork", run!, "--at", "200", "--set", "loss=1%"])
      expect([losing.code, losing.stderr]).toEqual([2, expect.stringContaining("must lose nothing")])

      const quoted = [...words!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inside, bare]) => inside ?? bare!)
      const again = await store.run([...quoted, "--no-store", "--json", "-q"])
      expect(JSON.parse(again.stdout).digest).toBe(proof.digest)
    })
})
