import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { read } from "../../src/cli/ExperimentDescription.ts"
import * as Directory from "../../src/cli/ExperimentDirectory.ts"
import * as State from "../../src/cli/ExperimentState.ts"

const place = mkdtempSync(join(tmpdir(), "lightcone-experiment-"))
afterAll(() => rmSync(place, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(place, name), text)
  return join(place, name)
}

/** The words of a refusal, or "accepted". */
const told = (effect: Effect.Effect<unknown, { readonly message: string }>): Promise<string> =>
  Effect.runPromise(
    Effect.match(effect, { onFailure: ({ message }) => message, onSuccess: () => "accepted" }),
  )

const small = JSON.stringify({
  name: "small",
  repetitions: 2,
  base: { duration: "400ms", rates: [20, 30, 40] },
  settings: [{ name: "plain" }, { name: "fewer sides", sides: 4 }],
})

const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
`

describe("a description", () => {
  const good = file("good.json", small)

  it("may be YAML or JSON, with tabs and comments, and is then the same", async () => {
    const yaml = file(
      "good.yaml",
      `# the same
name: small
repetitions: 2
base:
  duration: 400ms
  rates: [20, 30, 40]
settings:
  - name: plain
  - { name: fewer sides, sides: 4 }
`,
    )
    const tabs = file("tabs.json", JSON.stringify(JSON.parse(small), undefined, "\t"))
    const byJson = await Effect.runPromise(read(good, {}))
    expect(byJson.name).toBe("small")
    expect(byJson.plan.runs).toHaveLength(4)
    expect(await Effect.runPromise(read(yaml, {}))).toEqual(byJson)
    expect(await Effect.runPromise(read(tabs, {}))).toEqual(byJson)
  })

  it("is accepted where docs/EXPERIMENTS.md shows it, and the assignment is as it says there", async () => {
    const page = readFileSync(new URL("../../docs/EXPERIMENTS.md", import.meta.url), "utf8")
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!)
    // Latency is of virtual runs only.
    const shown = await Promise.all(
      blocks.map((text, i) =>
        Effect.runPromise(
          read(file(`shown-${i}.yaml`, text), text.includes("latency") ? { virtual: true } : {}),
        ),
      ),
    )
    expect(shown.map(({ plan }) => plan.runs.length)).toEqual([3, 40, 240, 10, 15])
    expect(shown[4]).toEqual(await Effect.runPromise(read("assignment", {})))
  })

  it("without a name is named after its file", async () => {
    const name = async (called: string) =>
      (await Effect.runPromise(read(file(called, "repetitions: 2"), {}))).name
    expect(await name("my grid, last.yaml")).toBe("my-grid-last")
    expect(await name("...yaml")).toBe("of-a-file")
  })

  it("is refused with the file, the place in it, what must hold and what was found", async () => {
    const cases: ReadonlyArray<readonly [what: string, options: object, ...told: ReadonlyArray<string>]> = [
      [join(place, "none.yaml"), {}, "none.yaml", "there is none"],
      ["asignment", {}, '"asignment"', "there is none", "did you mean the preset assignment?"],
      ["constructor", {}, '"constructor"', "there is none"],
      [place, {}, "it is a directory"],
      [file("bad.yaml", "base:\n  sides: [1\nx: {"), {}, "bad.yaml", "JSON or YAML", "line 3, column"],
      [file("bad.json", '{"seed": 1,\n "base": ]}'), {}, "bad.json", "JSON or YAML", "line 2, column"],
      [file("twice.yaml", "seed: 1\nseed: 2\n"), {}, "line 2, column 1", "unique"],
      [file("tag.yaml", "seed: !!js/function x"), {}, "line 1, column 7"],
      [file("many.yaml", "seed: 1\n---\nseed: 2\n"), {}, "line 2, column 1"],
      [file("bomb.yaml", bomb), {}, "must be JSON or YAML", "alias"],
      [file("large.yaml", `# ${"x".repeat(1024 * 1024)}`), {}, "at most 1048576 bytes"],
      [file("empty.yaml", ""), {}, "must be a description", "found null"],
      [file("text.yaml", "\u0000"), {}, "text.yaml"],
      [file("proto.json", '{"__proto__": {"sides": 1}}'), {}, "__proto__ must not be there"],
      [
        file("zero.yaml", "repetitions: 0"),
        {},
        "zero.yaml: repetitions must be a whole number of runs",
        "found 0",
      ],
      [file("two.yaml", "base: { sides: 1 }\nseed: x"), {}, "\n  seed must be", "\n  base.sides must be"],
      [good, { duration: "60" }, "--duration must be a time with a unit", 'found "60"'],
      [good, { duration: "8d" }, "--duration must be a time with a unit from 1ms to 7d", 'found "8d"'],
      [good, { seed: "x" }, "--seed must be a whole number", 'found "x"'],
      [good, { seed: "9007199254740993" }, "--seed must be a whole number"],
    ]
    for (const [what, options, ...words] of cases) {
      const message = await told(read(what, options as Record<string, unknown>))
      for (const word of words) expect(message, what).toContain(word)
    }
  })
})

describe("the directory of an experiment", () => {
  const take = (path: string) => told(Effect.scoped(Directory.take(path)))

  it("is made where there is none, taken where it is empty or ours, and left alone otherwise", async () => {
    expect(await take(join(place, "a", "b"))).toBe("accepted")
    expect(await take(join(place, "a", "b"))).toBe("accepted")
    mkdirSync(join(place, "theirs"))
    writeFileSync(join(place, "theirs", "thesis.tex"), "")
    const theirs = await take(join(place, "theirs"))
    expect(theirs).toContain(
      `Cannot use ${join(place, "theirs")}: must be empty, absent or an experiment's own`,
    )
    expect(theirs).toContain("found thesis.tex")
    const plain = file("plain", "")
    expect(await take(plain)).toBe(`Cannot write ${plain}: there is a file of that name`)
    expect(await take(join(plain, "x"))).toContain("a part of the path is a file")
    expect(await take("/proc/nowhere")).toMatch(/^Cannot write \/proc\/nowhere: /)
  })

  it("is held by one at a time, within a process too", async () => {
    const path = join(place, "held")
    const both = Effect.scoped(Effect.zipRight(Directory.take(path), Directory.take(path)))
    expect(await told(both)).toContain(`process ${process.pid} on `)
    expect(await take(path)).toBe("accepted")
  })

  it("keeps a file as it was until the new one is whole", async () => {
    const path = join(place, "whole")
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* Directory.take(path)
          yield* directory.write("deep/x", "old")
          mkdirSync(join(path, "deep", "x.new"))
          expect(yield* Effect.flip(directory.write("deep/x", "new"))).toMatchObject({ _tag: "UsageError" })
          expect(yield* directory.read("deep/x")).toBe("old")
          expect(yield* directory.read("deep/y")).toBe(undefined)
        }),
      ),
    )
  })

  const go = (path: string, what: string, options: Record<string, unknown> = {}) =>
    told(
      Effect.scoped(
        Effect.gen(function* () {
          const { name, plan } = yield* read(what, options)
          return yield* State.open(yield* Directory.take(path), name, plan)
        }),
      ),
    )

  it("is refused to another experiment, which is told what differs", async () => {
    const path = join(place, "mine")
    const of = (change: object) => file("changed.json", JSON.stringify({ ...JSON.parse(small), ...change }))
    expect(await go(path, of({}))).toBe("accepted")
    const before = readFileSync(join(path, "experiment.json"), "utf8")
    const settings = JSON.parse(small).settings
    const cases: ReadonlyArray<readonly [what: () => Promise<string>, told: string]> = [
      [() => go(path, of({ repetitions: 3 })), "the seeds are 973898, 758024 there and 973898, 758024, "],
      [() => go(path, of({ seed: 7 })), "the seeds are"],
      [() => go(path, of({}), { seed: "7" }), "the seeds are"],
      [
        () => go(path, of({}), { duration: "500ms" }),
        'durationUs of the setting "plain" is 400000 there and 500000',
      ],
      [() => go(path, "assignment"), 'the experiment is "small" there and "assignment" here'],
      [() => go(path, of({ settings: [settings[0]] })), 'the setting "fewer sides" is there alone'],
      [() => go(path, of({ settings: [...settings, { sides: 9 }] })), 'the setting "9 sides" is not there'],
      [
        () => go(path, of({ settings: [settings[0], { name: "x", sides: 4 }] })),
        'is called "fewer sides" there',
      ],
      [
        () => go(path, of({ settings: [settings[0], { ...settings[1], sides: 5 }] })),
        "is 4 there and 5 here",
      ],
    ]
    for (const [attempt, words] of cases) {
      const message = await attempt()
      expect(message).toContain(`Cannot go on with ${path}: it holds another experiment: `)
      expect(message).toContain(words)
    }
    expect(readFileSync(join(path, "experiment.json"), "utf8")).toBe(before)
    expect(await go(path, of({}))).toBe("accepted")
  })

  it("whose state was changed by hand is refused, with the place", async () => {
    const path = join(place, "by-hand")
    expect(await go(path, "assignment")).toBe("accepted")
    const state = JSON.parse(readFileSync(join(path, "experiment.json"), "utf8"))
    const attempt = (text: string) => {
      writeFileSync(join(path, "experiment.json"), text)
      return go(path, "assignment")
    }
    expect(await attempt("{")).toContain("experiment.json must be as it was written, but it is no JSON")
    expect(await attempt(JSON.stringify({ ...state, format: 7 }))).toContain("but in format: ")
    expect(await attempt(JSON.stringify({ ...state, runs: [{ number: "1" }] }))).toContain("but in runs.0")
    expect(await attempt(JSON.stringify({ ...state, runs: [{ number: 16, run: "abc" }] }))).toContain(
      "number 16",
    )
    expect(
      await attempt(JSON.stringify({ ...state, runs: [1, 1].map((number) => ({ number, run: "abc" })) })),
    ).toContain("number 1 twice")
  })

  it("of an older version, which knew fewer options, is gone on with", async () => {
    const path = join(place, "older")
    expect(await go(path, "assignment")).toBe("accepted")
    const state = JSON.parse(readFileSync(join(path, "experiment.json"), "utf8"))
    for (const { config } of state.settings) delete config.pattern
    writeFileSync(join(path, "experiment.json"), JSON.stringify(state))
    expect(await go(path, "assignment")).toBe("accepted")
  })
})
