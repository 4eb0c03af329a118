/**
 * `lightcone/handler`: the HTTP API for whatever calls a `fetch`, such as `deno serve` or a serverless platform. It
 * answers from the Postgres that DATABASE_URL names, and writes for those who bring LIGHTCONE_TOKEN.
 */
import * as Handler from "./http/Handler.ts"

export interface Options {
  /** What a request must bring to write; and to read, where it is given. Default: LIGHTCONE_TOKEN. */
  readonly token?: string
  /** Connections to the store, 1 unless given. */
  readonly connections?: number
  /** A stream of events ends after so many milliseconds, and is resumed by its client. */
  readonly eventStreamMs?: number
  /** Requests a second that are taken of one client. Default: LIGHTCONE_CLIENT_RATE, else 2,000. */
  readonly clientRate?: number
  /** Requests a second that are taken of all. Default: LIGHTCONE_TOTAL_RATE, else 10,000. */
  readonly totalRate?: number
  /** Behind a proxy: the header to which it appends the client's address. Default: LIGHTCONE_CLIENT_HEADER. */
  readonly clientHeader?: string
}

export interface Instance {
  /** What Deno's server tells beside the request says where it comes from. */
  readonly fetch: (
    request: Request,
    told?: { readonly remoteAddr?: { readonly hostname?: string } },
  ) => Promise<Response>
  /** Closes the connections. */
  readonly dispose: () => Promise<void>
}

export const make: (options?: Options) => Instance = Handler.make

const { fetch } = make()

export default { fetch }
