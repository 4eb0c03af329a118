/** The sources as text, and what each of them imports. */
import { readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../", import.meta.url))

/** Text by path from the project's root, with / between folders. */
export type Sources = ReadonlyMap<string, string>

export interface Import {
  readonly specifier: string
  /** The file that a relative one means, from the project's root. */
  readonly file: string | undefined
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean
}

export const readSources = (...folders: ReadonlyArray<string>): Sources =>
  new Map(
    folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
        .sort()
        .map((path) => [path, readFileSync(join(root, path), "utf8")] as const),
    ),
  )

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")

const declaration = /^\s*(?:import|export)\s+(type\s)?(?:[^"'`;]*?\sfrom\s+)?["']([^"']+)["']/gm
const dynamic = /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]\s*\)/g
/** A thread's file, which is started by its name and lies beside the one who starts it. */
const worker = /\bstartWorker\s*\(\s*["'](\w+)["']/g

export const importsOf = (path: string, text: string): ReadonlyArray<Import> => {
  const code = withoutComments(text)
  const made = (specifier: string, typeOnly: boolean): Import => ({
    specifier,
    file: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined,
    typeOnly,
  })
  return [
    ...[...code.matchAll(declaration)].map((match) => made(match[2]!, match[1] !== undefined)),
    ...[...code.matchAll(dynamic)].map((match) => made(match[1]!, false)),
    ...[...code.matchAll(worker)].map((match) => made(`./${match[1]!}.ts`, false)),
  ]
}

/** Code without comments and texts, for what it does rather than what it says. */
export const codeOf = (text: string): string =>
  withoutComments(text).replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
