/**
 * libpq's meaning of `sslmode` in the terms of Node's TLS. `pg` has a meaning of its own: it reads
 * `require` as `verify-full`, which no private authority passes, and warns about it; so it is given the
 * options made here and never a word of the URL.
 */

import { readFile, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import type { DatabaseUrl } from "./DatabaseUrl.ts"
import { StoreRefused } from "./StoreError.ts"

/** Plain text, or TLS with these options. */
export type Transport = false | tls.ConnectionOptions

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const read = (parameter: string, path: string, url: DatabaseUrl): Effect.Effect<Buffer, StoreRefused> =>
  Effect.tryPromise({
    try: () => readFile(path),
    catch: (cause) =>
      new StoreRefused({
        where: url.display,
        reason: cause instanceof Error ? cause.message : String(cause),
        remedy: `the file of ${parameter} must be readable`,
        cause,
      }),
  })

/** Node's own roots, and where Node can tell (from 22.15) the operating system's. */
const systemRoots = (): Array<string> => {
  const { getCACertificates } = tls as { getCACertificates?: (kind: string) => ReadonlyArray<string> }
  return [...tls.rootCertificates, ...(getCACertificates?.("system") ?? [])]
}

const noRootFound = (url: DatabaseUrl, path: string): StoreRefused =>
  new StoreRefused({
    where: url.display,
    reason: `no ${path}`,
    remedy: `sslmode=${url.sslmode} must have a root certificate (sslrootcert=FILE, or sslrootcert=system for public authorities)`,
    cause: undefined,
  })

const clientCertificate = (url: DatabaseUrl, folder: string) =>
  Effect.gen(function* () {
    const certificate = url.sslcert ?? join(folder, "postgresql.crt")
    const key = url.sslkey ?? join(folder, "postgresql.key")
    if (url.sslcert === undefined && !(yield* Effect.promise(() => exists(certificate)))) return {}
    return { cert: yield* read("sslcert", certificate, url), key: yield* read("sslkey", key, url) }
  })

const encrypted = (url: DatabaseUrl, folder: string): Effect.Effect<tls.ConnectionOptions, StoreRefused> =>
  Effect.gen(function* () {
    const client = yield* clientCertificate(url, folder)
    if (url.sslmode === "prefer" || url.sslmode === "allow") return { ...client, rejectUnauthorized: false }
    const path = url.sslrootcert ?? join(folder, "root.crt")
    const given = url.sslrootcert !== undefined || (yield* Effect.promise(() => exists(path)))
    if (!given && url.sslmode !== "require") return yield* noRootFound(url, path)
    if (!given) return { ...client, rejectUnauthorized: false }
    const ca = path === "system" ? systemRoots() : yield* read("sslrootcert", path, url)
    const anyName = url.sslmode === "verify-full" ? {} : { checkServerIdentity: () => undefined }
    return { ...client, ca, rejectUnauthorized: true, ...anyName }
  })

/**
 * The transports to try, in order. `require` with a root certificate verifies the chain as `verify-ca`
 * does; an `sslrootcert` that cannot be read is refused rather than, as by libpq, passed over.
 */
export const transportsFor = (
  url: DatabaseUrl,
  home: string = homedir(),
): Effect.Effect<readonly [Transport, ...ReadonlyArray<Transport>], StoreRefused> => {
  if (url.sslmode === "disable" || url.host.startsWith("/")) return Effect.succeed([false])
  return Effect.map(encrypted(url, join(home, ".postgresql")), (options) => {
    if (url.sslmode === "prefer") return [options, false]
    return url.sslmode === "allow" ? [false, options] : [options]
  })
}

/**
 * Whether the other transport may do better: TLS that failed, or a pg_hba.conf that has no line for this
 * one. A wrong password is the same over both, and a host that does not answer as well.
 */
export const isTransportRefused = (cause: unknown): boolean => {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown }
  if (code === "28000") return true
  if (typeof code === "string" && /^(?:ERR_(?:SSL|TLS)|EPROTO$|ECONNRESET$)/.test(code)) return true
  return typeof message === "string" && /\bSSL\b|\bTLS\b|SSL required/i.test(message)
}
