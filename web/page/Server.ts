/** Questions to the instance that served the page. */
import type { Forking } from "../../src/domain/ClockEvent.ts"
import * as Token from "./Token.ts"

/** What it answered instead. */
export class Refused extends Error {
  readonly status: number
  readonly field: string | undefined

  constructor(status: number, detail: string, field?: string) {
    super(detail)
    this.status = status
    this.field = field
  }
}

interface Problem {
  readonly detail?: unknown
  readonly field?: unknown
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const refusal = async (response: Response): Promise<Refused> => {
  const problem: Problem = await response.json().catch(() => ({}))
  const detail = text(problem.detail) ?? `The server answered ${response.status}.`
  return new Refused(response.status, detail, text(problem.field))
}

const ask = async (path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (init.signal?.aborted === true) throw error
    throw new Refused(0, "The server does not answer.")
  })
  if (!response.ok) throw await refusal(response)
  return response
}

const asked = (path: string, signal: AbortSignal | undefined): Promise<Response> =>
  ask(path, { headers: Token.headers(), ...(signal === undefined ? {} : { signal }) })

/** What the JSON holds is what the API says; a page of another version is asked for anew at each visit. */
export const get = async <A>(path: string, signal?: AbortSignal): Promise<A> =>
  (await asked(path, signal)).json()

export const post = async <A>(path: string, body: unknown): Promise<A> => {
  const headers = { "content-type": "application/json", ...Token.headers() }
  const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) })
  return response.json()
}

/** A run as `/runs` lists it. */
export interface ListedRun {
  readonly run: string
  readonly status: string
  readonly mode: string | null
  readonly seed: number | string | null
  readonly machines: number | null
  readonly events: number | string
  readonly started_at: string | null
  readonly finished_at: string | null
  /** Of a run that was requested: why it was not carried out so far. */
  readonly failure: string | null
  /** Of a run that goes on from another's log. */
  readonly parent: Forking | null
}

export interface ListedRuns {
  readonly runs: ReadonlyArray<ListedRun>
  /** Whether the store has others, older than these. */
  readonly areMore: boolean
}

/** The latest. */
export const latestRuns = async (most: number, signal?: AbortSignal): Promise<ListedRuns> => {
  const response = await asked(`/runs?limit=${most}`, signal)
  return { runs: await response.json(), areMore: response.headers.has("link") }
}

export const pathOf = (run: string): string => `/runs/${encodeURIComponent(run)}`

/** The same of one run. */
export const runOf = (run: string, signal?: AbortSignal): Promise<ListedRun> =>
  get(`${pathOf(run)}/status`, signal)
