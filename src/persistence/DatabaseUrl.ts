/**
 * A database URL, decoded and checked before `pg` sees it.
 *
 * `pg`'s own parser takes `postgresql://u:p@ss#w@host/db` for the host `ss`, puts parts of the password
 * into its errors, and reads `mysql://` as Postgres on localhost. So nothing here hands a string on: the
 * text is split by libpq's grammar (the WHATWG `URL` was rejected: it forgives what must be named), and
 * whatever could belong to a password is never repeated. That is why a port is quoted only where an `@`
 * has shown that it cannot be the password, and no parameter after a `password=`.
 */

import { isIPv6 } from "node:net"
import { userInfo } from "node:os"
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { defaultPostgresPort, maxConnectTimeoutMs } from "../domain/Limits.ts"

/** libpq's meaning of each: https://www.postgresql.org/docs/current/libpq-ssl.html */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const
export type SslMode = (typeof sslModes)[number]

/** Where a store is and how it is reached. A `host` that starts with `/` is a directory of Unix sockets. */
export interface DatabaseUrl {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Redacted.Redacted<string> | undefined
  readonly database: string
  readonly sslmode: SslMode
  /** A file of certificates in PEM, or `system`; without it `~/.postgresql/root.crt` where that exists. */
  readonly sslrootcert: string | undefined
  readonly sslcert: string | undefined
  readonly sslkey: string | undefined
  readonly channelBinding: "disable" | "prefer" | "require"
  readonly applicationName: string | undefined
  readonly connectTimeoutMs: number | undefined
  /** `host:port/database`, fit for a terminal and a log. */
  readonly display: string
}

/** What stands in for parts that the URL leaves out, by the names of libpq's environment variables. */
export interface DatabaseEnvironment {
  readonly PGUSER?: string | undefined
  readonly PGPASSWORD?: string | undefined
  readonly PGSSLMODE?: string | undefined
  readonly PGSSLROOTCERT?: string | undefined
}

/** The URL cannot be used. Neither the fields nor the message hold any part of a password. */
export class InvalidDatabaseUrl extends Data.TaggedError("InvalidDatabaseUrl")<{
  readonly required: string
  readonly found: string
}> {
  override get message(): string {
    return `Cannot use the database URL: ${this.required}, found ${this.found}`
  }
}

const shape = "postgresql://user:password@host:5432/database"
const encoding = "percent-encode it (@ as %40, / as %2F, ? as %3F, # as %23, % as %25)"

const refusedParameters: Readonly<Record<string, string>> = {
  options: "start-up options do not pass a transaction-mode pooler",
  replication: "the store is not read by replication",
  service: "service files are not read",
  servicefile: "service files are not read",
  passfile: "password files are not read; set PGPASSWORD",
  hostaddr: "only host names the server",
  client_encoding: "the encoding is always UTF8",
  target_session_attrs: "one server is named, and it must take writes",
  load_balance_hosts: "one server is named",
  sslnegotiation: "TLS is always asked for by an SSLRequest",
  sslcrl: "revocation lists are not read",
  sslcrldir: "revocation lists are not read",
  sslpassword: "the file of sslkey must not be encrypted",
  sslcertmode: "a client certificate is sent where sslcert names one",
  sslsni: "the host name is always sent",
  sslcompression: "TLS compression is not supported",
  ssl_min_protocol_version: "Node decides the versions of TLS",
  ssl_max_protocol_version: "Node decides the versions of TLS",
  require_auth: "the server decides how it authenticates",
  requirepeer: "the owner of a socket is not checked",
  gssencmode: "GSSAPI is not supported",
  gsslib: "GSSAPI is not supported",
  gssdelegation: "GSSAPI is not supported",
  krbsrvname: "GSSAPI is not supported",
  keepalives: "keepalives are always on",
  keepalives_idle: "keepalives are always on",
  keepalives_interval: "keepalives are always on",
  keepalives_count: "keepalives are always on",
  tcp_user_timeout: "keepalives are always on",
}

const knownParameters = new Set([
  ...["host", "port", "user", "password", "dbname", "application_name", "fallback_application_name"],
  ...["connect_timeout", "sslmode", "ssl", "sslrootcert", "sslcert", "sslkey", "channel_binding"],
])

const fail = (required: string, found: string): never => {
  throw new InvalidDatabaseUrl({ required, found })
}

const decoded = (text: string, part: string): string => {
  let plain = ""
  try {
    plain = decodeURIComponent(text)
  } catch {
    fail(`every % in ${part} must begin two hexadecimal digits of UTF-8 (a % itself is %25)`, "another")
  }
  if (plain.includes("\0")) fail(`${part} must not hold the character zero`, "one")
  return plain
}

interface Parts {
  readonly user: string | undefined
  readonly password: string | undefined
  readonly authority: string
  readonly hasUser: boolean
  readonly path: string | undefined
  readonly query: string | undefined
}

const split = (text: string): Parts => {
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):\/\//i.exec(text)
  if (scheme === null)
    return fail(`it must be a URL such as ${shape}`, text === "" ? "no text" : "no scheme://")
  if (!/^postgres(ql)?$/i.test(scheme[1]!))
    fail("its scheme must be postgresql or postgres", `${scheme[1]}://`)
  const rest = text.slice(scheme[0].length)
  const end = rest.search(/[/?]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const at = rest.indexOf("@")
  if (at !== rest.lastIndexOf("@")) {
    fail(`@ must stand once, before the host; in a password, a name or a value ${encoding}`, "more than one")
  }
  if (at >= authority.length) {
    const sign = rest[authority.length] === "/" ? "a /" : "a ?"
    fail(`what stands before @ must hold no / or ?; in a password or a name ${encoding}`, sign)
  }
  if (rest.includes("#")) fail(`it must hold no #; in a password, a name or a value ${encoding}`, "one")
  const [before, host] = at < 0 ? [undefined, authority] : [rest.slice(0, at), authority.slice(at + 1)]
  const colon = before?.indexOf(":") ?? -1
  const tail = end < 0 ? "" : rest.slice(end)
  const question = tail.indexOf("?")
  return {
    user: (colon < 0 ? before : before!.slice(0, colon)) || undefined,
    password: colon < 0 ? undefined : before!.slice(colon + 1),
    authority: host,
    hasUser: before !== undefined,
    path: (question < 0 ? tail : tail.slice(0, question)).slice(1) || undefined,
    query: question < 0 ? undefined : tail.slice(question + 1),
  }
}

const parametersOf = (query: string | undefined): ReadonlyMap<string, string> => {
  const parameters = new Map<string, string>()
  for (const pair of (query ?? "").split("&").filter((part) => part !== "")) {
    const equals = pair.indexOf("=")
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals), "a parameter's name")
    const mayShow = !parameters.has("password") && /^[a-z_]{1,40}$/i.test(name)
    const shown = mayShow ? name : "one whose name is not repeated here"
    const refused = Object.hasOwn(refusedParameters, name) ? refusedParameters[name] : undefined
    if (refused !== undefined && mayShow) fail(`the parameter ${name} must be left out, as ${refused}`, name)
    if (!knownParameters.has(name)) {
      fail(`its parameters must be among ${[...knownParameters].join(", ")}`, shown)
    }
    if (equals < 0) fail(`the parameter ${name} must have a value`, "none")
    if (parameters.has(name)) fail("every parameter must be given once", `${name} twice`)
    parameters.set(name, decoded(pair.slice(equals + 1), `the parameter ${name}`))
  }
  return parameters
}

const splitPort = (authority: string): readonly [host: string, port: string | undefined] => {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(authority)
  if (bracketed !== null) {
    if (!isIPv6(bracketed[1]!)) fail("what stands in [ ] must be an IPv6 address", "something else")
    return [bracketed[1]!, bracketed[2]]
  }
  const colon = authority.indexOf(":")
  return colon < 0 ? [authority, undefined] : [authority.slice(0, colon), authority.slice(colon + 1)]
}

const portOf = (text: string | undefined, mayShow: boolean): number => {
  if (text === undefined || text === "") return defaultPostgresPort
  const port = Number(text)
  if (/^\d{1,9}$/.test(text) && port >= 1 && port <= 65_535) return port
  const found =
    mayShow && /^[\w.-]{1,20}$/.test(text) ? text : "something else (not shown, as it may be a password)"
  const hint = mayShow ? "" : `, and user:password must be followed by @host`
  return fail(`its port must be a whole number from 1 to 65535${hint}`, found)
}

const checkedHost = (host: string, mayShow: boolean): string => {
  if (host.includes(",")) fail("it must name one host", "several")
  if (host.startsWith("/") || isIPv6(host)) return host
  if (/^[\p{L}\p{N}_.-]+$/u.test(host)) return host
  const found = mayShow && /^[\x20-\x7e]{1,80}$/.test(host) ? host : "other characters"
  return fail("its host must be a name, an address or the directory of a Unix socket", found)
}

const choice = <A extends string>(
  name: string,
  value: string,
  choices: ReadonlyArray<A>,
  mayShow: boolean,
): A =>
  choices.find((known) => known === value) ??
  fail(`${name} must be ${choices.join(", ")}`, mayShow && /^[\w-]{1,30}$/.test(value) ? value : "another")

const sslmodeOf = (
  parameters: ReadonlyMap<string, string>,
  environment: DatabaseEnvironment,
  sslrootcert: string | undefined,
  mayShow: boolean,
): SslMode => {
  const ssl = parameters.get("ssl")
  if (ssl !== undefined) choice("ssl", ssl, ["true"], mayShow)
  const given =
    parameters.get("sslmode") ?? (ssl === undefined ? environment.PGSSLMODE || undefined : "require")
  const sslmode = given === undefined ? undefined : choice("sslmode", given, sslModes, mayShow)
  if (sslrootcert !== "system") return sslmode ?? "prefer"
  if (sslmode !== undefined && sslmode !== "verify-full") {
    fail("sslrootcert=system must go with sslmode=verify-full, as anyone can have a certificate", sslmode)
  }
  return "verify-full"
}

const operatingSystemUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return fail(
      `it must name a user, as ${shape} does, where the operating system has no name for ours`,
      "none",
    )
  }
}

const timeoutOf = (text: string | undefined, mayShow: boolean): number | undefined => {
  if (text === undefined || text === "0") return undefined
  const milliseconds = Number(text) * 1_000
  if (/^\d+$/.test(text) && milliseconds <= maxConnectTimeoutMs) return milliseconds
  const required = `connect_timeout must be whole seconds, at most ${maxConnectTimeoutMs / 1_000}`
  return fail(required, mayShow && /^[\w.-]{1,20}$/.test(text) ? text : "something else")
}

const databaseNameOf = (path: string | undefined): string | undefined => {
  if (path?.includes("/")) fail("the database's name must hold no / (one is written %2F)", "one")
  return path === undefined ? undefined : decoded(path, "the database's name")
}

const decode = (text: string, environment: DatabaseEnvironment): DatabaseUrl => {
  const parts = split(text.trim())
  const [hostText, portText] = splitPort(parts.authority)
  const authorityHost = checkedHost(decoded(hostText, "the host") || "localhost", parts.hasUser)
  const authorityPort = portOf(portText, parts.hasUser)
  const parameters = parametersOf(parts.query)
  const mayShow = !parameters.has("password")
  const host = checkedHost(parameters.get("host") || authorityHost, mayShow)
  const port = parameters.has("port") ? portOf(parameters.get("port"), mayShow) : authorityPort
  const userText = parts.user === undefined ? undefined : decoded(parts.user, "the user's name")
  const user = parameters.get("user") || userText || environment.PGUSER || operatingSystemUser()
  const passwordText = parts.password === undefined ? undefined : decoded(parts.password, "the password")
  const password = parameters.get("password") || passwordText || environment.PGPASSWORD || undefined
  const database = parameters.get("dbname") || databaseNameOf(parts.path) || user
  const sslrootcert = parameters.get("sslrootcert") || environment.PGSSLROOTCERT || undefined
  const binding = parameters.get("channel_binding") ?? "prefer"
  return {
    host,
    port,
    user,
    password: password === undefined ? undefined : Redacted.make(password),
    database,
    sslmode: sslmodeOf(parameters, environment, sslrootcert, mayShow),
    sslrootcert,
    sslcert: parameters.get("sslcert") || undefined,
    sslkey: parameters.get("sslkey") || undefined,
    channelBinding: choice("channel_binding", binding, ["disable", "prefer", "require"] as const, mayShow),
    applicationName:
      parameters.get("application_name") || parameters.get("fallback_application_name") || undefined,
    connectTimeoutMs: timeoutOf(parameters.get("connect_timeout"), mayShow),
    display: `${isIPv6(host) ? `[${host}]` : host}:${port}/${database}`,
  }
}

/**
 * Decodes a URL as libpq does: no user means `PGUSER` or the operating system's, no database the user's,
 * no host localhost, no port 5432, no sslmode `prefer`. `environment` is read by the caller.
 */
export const decodeDatabaseUrl = (
  text: string,
  environment: DatabaseEnvironment = {},
): Either.Either<DatabaseUrl, InvalidDatabaseUrl> =>
  Either.try({
    try: () => decode(text, environment),
    catch: (cause) => {
      if (cause instanceof InvalidDatabaseUrl) return cause
      throw cause
    },
  })
