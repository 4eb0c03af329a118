/**
 * What a store can do to us, whatever statement met it. Translated once, here; all of it is exit code 3.
 * A statement's own fault (a unique violation, a syntax error) is none of these and stays with its query.
 */
import * as Data from "effect/Data"
import * as Quoting from "./Quoting.ts"

/** Where a store is, and as whom it is reached. */
export interface StorePlace {
  readonly display: string
  readonly user: string
}

interface StoreProblem {
  /** `host:port/database`. */
  readonly where: string
  readonly reason: string
  readonly cause: unknown
}

/** Nothing answers, or what answered went away. Trying again may help. */
export class StoreUnreachable extends Data.TaggedError("StoreUnreachable")<StoreProblem> {
  override get message(): string {
    return `Cannot reach the store at ${this.where}: a Postgres must accept connections there, found ${this.reason}`
  }
}

/** The store answers and will not have us: password, pg_hba.conf, database, certificate, protocol. */
export class StoreRefused extends Data.TaggedError("StoreRefused")<
  StoreProblem & { readonly remedy: string }
> {
  override get message(): string {
    return `Cannot use the store at ${this.where}: ${this.remedy}, found ${this.reason}`
  }
}

/** The role may not do what Lightcone needs; `grant` is the statement that its administrator runs. */
export class StoreLacksRights extends Data.TaggedError("StoreLacksRights")<
  StoreProblem & { readonly grant: string }
> {
  override get message(): string {
    return `Cannot work in the store at ${this.where}: its administrator must run ${this.grant}, found ${this.reason}`
  }
}

/** The store has no connection, memory or disk left for us. Trying again may help. */
export class StoreBusy extends Data.TaggedError("StoreBusy")<StoreProblem> {
  override get message(): string {
    return `Cannot use the store at ${this.where} now: it must have room for us, found ${this.reason}`
  }
}

export type StoreError = StoreUnreachable | StoreRefused | StoreLacksRights | StoreBusy

const networkCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
  ...["EHOSTDOWN", "ENETDOWN", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "ENOENT", "EACCES", "ENOTSOCK"],
])

const outageStates = new Set([
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
])

const outageTexts =
  /connection (?:timeout|terminated|error)|timeout expired|after calling end on the pool|server_login_retry|cannot connect to server|server closed|server conn crashed|client was closed/i

const busyTexts = /timeout exceeded when trying to connect|no more connections allowed|query_wait_timeout/i

const certificateTexts = /certificate|\bcert\b|UnknownIssuer|NotValidForName/i

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const described = (cause: unknown): { readonly code: string; readonly reason: string } => {
  if (typeof cause !== "object" || cause === null) return { code: "", reason: textOf(cause) }
  const { code, message, errors } = cause as { code?: unknown; message?: unknown; errors?: unknown }
  const attempts = Array.isArray(errors) ? errors.map((attempt) => described(attempt).reason) : []
  const reason = textOf(message) || attempts.join(" and ") || textOf(code)
  return { code: textOf(code), reason: reason.trim().replace(/\s*\n\s*/g, "; ") }
}

const quoted = (name: string): string => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : Quoting.identifier(name))

const rightsOn = (kind: string, name: string): string => {
  if (kind === "schema") return `USAGE, CREATE ON SCHEMA ${quoted(name)}`
  if (kind === "database") return `CREATE ON DATABASE ${quoted(name)}`
  if (kind === "sequence") return `USAGE, SELECT ON SEQUENCE lightcone.${quoted(name)}`
  if (kind === "function" || kind === "procedure") return `EXECUTE ON ROUTINE lightcone.${quoted(name)}`
  // Whoever writes events has no right to change or delete them.
  if (name === "log") return "SELECT, INSERT ON lightcone.log"
  return `SELECT, INSERT, UPDATE, DELETE ON lightcone.${quoted(name)}`
}

const grantFor = (reason: string, user: string): string => {
  const role = quoted(user)
  const denied = /permission denied (?:for|to) (.+?)(?: "?([^"\s]+)"?)?$/.exec(reason)
  const owner =
    /must be owner of (?:materialized )?(schema|table|view|sequence|function) "?([^"\s]+)"?$/.exec(reason)
  if (owner !== null) {
    const object = owner[1] === "schema" ? quoted(owner[2]!) : `lightcone.${quoted(owner[2]!)}`
    return `ALTER ${owner[1]!.toUpperCase()} ${object} OWNER TO ${role};`
  }
  const kinds = /^(schema|database|sequence|function|procedure|table|view|relation|materialized view)$/
  if (denied?.[2] !== undefined && kinds.test(denied[1]!))
    return `GRANT ${rightsOn(denied[1]!, denied[2])} TO ${role};`
  return `GRANT USAGE, CREATE ON SCHEMA lightcone TO ${role};`
}

const certificateRemedy = (code: string, reason: string): string => {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || /NotValidForName/i.test(reason)) {
    return "its certificate must be for the host of the URL (sslmode=verify-ca does not look at the name)"
  }
  if (/EXPIRED|NOT_YET_VALID/i.test(code)) return "its certificate must be valid today"
  return "its certificate must be signed by an authority that we know (name the file of its certificate with sslrootcert=FILE)"
}

const refusalRemedies: Readonly<Record<string, string>> = {
  "28P01": "the user's password must be right",
  "28000": "its pg_hba.conf must admit this user, host and sslmode",
  "3D000": "the database must exist (createdb makes it)",
}

const remedyFor = (code: string, reason: string): string | undefined => {
  const remedy = Object.hasOwn(refusalRemedies, code) ? refusalRemedies[code] : undefined
  if (remedy !== undefined) return remedy
  if (/^[0-9A-Z]{5}$/.test(code) && code !== "08P01" && code !== "EPROTO") return undefined
  if (/does not support SSL connections/.test(reason))
    return "it must offer TLS, or the URL say sslmode=disable"
  if (certificateTexts.test(reason) || /CERT/.test(code)) return certificateRemedy(code, reason)
  if (/^ERR_SSL|^EPROTO$/.test(code) || /establishing an SSL|TLS/.test(reason))
    return "its TLS must agree with ours"
  if (/^SASL|password|authentication/i.test(reason)) return "the user's password must be right"
  if (/no such (?:database|user)/i.test(reason)) return "the pooler must know the database and the user"
  return undefined
}

/**
 * The store's condition behind a failure, or undefined where the failure is the statement's own.
 * `where` may be the bare `display`; with the user as well, a GRANT names its role.
 */
export const storeError = (cause: unknown, where: string | StorePlace): StoreError | undefined => {
  if (isStoreError(cause)) return cause
  const place = typeof where === "string" ? { display: where, user: "our_role" } : where
  const { code, reason } = described(cause)
  const problem = { where: place.display, reason, cause }
  if (code === "42501") return new StoreLacksRights({ ...problem, grant: grantFor(reason, place.user) })
  if (/^53/.test(code) || busyTexts.test(reason)) return new StoreBusy(problem)
  if (networkCodes.has(code) || outageStates.has(code) || outageTexts.test(reason))
    return new StoreUnreachable(problem)
  const remedy = remedyFor(code, reason)
  return remedy === undefined ? undefined : new StoreRefused({ ...problem, remedy })
}

/** As `storeError`, for a failure to connect: what is nothing else is a refusal. */
export const connectionError = (cause: unknown, place: StorePlace): StoreError =>
  storeError(cause, place) ??
  new StoreRefused({
    where: place.display,
    reason: described(cause).reason,
    remedy: "it must be a Postgres that lets us in",
    cause,
  })

export const isStoreError = (value: unknown): value is StoreError =>
  value instanceof StoreUnreachable ||
  value instanceof StoreRefused ||
  value instanceof StoreLacksRights ||
  value instanceof StoreBusy

/** What to tell of a failed statement: the store's condition where it is one, otherwise the driver's words. */
export const reasonOf = (cause: unknown): string => {
  const problem = isStoreError(cause) ? cause : storeError(cause, "the store")
  if (problem?._tag === "StoreLacksRights")
    return `${problem.reason}; its administrator must run ${problem.grant}`
  const { code, reason } = described(cause)
  return damageStates.has(code) ? `${reason}; ${damageRemedy}` : reason
}

/** Damaged rows or indexes, and files that the store cannot read or that are missing. */
const damageStates = new Set(["XX001", "XX002", "58030", "58P01"])
const damageRemedy =
  "the store's files are damaged: put back a copy of the directory or a backup of the database"

/** A violated constraint or a value that no column takes is a defect of ours, and no second try mends it. */
export const isOurDefect = (cause: unknown): boolean => /^2[23]/.test(described(cause).code)
