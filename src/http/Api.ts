/**
 * The routes, their parameters and answers, from which the handler, its OpenAPI description and its documentation are
 * made. Names and shapes are those of the command line's `--json`.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as Limits from "../domain/Limits.ts"
import { mustBe } from "../domain/Requirement.ts"
import { statuses } from "../persistence/RunCatalogue.ts"

/** Digits in a path or a query. */
const whole = (what: string, least: number, most: number) =>
  Schema.compose(
    mustBe(`${what} from ${least} to ${most}`, Schema.String, (text) => {
      const value = Number(text)
      return /^\d{1,16}$/.test(text) && value >= least && value <= most
    }),
    Schema.NumberFromString,
  )

const position = whole("a position", 0, Limits.maxPosition)

const pageSize = Schema.optional(whole("how many", 1, Limits.maxEventsPerAnswer))

const run = Schema.Struct({
  run: Schema.String.annotations({ description: "a run's name, a unique prefix of it, or latest" }),
})

/** As the tables of the command line's `--json` have it; documented there. */
const json = Schema.Unknown

const problem = (status: number, what: string) =>
  Schema.Struct({
    type: Schema.String,
    title: Schema.String,
    status: Schema.Number,
    detail: Schema.String,
    code: Schema.String,
    field: Schema.optional(Schema.String),
  })
    .pipe(HttpApiSchema.withEncoding({ kind: "Json", contentType: "application/problem+json" }))
    .annotations({
      ...HttpApiSchema.annotations({ status }),
      identifier: `Problem${status}`,
      description: what,
    })

const get = <const Name extends string>(name: Name, path: `/${string}`, description: string) =>
  HttpApiEndpoint.get(name, path).annotate(OpenApi.Description, description)

const health = HttpApiGroup.make("health", { topLevel: true })
  .annotate(OpenApi.Description, "Whether an instance lives, and whether it can answer.")
  .add(get("health", "/health", "This instance lives. Asks no store.").addSuccess(json))
  .add(get("ready", "/ready", "The store answers, and has this version's schema.").addSuccess(json))

const runs = HttpApiGroup.make("runs")
  .add(
    get(
      "list",
      "/runs",
      "The runs of the store, the latest first, a page at a time: the header Link names the next page where there is one.",
    )
      .setUrlParams(
        Schema.Struct({
          status: Schema.optional(mustBe(`one of ${statuses.join(", ")}`, Schema.Literal(...statuses))),
          limit: Schema.optional(whole("how many", 1, Limits.maxRunsPerAnswer)),
          after: Schema.optional(whole("what the page before says", 1, Limits.maxPosition)),
        }),
      )
      .addSuccess(json),
  )
  .add(
    get(
      "show",
      "/runs/:run",
      "A run's configuration, statistics, verdict and digest, and its prediction beside them.",
    )
      .setPath(run)
      .addSuccess(json),
  )
  .add(
    get("status", "/runs/:run/status", "A run as the list has it; reads nothing of its log.")
      .setPath(run)
      .addSuccess(json),
  )
  .add(
    get("verification", "/runs/:run/verification", "What the record proves, invariant by invariant.")
      .setPath(run)
      .addSuccess(json),
  )
  .add(get("prediction", "/runs/:run/prediction", "Theory beside measurement.").setPath(run).addSuccess(json))

/** Any settings of a run; the others are those of the command line, but that a run is virtual unless it says "real". */
const settings = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const requests = HttpApiGroup.make("requests")
  .add(
    HttpApiEndpoint.post("request", "/runs")
      .annotate(
        OpenApi.Description,
        "Asks for a run of these settings. A small virtual one is carried out at once (201); any other waits for lightcone work (202). The header idempotency-key names the same run whenever it comes again (200).",
      )
      .setPayload(settings)
      .addSuccess(json, { status: 200 })
      .addSuccess(json, { status: 201 })
      .addSuccess(json, { status: 202 })
      .addError(problem(409, "The key was used for a run of other settings.")),
  )
  .add(
    HttpApiEndpoint.post("stop", "/runs/:run/stop")
      .annotate(
        OpenApi.Description,
        "Asks whoever writes the run to stop it, so that it can be resumed; a request that nobody has taken up is closed.",
      )
      .setPath(run)
      .addSuccess(json, { status: 202 }),
  )

const events = HttpApiGroup.make("events").add(
  get(
    "events",
    "/runs/:run/events",
    "The log after a position, a page at a time; `next` is where the next page begins. As text/event-stream it is followed instead, an event a message whose id is the position; Last-Event-ID goes before `after`.",
  )
    .setPath(run)
    .setUrlParams(
      Schema.Struct({
        after: Schema.optional(position),
        limit: pageSize,
        machine: Schema.optional(whole("a machine", 0, Limits.maxVirtualMachines)),
      }),
    )
    .addSuccess(json),
)

const projections = HttpApiGroup.make("projections")
  .add(
    get("tables", "/runs/:run/projections", "The projections, and how far each has come in this run.")
      .setPath(run)
      .addSuccess(json),
  )
  .add(
    get(
      "rows",
      "/runs/:run/projections/:projection",
      "Rows of a projection, brought up to the run's head first where this instance may; `asOf` says how far they are.",
    )
      .setPath(Schema.Struct({ ...run.fields, projection: Schema.String }))
      .setUrlParams(Schema.Struct({ after: Schema.optional(Schema.String), limit: pageSize }))
      .addSuccess(json),
  )

const causality = HttpApiGroup.make("causality")
  .add(
    get(
      "why",
      "/runs/:run/why/:machine/:version",
      "What set the clock of an event, and the chain of causes behind it.",
    )
      .setPath(Schema.Struct({ ...run.fields, machine: Schema.String, version: Schema.String }))
      .addSuccess(json),
  )
  .add(
    get(
      "relate",
      "/runs/:run/relate",
      'Whether one event happened before another, with the path; of none, the smallest counterexample to "a smaller clock happened before".',
    )
      .setPath(run)
      .setUrlParams(Schema.Struct({ a: Schema.optional(Schema.String), b: Schema.optional(Schema.String) }))
      .addSuccess(json),
  )

const clocks = HttpApiGroup.make("clocks").add(
  get(
    "clocks",
    "/runs/:run/clocks",
    "Every clock over the same events: bytes of a stamp, false order, order against time, time to compute.",
  )
    .setPath(run)
    .addSuccess(json),
)

const text = (contentType: string) => HttpApiSchema.withEncoding(Schema.String, { kind: "Text", contentType })

const files = HttpApiGroup.make("files")
  .add(
    get("report", "/runs/:run/report", "One self-contained HTML page of the run.")
      .setPath(run)
      .addSuccess(text("text/html")),
  )
  .add(
    get("reports", "/report", "The same of several runs: `run` comes once for each, /report?run=A&run=B.")
      .setUrlParams(
        Schema.Struct({ run: Schema.optional(Schema.Union(Schema.String, Schema.Array(Schema.String))) }),
      )
      .addSuccess(text("text/html")),
  )
  .add(
    get(
      "export",
      "/runs/:run/export",
      "The run in a format of the field: jsonl, log, csv, shiviz, otlp or perfetto.",
    )
      .setPath(run)
      .setUrlParams(Schema.Struct({ format: Schema.optional(Schema.String) }))
      .addSuccess(text("application/octet-stream")),
  )

export const SqlQuery = Schema.Struct({
  query: mustBe(`a SELECT of at most ${Limits.maxSqlLength} characters`, Schema.String, (query) => {
    const { length } = query.trim()
    return length > 0 && length <= Limits.maxSqlLength && !query.includes("\0")
  }),
})

const sql = HttpApiGroup.make("sql").add(
  HttpApiEndpoint.post("sql", "/sql")
    .annotate(
      OpenApi.Description,
      "One SELECT over the tables of the schema lightcone, where this instance has a login that may only read.",
    )
    .setPayload(SqlQuery)
    .addSuccess(json),
)

const theory = HttpApiGroup.make("theory").add(
  get(
    "foretell",
    "/prediction",
    "What theory says of a configuration, before anything is run: its fixed points, queue growth and clock rates. `config` is JSON of any of its settings.",
  )
    .setUrlParams(Schema.Struct({ config: Schema.optional(Schema.String) }))
    .addSuccess(json),
)

const metrics = HttpApiGroup.make("metrics", { topLevel: true }).add(
  get("metrics", "/metrics", "What this instance has answered, in Prometheus' text format.").addSuccess(
    text("text/plain; version=0.0.4"),
  ),
)

export const api = HttpApi.make("lightcone")
  .annotate(OpenApi.Title, "Lightcone")
  .annotate(
    OpenApi.Description,
    "Runs of logical clocks: their events, what follows from these, and what theory says of them.",
  )
  .add(health)
  .add(runs)
  .add(requests)
  .add(events)
  .add(projections)
  .add(causality)
  .add(clocks)
  .add(files)
  .add(sql)
  .add(theory)
  .add(metrics)
  .addError(problem(400, "Something in the request must be otherwise; `field` names it."))
  .addError(problem(401, "What writes must bring the token."))
  .addError(problem(404, "There is no such thing."))
  .addError(problem(405, "The path is there, and takes the methods of the header Allow."))
  .addError(problem(413, "What is asked for is more than one request may have."))
  .addError(
    problem(429, "This client, or all, ask more often than is taken; Retry-After says when to ask again."),
  )
  .addError(
    problem(
      503,
      "The store does not answer, has another version's schema, or the instance has all hands full.",
    ),
  )
