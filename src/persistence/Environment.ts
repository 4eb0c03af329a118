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

/** Those of OpenTelemetry; what they mean is its specification's to say. */
const ofOpenTelemetry = [
  [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "where traces and metrics go, by OTLP over HTTP as JSON; without it none do",
  ],
  ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "the same for traces alone, with its whole path"],
  ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "the same for metrics alone"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "what goes along, as name=value,name=value; also _TRACES_ and _METRICS_"],
  ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", undefined],
  ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", undefined],
  ["OTEL_SERVICE_NAME", "the service's name (default: lightcone)"],
  ["OTEL_RESOURCE_ATTRIBUTES", "what else is said of the process, as name=value,name=value"],
  ["OTEL_TRACES_SAMPLER", "always_on, always_off or traceidratio"],
  [
    "OTEL_TRACES_SAMPLER_ARG",
    "the share of traces that goes out, 0 to 1 (default: about ten messages a second)",
  ],
  ["OTEL_METRIC_EXPORT_INTERVAL", "milliseconds between metrics (default: 60000)"],
  ["OTEL_TRACES_EXPORTER", "none sends no traces"],
  ["OTEL_METRICS_EXPORTER", "none sends no metrics"],
  ["OTEL_SDK_DISABLED", "true sends nothing"],
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

const optional = (name: (typeof variables | typeof ofOpenTelemetry)[number][0]) =>
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

/** By their names, those that are set. */
export const openTelemetry: Effect.Effect<Readonly<Record<string, string | undefined>>> = Effect.orDie(
  Effect.map(
    Effect.forEach(ofOpenTelemetry, ([name]) =>
      Effect.map(optional(name), (value) => [name, value] as const),
    ),
    Object.fromEntries,
  ),
)

export const help = (): string => {
  const told = [...variables, ...ofOpenTelemetry].filter(([, means]) => means !== undefined)
  const width = Math.max(...told.map(([name]) => name.length))
  const lines = told.map(([name, means]) => `  ${name.padEnd(width)}  ${means}`)
  return `Environment variables:\n${lines.join("\n")}\n\n--database URL goes before all of them.\n`
}
