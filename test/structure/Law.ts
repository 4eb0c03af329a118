/** The law of the layout, as functions from sources to what breaks it: one line a breach. */
import { codeOf, type Import, importsOf, type Sources } from "./Sources.ts"

/** Which folders a folder's files may import, besides their own. */
const mayImport: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: [],
  runtime: ["domain"],
  persistence: ["domain", "migrations"],
  interchange: ["domain"],
  telemetry: ["domain"],
  http: ["domain", "runtime", "persistence", "interchange", "telemetry"],
  cli: ["domain", "runtime", "persistence", "interchange", "telemetry", "http"],
  "main.ts": ["cli"],
  "handler.ts": ["http"],
  "index.ts": ["domain", "runtime", "persistence", "interchange", "http"],
  migrations: [],
}

/** Modules of Effect that hold data and run nothing; a port's tag and its type need Context and Effect's type. */
const dataModules = [
  "Array",
  "Brand",
  "Chunk",
  "Context",
  "Data",
  "Either",
  "Equal",
  "Hash",
  "HashMap",
  "Option",
]
const moreDataModules = ["Order", "ParseResult", "Predicate", "Redacted", "Schema"]
const pureEffect = new Set([...dataModules, ...moreDataModules].map((name) => `effect/${name}`))

/** The part of the layout that a file belongs to: a folder of src, one of its two entries, or migrations. */
const partOf = (path: string): string => {
  const [folder, part] = path.split("/")
  return folder === "src" ? part! : folder!
}

const each = (
  sources: Sources,
  breach: (path: string, imported: Import) => string | undefined,
): ReadonlyArray<string> =>
  [...sources].flatMap(([path, text]) =>
    importsOf(path, text).flatMap((imported) => {
      const told = breach(path, imported)
      return told === undefined ? [] : [`${path}: ${told}`]
    }),
  )

/** Imports that go where a folder's files may not. */
export const againstTheDirection = (sources: Sources): ReadonlyArray<string> =>
  each(sources, (path, { file }) => {
    if (file === undefined || file === "package.json") return undefined
    const [from, to] = [partOf(path), partOf(file)]
    const allowed = mayImport[from]
    if (allowed === undefined) return `is in no folder of the layout`
    return from === to || allowed.includes(to) ? undefined : `${from} must not import ${to} (${file})`
  })

/** What of the outside world the domain imports. */
export const impureDomain = (sources: Sources): ReadonlyArray<string> =>
  each(sources, (path, { specifier, file, typeOnly }) => {
    if (partOf(path) !== "domain" || file !== undefined || pureEffect.has(specifier)) return undefined
    return specifier === "effect/Effect" && typeOnly ? undefined : `the domain must not import ${specifier}`
  })

export const barrels = (sources: Sources): ReadonlyArray<string> =>
  each(sources, (_, { specifier }) =>
    /^(effect|@effect\/[\w-]+)$/.test(specifier)
      ? `import a module of ${specifier}, not all of it`
      : undefined,
  )

/** Relative imports that cannot be run by stripping types, or that lead nowhere. */
export const unresolvable = (sources: Sources): ReadonlyArray<string> =>
  each(sources, (_, { specifier, file }) => {
    if (file === undefined) return undefined
    if (!/\.(ts|json)$/.test(specifier)) return `${specifier} must end in .ts`
    return specifier.endsWith(".ts") && !sources.has(file) ? `${specifier} is no file` : undefined
  })

const running = /(?<!typeof\s)\b(?:Effect|Runtime|ManagedRuntime)\s*\.\s*run\w+/
const runningByName = /import\s*\{[^}]*\brun(?:Promise|Sync|Fork|Callback)\w*[^}]*\}\s*from\s*["']effect\//

/** Files besides the entry that run effects. */
export const runsEffects = (sources: Sources): ReadonlyArray<string> =>
  [...sources].flatMap(([path, text]) =>
    path !== "src/main.ts" &&
    !/^src\/cli\/\w+Thread\.ts$/.test(path) &&
    (running.test(codeOf(text)) || runningByName.test(text))
      ? [`${path}: effects are run in src/main.ts and by threads alone`]
      : [],
  )

/** Programs are started with a list of arguments; a shell would read words of users and networks as commands. */
export const startsShells = (sources: Sources): ReadonlyArray<string> =>
  [...sources].flatMap(([path, text]) =>
    /\bexec(?:Sync)?\b(?=[^\n]*["']node:child_process)|\bshell\s*:|\bchild_process\.exec\b/.test(text)
      ? [`${path}: nothing is run as a shell command`]
      : [],
  )

/** Files that no entry leads to. */
export const unreachable = (sources: Sources, entries: ReadonlyArray<string>): ReadonlyArray<string> => {
  const reached = new Set<string>()
  const visit = (path: string): void => {
    const text = sources.get(path)
    if (text === undefined || reached.has(path)) return
    reached.add(path)
    for (const { file } of importsOf(path, text)) if (file !== undefined) visit(file)
  }
  for (const entry of entries) visit(entry)
  return [...sources.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => `${path}: nothing leads to it`)
}

const vague =
  /(?:^|[\W_])(?:utils?|helpers?|common|misc)(?:$|[\W_])|(?:Utils?|Helpers?|Common|Misc)(?=[A-Z.]|$)/

/** Names that say nothing of what is inside. */
export const vagueNames = (sources: Sources): ReadonlyArray<string> =>
  [...sources.keys()].filter((path) => vague.test(path)).map((path) => `${path}: name the concept`)
