/**
 * What went wrong, as problem details (RFC 9457), in the words of the command line. What failed inside is not told to
 * strangers: it goes to the instance's own log.
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

export interface Problem {
  readonly status: number
  /** In words; tells what cannot be done, what must hold, and what was found. */
  readonly detail: string
  /** What kind of problem it is; the same for the same cause. */
  readonly code: string
  /** The part of the request that is at fault. */
  readonly field?: string
  /** When to ask again; 1 for whatever is away for a while. */
  readonly retryAfterSeconds?: number
  /** Where another method must be used: those that there are. */
  readonly allow?: string
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
}

/** By the tag of an error that is the request's fault: the status, and the field that named it. */
const faults: Readonly<Record<string, readonly [status: number, field?: string]>> = {
  UsageError: [400],
  InvalidField: [400],
  InvalidBody: [400],
  BodyTooLarge: [413],
  RunNotFound: [404, "run"],
  RunUnknown: [404, "run"],
  AmbiguousRun: [409, "run"],
  ProjectionUnknown: [404],
  QueryRefused: [400, "query"],
  QueryEnded: [400, "query"],
  NoReader: [404],
  KeyTaken: [409],
  RunHeld: [409, "run"],
  RecordContradicts: [409, "run"],
  LogContradicts: [409, "run"],
  TooManyEvents: [413, "run"],
  Busy: [503],
}

/** By the tag of an error of the store that tells what its administrator must do, and nothing else. */
const unready = new Set(["SchemaMissing", "SchemaTooNew", "NoStore"])

interface TaggedMessage {
  readonly _tag: string
  readonly message: string
  readonly field?: string
}

export const isTagged = (error: unknown): error is TaggedMessage =>
  error instanceof Error && typeof (error as { _tag?: unknown })._tag === "string"

/** The problem that an error is; undefined where it is a defect of ours. */
export const of = (error: TaggedMessage): Problem => {
  const { _tag: code, message: detail } = error
  const fault = faults[code]
  if (fault !== undefined) {
    const field = error.field ?? fault[1]
    return { status: fault[0], code, detail, ...(field === undefined ? {} : { field }) }
  }
  if (unready.has(code)) return { status: 503, code, detail }
  return {
    status: 503,
    code: "StoreUnavailable",
    detail: "Cannot answer: the store must answer, and did not; this instance's log says why",
  }
}

export const isInside = ({ code }: Problem): boolean => code === "StoreUnavailable"

export const body = ({ status, detail, code, field }: Problem) => ({
  type: "about:blank",
  title: titles[status] ?? "Problem",
  status,
  detail,
  code,
  ...(field === undefined ? {} : { field }),
})

/** An answer whose body is the problem. */
export const response = (problem: Problem): HttpServerResponse.HttpServerResponse => {
  const { status, allow } = problem
  const afterSeconds = problem.retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  return HttpServerResponse.unsafeJson(body(problem), {
    status,
    contentType: "application/problem+json",
    headers: {
      ...(afterSeconds === undefined ? {} : { "retry-after": String(afterSeconds) }),
      ...(allow === undefined ? {} : { allow }),
    },
  })
}
