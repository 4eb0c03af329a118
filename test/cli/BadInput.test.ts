import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import {
  complaints,
  eachAtOnce,
  type Finished,
  manyProcessesMs,
  type Scratch,
  scratchDatabase,
} from "../support/Cli.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

/** Arguments, and all that the one line on standard error must contain. */
type Case = readonly [args: ReadonlyArray<string>, ...told: ReadonlyArray<string>]

const run = (...args: ReadonlyArray<string>): ReadonlyArray<string> => ["run", "--duration", "300ms", ...args]

const badRuns: ReadonlyArray<Case> = [
  [run("--rates", "0,1,2"), "--rates", "machine 1", "1 to 1000", "found 0"],
  [run("--rates=-3,1,2"), "--rates", "machine 1", "1 to 1000", "found -3"],
  [run("--rates", "1,1.5,2"), "--rates", "machine 2", "whole number", "found 1.5"],
  [run("--rates", "1,2,1001"), "--rates", "machine 3", "1 to 1000", "found 1001"],
  [run("--rates", "1,fast,2"), "--rates", "machine 2", "1 to 1000", 'found "fast"'],
  [run("--rates", "1,2"), "--rates", "3 machines", "found 2"],
  [run("--rates", "1,2,3", "--machines", "2"), "--rates", "2 machines", "found 3"],
  [run("--rate-range", "6..1"), "--rate-range", "low to high", "found 6..1"],
  [run("--rate-range", "0..6"), "--rate-range", "1 to 1000", "found 0"],
  [run("--rate-range", "1-6"), "--rate-range", "1..6", 'found "1-6"'],
  [["run", "--duration", "0s"], "--duration", "1ms", "7d", "found 0s"],
  [["run", "--duration", "60"], "--duration", "unit", 'found "60"'],
  [["run", "--duration=-5s"], "--duration", "unit", 'found "-5s"'],
  [["run", "--duration", "soon"], "--duration", "unit", 'found "soon"'],
  [["run", "--duration", "8d"], "--duration", "1ms", "7d", "found 8d"],
  [run("--seed", "1.5"), "--seed", "0 to 9007199254740991", "found 1.5"],
  [run("--seed=-1"), "--seed", "0 to 9007199254740991", "found -1"],
  [run("--seed", "9007199254740993"), "--seed", "0 to 9007199254740991", "9007199254740993"],
  [run("--machines", "0"), "--machines", "1 to 1000", "found 0"],
  [run("--machines", "1001"), "--machines", "1 to 1000", "found 1001"],
  [run("--machines", "1.5"), "--machines", "whole number", "found 1.5"],
  [run("--machines", "abc"), "--machines", "whole number", 'found "abc"'],
  [run("--capacity", "0"), "--capacity", "1 to 65536", "found 0"],
  [run("--capacity", "65537"), "--capacity", "1 to 65536", "found 65537"],
  [run("--sides", "2"), "--sides", "3 to", "found 2"],
  [run("--pattern", "ring"), "--pattern", "pair", 'found "ring"'],
  [run("--pattern", "multicast:3"), "--pattern", "K from 1 to 2", 'found "multicast:3"'],
  [run("--workload", "token-ring"), "--workload", '"mutex" or "snapshot"', 'found "token-ring"'],
  [run("--workload", "mutex", "--topology", "ring"), "--topology", "must be complete", "found ring"],
  [run("--workload", "mutex", "--pattern", "broadcast"), "--pattern", "must be pair", "found broadcast"],
  [run("--workload", "mutex", "--machines", "33"), "--machines", "2 to 32", "found 33"],
  [run("--workload", "snapshot", "--machines", "1"), "--machines", "2 to 100", "found 1"],
  [run("--workload", "snapshot", "--sides", "3"), "--sides", "4 or more", "found 3"],
  [run("--workload", "snapshot", "--overflow", "drop-newest"), "--overflow", "backpressure", "drop-newest"],
  [run("--workload", "snapshot", "--virtual", "--loss", "1%"), "--loss", "no message is lost", "found 1%"],
  [run("--workload", "mutex", "--virtual", "--links", "unordered"), "--links", "fifo", "found unordered"],
  [run("--topology", "tree"), "--topology", "ring", 'found "tree"'],
  [run("--topology", "random:3"), "--topology", "D from 1 to 2", 'found "random:3"'],
  [run("--topology", "complete", "--machines", "90"), "--topology", "at most 8000 links", "found 8010"],
  [
    run("--overflow", "explode"),
    "--overflow",
    "backpressure",
    "drop-newest",
    "drop-oldest",
    'found "explode"',
  ],
  [run("--colour"), "unknown option", "--colour"],
  [run("--seed"), "--seed", "argument missing"],
  [run("extra"), "run", "Expected 0 arguments", "got 1"],
]

const badWords: ReadonlyArray<Case> = [
  [["shwo", "latest"], "unknown command", "shwo", "Did you mean show?"],
  [["show", "--jsno", "latest"], "unknown option", "--jsno", "Did you mean --json?"],
  [["show"], "missing required argument", "run"],
  [["events", "latest", "--machine", "x"], "--machine", "whole number from 0", 'found "x"'],
  [["events", "latest", "--from", "-1"], "--from", "whole number from 0", 'found "-1"'],
  [["sql", "select 1", "--json", "--csv"], "--json", "--csv"],
  [["sql", "select 1", "--time-limit", "9"], "--time-limit", "unit", 'found "9"'],
]

/** These are known to be wrong only once the store has been asked. */
const badReferences: ReadonlyArray<Case> = [
  [["show", "zzz"], "zzz", "latest", "looked in 127.0.0.1"],
  [["events", "zzz"], "zzz", "looked in"],
  [["verify", "zzz"], "zzz", "looked in"],
  [["rm", "samesamesam1", "zzz"], "zzz", "looked in"],
  [["show", "same"], "same", "samesamesam1", "samesamesam2"],
  [["verify", "samesame"], "samesamesam1", "samesamesam2"],
  [["rm", "samesame"], "samesamesam1", "samesamesam2"],
  [["show", "o'brien; --"], "o'brien; --", "latest"],
  [["show", "a b%"], '"a b%"'],
  [["show", "same_amesam1"], '"same_amesam1"'],
  [["show", 'x"y'], 'x\\"y'],
  [["show", "a\x1b[31mb\x07\x7f\x9bc"], "a\\u001b[31mb\\u0007\\x7f\\x9bc"],
]

const badQueries: ReadonlyArray<Case> = [
  [["sql", "selec 1"], "Cannot answer the query", "selec"],
  [["sql", "select nothing from nowhere"], "nowhere"],
  [["sql", "select 1; select 2"], "Cannot answer the query"],
  [["sql", "select 1; commit; delete from log"], "Cannot answer the query"],
  [["sql", "delete from log"], "Cannot answer the query"],
  [["sql", "with gone as (delete from log returning *) select * from gone"], "Cannot answer the query"],
  [["sql", "insert into run_heads (run_id) values ('abcdefghijkl')"], "Cannot answer the query"],
  [["sql", "copy (select 1) to program 'true'"], "Cannot answer the query"],
  [["sql", "select nextval('lightcone.run_heads_run_key_seq')"], "read-only transaction"],
]

describe("bad input", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
    await store.sql("insert into lightcone.run_heads (run_id) values ('samesamesam1'), ('samesamesam2')")
  })
  afterAll(() => store.drop())

  const isRefused = (args: ReadonlyArray<string>, told: ReadonlyArray<string>, done: Finished) => {
    const what = `lightcone ${JSON.stringify(args)}:\n${done.stderr}`
    expect(done.code, what).toBe(2)
    expect(done.stdout, what).toBe("")
    expect(done.madeStore, what).toBe(false)
    const lines = complaints(done)
    expect(lines, what).toHaveLength(1)
    expect(lines[0], what).toMatch(/^lightcone: /)
    for (const words of told) expect(lines[0], what).toContain(words)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey must not get through.
    expect(done.stderr, what).not.toMatch(/\n\s+at |[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  }

  const areRefused = async (cases: ReadonlyArray<Case>) => {
    const done = await eachAtOnce(cases, ([args]) => store.run(args))
    for (const [i, [args, ...told]] of cases.entries()) isRefused(args, told, done[i]!)
    expect(await store.sql("select run_id from lightcone.run_heads order by 1")).toEqual([
      { run_id: "samesamesam1" },
      { run_id: "samesamesam2" },
    ])
  }

  it("to run names the option, the bound and what was found, and makes no run", () => areRefused(badRuns))
  it("on the command line is named, with the word that was probably meant", () => areRefused(badWords))
  it("as the name of a run is told harmlessly, with what it might have meant", () =>
    areRefused(badReferences))
  it("as a query is refused, whatever it would do", () => areRefused(badQueries))

  it("of too many machines for the descriptors of the process names the limit and how to raise it", async () => {
    const args = run("--machines", "200")
    const done = await store.run(args, { maxDescriptors: 256 })
    isRefused(args, ["200", "256", "ulimit -n"], { ...done, stderr: done.stderr.replace(/^run .*\n/m, "") })
    expect(await store.sql("select 1 from lightcone.log")).toEqual([])
    expect(await store.sql("select 1 from lightcone.run_heads")).toHaveLength(2)
  })

  it("without a database makes no embedded store either", async () => {
    const cases = [...badRuns.slice(0, 2), ...badWords.slice(0, 1)]
    const done = await eachAtOnce(cases, ([args]) => store.run(args, { env: { LIGHTCONE_DATABASE_URL: "" } }))
    for (const [i, [args, ...told]] of cases.entries()) isRefused(args, told, done[i]!)
  })
})
