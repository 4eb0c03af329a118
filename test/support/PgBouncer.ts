/**
 * A real PgBouncer in transaction mode with a pool of two. No npm package ships one, so tests that need it
 * are in files of their own (`needsPgBouncer`), which the runner includes where the program is.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { findProgram } from "./Programs.ts"
import { freePort, giveAway, makeDirectory, removedAtExit, startServer } from "./Unprivileged.ts"

/** Test files that are only included where `pgBouncerPath()` finds the program. */
export const needsPgBouncer = "test/**/*.pgbouncer.test.ts"

export const pgBouncerPath = (): string | undefined => findProgram("pgbouncer")

export interface PgBouncer {
  readonly url: string
  readonly stop: () => Promise<void>
}

const escaped = (text: string): string => text.replaceAll('"', '""')

/** Starts a pooler before the server of `target`; its own URL has the same user, password and database. */
export const startPgBouncer = async (target: string): Promise<PgBouncer> => {
  const program = pgBouncerPath()
  if (program === undefined) throw new Error("PgBouncer is needed for this test: apt-get install pgbouncer")
  const { hostname, port, username, password } = new URL(target)
  const directory = makeDirectory("lightcone-pgb-")
  const remove = removedAtExit(directory)
  const users = join(directory, "users.txt")
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
  writeFileSync(users, `"${escaped(user)}" "${escaped(secret)}"\n`)
  const ownPort = await freePort()
  const config = join(directory, "pgbouncer.ini")
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: ownPort,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
    pool_mode: "transaction",
    default_pool_size: 2,
    max_client_conn: 200,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(config, `[databases]\n* = host=${hostname} port=${port}\n[pgbouncer]\n${lines.join("\n")}\n`)
  giveAway(directory)
  const server = await startServer(program, [config], /process up/)
  const url = new URL(target)
  url.port = String(ownPort)
  return { url: url.href, stop: () => server.end("SIGINT").then(remove) }
}
