/**
 * The API as one `fetch`: stateless, so that any number of instances answer from one store and any of them may die or be
 * frozen. It migrates nothing, listens on nothing, and has no timer between requests.
 */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Limits from "../domain/Limits.ts"
import { openTelemetry } from "../persistence/Environment.ts"
import * as Observation from "../telemetry/Observation.ts"
import * as Access from "./Access.ts"
import * as Admission from "./Admission.ts"
import { api } from "./Api.ts"
import { Busy } from "./AtOnce.ts"
import * as CausalityRoutes from "./CausalityRoutes.ts"
import * as Client from "./Client.ts"
import * as ClockRoutes from "./ClockRoutes.ts"
import * as DocumentationPage from "./DocumentationPage.ts"
import * as EventFeed from "./EventFeed.ts"
import * as EventRoutes from "./EventRoutes.ts"
import * as FileRoutes from "./FileRoutes.ts"
import * as HealthRoutes from "./HealthRoutes.ts"
import * as Methods from "./Methods.ts"
import * as Metrics from "./Metrics.ts"
import * as OpenStreams from "./OpenStreams.ts"
import * as Problem from "./Problem.ts"
import * as ProjectionRoutes from "./ProjectionRoutes.ts"
import * as RequestRoutes from "./RequestRoutes.ts"
import * as RunRoutes from "./RunRoutes.ts"
import * as ServedPage from "./ServedPage.ts"
import * as Settings from "./Settings.ts"
import * as SqlRoutes from "./SqlRoutes.ts"
import * as StoreAccess from "./StoreAccess.ts"
import * as TheoryRoutes from "./TheoryRoutes.ts"
import * as WholeLogs from "./WholeLogs.ts"

export interface HandlerOptions extends Settings.SettingsOptions {
  /** A store that is open; else the Postgres that DATABASE_URL names is opened by the first request that needs it. */
  readonly store?: StoreAccess.Store
  /** Connections to that Postgres. */
  readonly connections?: number
  /** Whom traces and metrics go to; else to whom the environment says, if it does. */
  readonly telemetry?: Observation.Telemetry | undefined
}

export interface Handler {
  /** Deno's server tells beside the request where it comes from. */
  readonly fetch: (request: Request, told?: Client.Told) => Promise<Response>
  /** Closes what the instance opened. */
  readonly dispose: () => Promise<void>
}

const isDecodeError = (error: unknown): error is HttpApiDecodeError =>
  (error as { readonly _tag?: unknown })._tag === "HttpApiDecodeError"

/** The first part of the request that is not as it must be. */
const undecodable = ({ issues, message }: HttpApiDecodeError): Problem.Problem => {
  const [issue] = issues
  const field = issue?.path.map(String).join(".")
  return {
    status: 400,
    code: "InvalidField",
    detail: `Cannot answer: ${field === undefined ? message : `${field} ${issue!.message}`}`,
    ...(field === undefined || field === "" ? {} : { field }),
  }
}

const unrouted = (method: string, path: string): Problem.Problem => ({
  status: 404,
  code: "RouteNotFound",
  detail: `Cannot answer: the path must be one of those that /openapi.json lists, found ${method} ${path.slice(0, 200)}`,
  field: "path",
})

/** A path that nobody routes, or not with this method. */
const routeless = ({ method, url }: HttpServerRequest.HttpServerRequest) => {
  const methods = Methods.of(Access.pathOf(url))
  if (methods === undefined || (method !== "OPTIONS" && methods.includes(method)))
    return Problem.response(unrouted(method, url))
  return method === "OPTIONS"
    ? HttpServerResponse.empty({ status: 204, headers: { allow: methods.join(", ") } })
    : Problem.response(Methods.notAllowed(method, methods))
}

/** Undefined where it is a defect. */
const toAnswer = (error: unknown, request: HttpServerRequest.HttpServerRequest) => {
  if (isDecodeError(error)) return Problem.response(undecodable(error))
  const tag = (error as { readonly _tag?: unknown } | undefined)?._tag
  return tag === "RouteNotFound" ? routeless(request) : undefined
}

const defect: Problem.Problem = {
  status: 500,
  code: "Defect",
  detail: "Cannot answer: this is a defect of Lightcone; the instance's log has the trace",
}

/** Nothing leaves but an answer. */
const problems = HttpMiddleware.make((app) =>
  Effect.catchAllCause(app, (cause) =>
    Effect.gen(function* () {
      if (Cause.isInterruptedOnly(cause)) return HttpServerResponse.empty({ status: 499 })
      const request = yield* HttpServerRequest.HttpServerRequest
      const answer = toAnswer(Cause.squash(cause), request)
      if (answer !== undefined) return answer
      yield* Effect.logError("a request met a defect", cause)
      return Problem.response(defect)
    }),
  ),
)

const busy = Problem.of(new Busy({ what: "requests", most: Limits.maxRequestsInWork }))

/** Asked before anything else. */
const admitted = (settings: Settings.SettingsShape) => {
  const { refusal } = Admission.make(settings)
  let inWork = 0
  const done = Effect.sync(() => {
    inWork--
  })
  return HttpMiddleware.make((app) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const refused = refusal(request)
      if (refused !== undefined) return Effect.succeed(Problem.response(refused))
      if (Access.isHealth(request.url)) return app
      if (inWork >= Limits.maxRequestsInWork) return Effect.succeed(Problem.response(busy))
      inWork++
      return Effect.ensuring(app, done)
    }),
  )
}

/** What a browser may do with an answer: nothing but show it. */
const safe = HttpMiddleware.make((app) =>
  Effect.map(app, (response) =>
    HttpServerResponse.setHeaders(response, {
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy":
        response.headers["content-security-policy"] ?? "default-src 'none'; frame-ancestors 'none'",
      ...(response.headers["cache-control"] === undefined ? { "cache-control": "no-store" } : {}),
    }),
  ),
)

/** What is around every route, the outermost last. */
const around =
  (counts: Metrics.Counts) =>
  (settings: Settings.SettingsShape) =>
  (app: HttpApp.Default): HttpApp.Default =>
    problems(app).pipe(admitted(settings), safe, Metrics.counting(counts))

/** The routes for people, beside /openapi.json for programs; neither describes itself. */
const documentation = HttpApiBuilder.Router.use((router) =>
  router.get(
    "/docs",
    Effect.sync(() =>
      HttpServerResponse.html(DocumentationPage.html()).pipe(
        HttpServerResponse.setHeader("content-security-policy", DocumentationPage.policy),
      ),
    ),
  ),
)

const routes = (counts: Metrics.Counts) =>
  Layer.mergeAll(
    HealthRoutes.layer,
    RunRoutes.layer,
    RequestRoutes.layer,
    EventRoutes.layer,
    ProjectionRoutes.layer,
    CausalityRoutes.layer,
    ClockRoutes.layer,
    FileRoutes.layer,
    SqlRoutes.layer,
    TheoryRoutes.layer,
    Metrics.layer(counts),
    documentation,
    ServedPage.layer,
  )

/** Requests are traced, and the counts go out, where somebody takes them. */
const observation = (given: Observation.Telemetry | undefined, counts: Metrics.Counts) =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const telemetry = given ?? (yield* Observation.open(yield* openTelemetry, (text) => console.warn(text)))
      if (telemetry === undefined) return Layer.empty
      telemetry.measure(counts.read)
      return Layer.merge(Layer.setTracer(telemetry.tracer), Layer.succeed(Observation.Observation, telemetry))
    }),
  )

export const make = (options: HandlerOptions = {}): Handler => {
  const access =
    options.store === undefined
      ? StoreAccess.layerFromEnvironment(options.connections ?? Limits.connectionsPerInstance)
      : StoreAccess.layerOf(options.store)
  const settings = Settings.layer(options)
  const counts = Metrics.make()
  const instance = Layer.mergeAll(access, settings, EventFeed.layer, OpenStreams.layer, WholeLogs.layer)
  const built = HttpApiBuilder.middlewareOpenApi({ path: "/openapi.json" }).pipe(
    Layer.provideMerge(HttpApiBuilder.api(api)),
    Layer.provide(routes(counts)),
    Layer.provideMerge(HttpApiBuilder.middleware(Effect.map(Settings.Settings, around(counts)))),
    Layer.provideMerge(HttpServer.layerContext),
    Layer.provideMerge(Logger.minimumLogLevel(LogLevel.Warning)),
    Layer.provide(instance),
    Layer.provideMerge(observation(options.telemetry, counts)),
  )
  const { handler, dispose } = HttpApiBuilder.toWebHandler(built)
  return {
    fetch: (request, told) => {
      if (told !== undefined) Client.remember(request, told)
      return handler(request)
    },
    dispose,
  }
}
