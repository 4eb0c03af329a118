/** Every environment variable that Lightcone reads, in one place. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const variables = [
  ["LIGHTCONE_DATABASE_URL", "a Postgres instead of the embedded store; goes before DATABASE_URL"],
  ["DATABASE_URL", "the same, read if the one above is not set"],
  ["LIGHTCONE_DIRECT_URL", "a connection past the pooler, used for migrations alone"],
  ["LIGHTCONE_DIR", "where the embedded store lives (default: .lightcone)"],
  ["PGPASSWORD", "the password, if the URL has none"],
  ["PGSSLROOTCERT", "certificate authorities for TLS, if the URL names none"],
  ["LIGHTCONE_TOKEN", "what requests to the HTTP API must bring to write, and to read from beyond loopback"],
  ["LIGHTCONE_READER_URL", "a login that may only read, for SQL over HTTP; without it there is none"],
  ["LIGHTCONE_CLIENT_RATE", "requests a second that the HTTP API takes of one client (default: 2000)"],
  ["LIGHTCONE_TOTAL_RATE", "requests a second that an instance of it takes of all (default: 10000)"],
  ["LIGHTCONE_CLIENT_HEADER", "behind a proxy: the header to which it appends the client's address"],
  ["NO_COLOR", "no colours"],
] as const

export interface Environment {
  readonly databaseUrl: string | undefined
  readonly directUrl: string | undefined
  readonly directory: string
  readonly pgPassword: string | undefined
  readonly pgSslRootCert: string | undefined
  readonly token: string | undefined
  readonly readerUrl: string | undefined
  readonly clientRate: string | undefined
  readonly totalRate: string | undefined
  readonly clientHeader: string | undefined
}

const optional = (name: (typeof variables)[number][0]) =>
  Config.string(name).pipe(
    Config.option,
    Config.map((value) => Option.getOrUndefined(Option.filter(value, (text) => text !== ""))),
  )

export const environment: Effect.Effect<Environment> = Effect.orDie(
  Config.all({
    lightconeUrl: optional("LIGHTCONE_DATABASE_URL"),
    url: optional("DATABASE_URL"),
    directUrl: optional("LIGHTCONE_DIRECT_URL"),
    directory: optional("LIGHTCONE_DIR"),
    pgPassword: optional("PGPASSWORD"),
    pgSslRootCert: optional("PGSSLROOTCERT"),
    token: optional("LIGHTCONE_TOKEN"),
    readerUrl: optional("LIGHTCONE_READER_URL"),
    clientRate: optional("LIGHTCONE_CLIENT_RATE"),
    totalRate: optional("LIGHTCONE_TOTAL_RATE"),
    clientHeader: optional("LIGHTCONE_CLIENT_HEADER"),
  }).pipe(
    Config.map(({ lightconeUrl, url, directory, ...rest }) => ({
      ...rest,
      databaseUrl: lightconeUrl ?? url,
      directory: directory ?? ".lightcone",
    })),
  ),
)

export const help = (): string => {
  const width = Math.max(...variables.map(([name]) => name.length))
  const lines = variables.map(([name, means]) => `  ${name.padEnd(width)}  ${means}`)
  return `Environment variables:\n${lines.join("\n")}\n\n--database URL goes before all of them.\n`
}
