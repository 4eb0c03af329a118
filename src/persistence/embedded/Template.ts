/**
 * A prepared data directory, so that a first start unpacks files instead of running initdb for seconds.
 *
 * The template is named by the version of PGlite and the schema in it. It lacks the databases template0 and
 * template1, which nobody needs to copy from here: with them it is four times as large.
 */

import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync, gzipSync } from "node:zlib"
import { packTree, unpackTree } from "./Tar.ts"

/** The schema that a new store begins with. */
export interface InitialSchema {
  readonly statements: ReadonlyArray<string>
  /** Tells one set of statements from another. */
  readonly hash: string
}

/** The major version of Postgres whose data directories this PGlite opens. */
export const postgresMajor = "18"

/** The nearest directory above this file with a package.json: the root in a checkout and in an installation. */
const packageRoot = (): string => {
  const parents = (from: string): ReadonlyArray<string> => {
    const parent = path.dirname(from)
    return parent === from ? [from] : [from, ...parents(parent)]
  }
  const here = path.dirname(fileURLToPath(import.meta.url))
  return parents(here).find((directory) => fs.existsSync(path.join(directory, "package.json"))) ?? here
}

export const defaultTemplateDirectory = (): string => path.join(packageRoot(), "template")

const pgliteVersion = (): string => {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite")
  const manifest = path.join(path.dirname(entry), "..", "package.json")
  return (JSON.parse(fs.readFileSync(manifest, "utf8")) as { readonly version: string }).version
}

export const templateFile = (directory: string, schema: InitialSchema): string =>
  path.join(directory, `pgdata-${pgliteVersion()}-${schema.hash}.tar.gz`)

/** Runs initdb and `schema`; leaves the files of a cleanly closed server in `pgdata`, which must not exist. */
const initialise = async (pgdata: string, schema: InitialSchema): Promise<void> => {
  const { PGlite } = await import("@electric-sql/pglite")
  const startParams = [...PGlite.defaultStartParams, "-c", "wal_recycle=off"]
  const database = await PGlite.create({ dataDir: pgdata, startParams })
  await database.exec("update pg_database set datistemplate = false")
  for (const name of ["template0", "template1"]) await database.exec(`drop database ${name}`)
  for (const statement of schema.statements) await database.exec(statement)
  for (const last of ["vacuum analyze", "select pg_switch_wal()", "checkpoint"]) await database.exec(last)
  await database.close()
}

/** The template as bytes, made in a temporary directory below `workspace`. Takes some five seconds. */
export const makeTemplate = async (workspace: string, schema: InitialSchema): Promise<Buffer> => {
  const pgdata = path.join(workspace, `pgdata.${randomBytes(6).toString("hex")}.new`)
  try {
    await initialise(pgdata, schema)
    return gzipSync(packTree(pgdata), { level: 9 })
  } finally {
    fs.rmSync(pgdata, { recursive: true, force: true })
  }
}

/** In one step: a reader sees the whole template or none. */
export const writeTemplate = (file: string, template: Buffer): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const aside = `${file}.${randomBytes(6).toString("hex")}.new`
  try {
    fs.writeFileSync(aside, template, { flag: "wx" })
    fs.renameSync(aside, file)
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/** A data directory at `pgdata`, whole or not at all, however this is interrupted. */
export const restoreTemplate = (template: Buffer, pgdata: string): void => {
  const aside = `${pgdata}.${randomBytes(6).toString("hex")}.new`
  fs.mkdirSync(aside, { mode: 0o700 })
  try {
    unpackTree(gunzipSync(template), aside)
    fs.renameSync(aside, pgdata)
  } finally {
    fs.rmSync(aside, { recursive: true, force: true })
  }
}

/** What interrupted first starts left beside `pgdata`. */
export const clearUnfinished = (directory: string): void => {
  for (const name of fs.readdirSync(directory)) {
    if (/^pgdata\.[0-9a-f]{12}\.new$/.test(name)) {
      fs.rmSync(path.join(directory, name), { recursive: true, force: true })
    }
  }
}
