/**
 * Which requests an instance takes in: so many a second of one client and of all, so many in work at once, and few with
 * a wrong token. A right one does not open again what wrong ones closed, or a guess that hits would be let in.
 * Whether the instance lives is told whatever else goes on.
 */
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Limits from "../domain/Limits.ts"
import * as Access from "./Access.ts"
import * as Client from "./Client.ts"
import type { Problem } from "./Problem.ts"
import type { SettingsShape } from "./Settings.ts"
import { TokenBucket, TokenBuckets } from "./TokenBucket.ts"

/** After so long a second's worth has come together again. */
const burstSeconds = 2

const rate = (perSecond: number) => ({ perSecond, burst: perSecond * burstSeconds })

const tooMany = (field: string, what: string, waitMs: number): Problem => {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return {
    status: 429,
    code: "TooManyRequests",
    detail: `Cannot answer: ${what}, found more; ask again in ${retryAfterSeconds} s`,
    field,
    retryAfterSeconds,
  }
}

export interface Admission {
  /** Why a request is refused; undefined where it may go on. */
  readonly refusal: (request: HttpServerRequest.HttpServerRequest) => Problem | undefined
}

export const make = (settings: SettingsShape, now: () => number = () => performance.now()): Admission => {
  const { clientRate, totalRate, clientHeader, misconfigured } = settings
  const total = new TokenBucket(rate(totalRate), now())
  const clients = new TokenBuckets(rate(clientRate), Limits.maxClientsRemembered)
  const wrongTokens = new TokenBuckets(
    { perSecond: Limits.wrongTokensPerSecond, burst: Limits.wrongTokensAtOnce },
    Limits.maxClientsRemembered,
  )
  const rateRefusal = (who: string, nowMs: number): Problem | undefined => {
    const ofClientMs = clients.take(who, nowMs)
    if (ofClientMs > 0)
      return tooMany("client", `one client must ask at most ${clientRate} times a second`, ofClientMs)
    const ofAllMs = total.take(nowMs)
    return ofAllMs > 0
      ? tooMany("instance", `an instance must be asked at most ${totalRate} times a second`, ofAllMs)
      : undefined
  }

  const attempts = (who: string, nowMs: number): Access.Attempts => ({
    refusal: () => {
      const waitMs = wrongTokens.waitMs(who, nowMs)
      return waitMs > 0
        ? tooMany(
            "authorization",
            `one client must bring at most ${Limits.wrongTokensAtOnce} wrong tokens, and then one each ${1 / Limits.wrongTokensPerSecond} s`,
            waitMs,
          )
        : undefined
    },
    failed: () => {
      wrongTokens.take(who, nowMs)
    },
  })

  return {
    refusal: (request) => {
      if (Access.isHealth(request.url)) return Access.foreignHost(settings, request)
      if (misconfigured !== undefined)
        return { status: 503, code: "Misconfigured", detail: `Cannot answer: ${misconfigured}` }
      const [who, nowMs] = [Client.ofAsked(request, clientHeader), now()]
      return rateRefusal(who, nowMs) ?? Access.refusal(settings, request, attempts(who, nowMs))
    },
  }
}
