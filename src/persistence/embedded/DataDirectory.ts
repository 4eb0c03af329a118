/** The files of a store: found, or made from a template. */

import * as fs from "node:fs"
import * as path from "node:path"
import { damaged } from "./Remedy.ts"
import * as Template from "./Template.ts"
import { startWorker } from "./WorkerThread.ts"

export interface DataOptions {
  readonly directory: string
  /** The schema of a store that is made now; older ones are the caller's to migrate. */
  readonly schema: Template.InitialSchema
  /** Where prepared templates are; `template/` of the package unless given. */
  readonly templateDirectory?: string
  /** Hears what takes a user's time. */
  readonly onNotice?: (text: string) => void
}

export const pgdataOf = (directory: string): string => path.join(directory, "pgdata")

/** A directory that no version control takes in. */
export const makeDirectory = (directory: string): void => {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const ignore = path.join(directory, ".gitignore")
  if (!fs.existsSync(ignore)) fs.writeFileSync(ignore, "*\n")
}

const makeInThread = (workspace: string, schema: Template.InitialSchema): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const worker = startWorker("TemplateWorker", { workerData: { workspace, schema } })
    for (const stream of [worker.stdout, worker.stderr]) stream.resume()
    worker.once("message", (bytes: Uint8Array) => resolve(Buffer.from(bytes)))
    worker.once("error", reject)
    worker.once("exit", (code) => reject(new Error(`the thread that ran initdb ended with code ${code}`)))
  })

const template = async (options: DataOptions): Promise<Buffer> => {
  const file = Template.templateFile(
    options.templateDirectory ?? Template.defaultTemplateDirectory(),
    options.schema,
  )
  if (fs.existsSync(file)) return fs.readFileSync(file)
  options.onNotice?.("preparing the embedded store for the first time; this takes some seconds")
  const made = await makeInThread(options.directory, options.schema)
  try {
    Template.writeTemplate(file, made)
  } catch {
    // Not writable (a package installed for all users): the next new store takes these seconds again.
  }
  return made
}

/** A directory that lacks it is damaged, and not taken for none: a new store would hide what is left of it. */
const versionIn = (pgdata: string): string => {
  const file = path.join(pgdata, "PG_VERSION")
  if (!fs.existsSync(file)) throw new Error(damaged(`no PG_VERSION in ${pgdata}`))
  const content = fs.readFileSync(file, "utf8").trim()
  if (!/^\d{1,4}$/.test(content))
    throw new Error(damaged(`${JSON.stringify(content.slice(0, 20))} in ${file}`))
  return content
}

/** True where the data directory was made now. */
export const prepareData = async (options: DataOptions): Promise<boolean> => {
  const pgdata = pgdataOf(options.directory)
  Template.clearUnfinished(options.directory)
  if (!fs.existsSync(pgdata)) {
    Template.restoreTemplate(await template(options), pgdata)
    return true
  }
  const found = versionIn(pgdata)
  if (found !== Template.postgresMajor) {
    throw new Error(
      `its data must be of Postgres ${Template.postgresMajor}, found ${found}; export its runs with the Lightcone that wrote it`,
    )
  }
  return false
}
