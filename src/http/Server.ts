/** The handler on Node's own server, for as long as its scope lasts. */
import type * as http from "node:http"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { FastResponse, serve } from "srvx/node"
import * as Connections from "./Connections.ts"
import type { Handler } from "./Handler.ts"

export class CannotListen extends Data.TaggedError("CannotListen")<{
  readonly host: string
  readonly port: number
  readonly reason: string
}> {
  override get message() {
    return `Cannot listen on ${this.host}:${this.port}: the port must be free and the address one of this host's, found ${this.reason}`
  }
}

export interface Listening {
  readonly url: string
}

/**
 * Answers are made as such a Response while a server listens, whose small body goes out with its headers in one write
 * rather than as a web stream.
 */
const withFastAnswers = Effect.acquireRelease(
  Effect.sync(() => {
    const native = globalThis.Response
    globalThis.Response = FastResponse as unknown as typeof Response
    return native
  }),
  (native) =>
    Effect.sync(() => {
      globalThis.Response = native
    }),
)

/** Open answers, such as streams of events, are cut when it closes. */
export const listen = (
  handler: Pick<Handler, "fetch">,
  host: string,
  port: number,
  bounds: Connections.Bounds = Connections.bounds,
): Effect.Effect<Listening, CannotListen, Scope.Scope> =>
  Effect.zipRight(
    withFastAnswers,
    Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const server = serve({
            fetch: handler.fetch,
            hostname: host,
            port,
            silent: true,
            gracefulShutdown: false,
            manual: true,
            node: Connections.options(bounds),
          })
          Connections.bound(server.node!.server as http.Server, bounds)
          await server.serve()
          await server.ready()
          return server
        },
        catch: (error) =>
          new CannotListen({ host, port, reason: (error as NodeJS.ErrnoException).code ?? String(error) }),
      }),
      (server) => Effect.promise(() => server.close(true)),
    ),
  ).pipe(Effect.map((server) => ({ url: server.url! })))
