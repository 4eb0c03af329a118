/**
 * Who may ask what. A token lets do everything. Without it nothing is changed, and nothing is read from beyond
 * loopback once there is a token. An instance that is bound to loopback answers to a name of loopback alone: a page
 * elsewhere whose name was made to lead here (DNS rebinding) gets nothing.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type { Problem } from "./Problem.ts"
import * as ServedPage from "./ServedPage.ts"

export interface AccessSettings {
  readonly token: string | undefined
  /** Bound to loopback; undefined where whoever calls the handler did not say. */
  readonly loopback: boolean | undefined
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest()

const isOf = (given: string, token: string): boolean => timingSafeEqual(hash(given), hash(token))

const bearer = (header: string | undefined): string | undefined => /^Bearer (\S+)$/i.exec(header ?? "")?.[1]

export const isLoopbackName = (host: string): boolean => {
  const name = host
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase()
  return name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name)
}

const reading = new Set(["GET", "HEAD", "OPTIONS"])

/** Says nothing of the store: that the instance lives, and the page, which asks as whoever opens it may. */
const open: ReadonlySet<string> = new Set(["/health", "/ready", ...ServedPage.paths])

const refused = (problem: string): Problem => ({
  status: 401,
  code: "Unauthorized",
  detail: `Cannot answer: ${problem}`,
  field: "authorization",
})

/** What is asked, and told, where a token is brought. */
export interface Attempts {
  /** Why no token is looked at now. */
  readonly refusal: () => Problem | undefined
  /** The token was a wrong one. */
  readonly failed: () => void
}

type Asked = Pick<HttpServerRequest.HttpServerRequest, "method" | "headers" | "url">

export const pathOf = (url: string): string => {
  const query = url.indexOf("?")
  return query === -1 ? url : url.slice(0, query)
}

export const isHealth = (url: string): boolean => pathOf(url) === "/health"

export const foreignHost = (
  { loopback }: AccessSettings,
  { headers }: Pick<Asked, "headers">,
): Problem | undefined =>
  loopback === true && headers.host !== undefined && !isLoopbackName(headers.host)
    ? {
        status: 403,
        code: "ForeignHost",
        detail:
          "Cannot answer: the host must be a name of loopback, as this instance listens there alone, found another",
        field: "host",
      }
    : undefined

const tokenRefusal = (
  token: string,
  authorization: string | undefined,
  attempts: Attempts,
): Problem | undefined => {
  const must = "the header authorization must be Bearer and the token, found"
  const given = bearer(authorization)
  if (given === undefined)
    return refused(`${must} ${authorization === undefined ? "nothing" : "another text"}`)
  const tooMany = attempts.refusal()
  if (tooMany !== undefined) return tooMany
  if (isOf(given, token)) return undefined
  attempts.failed()
  return refused(`${must} another text`)
}

/** Why a request is refused; undefined where it may go on. */
export const refusal = (settings: AccessSettings, asked: Asked, attempts: Attempts): Problem | undefined => {
  const { token, loopback } = settings
  const { method, headers, url } = asked
  const foreign = foreignHost(settings, asked)
  if (foreign !== undefined) return foreign
  if (open.has(pathOf(url))) return undefined
  if (token === undefined)
    return reading.has(method)
      ? undefined
      : refused(
          "what writes must bring a token, and this instance has none: LIGHTCONE_TOKEN must be set where it runs",
        )
  if (loopback === true && reading.has(method)) return undefined
  return tokenRefusal(token, headers.authorization, attempts)
}
