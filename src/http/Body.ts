/** The JSON of a request, of bounded size, as what it must be. */
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Limits from "../domain/Limits.ts"
import { InvalidField } from "./Answering.ts"

export class InvalidBody extends Data.TaggedError("InvalidBody")<{ readonly problem: string }> {
  readonly field = "body"
  override get message() {
    return `Cannot answer: the body ${this.problem}`
  }
}

export class BodyTooLarge extends Data.TaggedError("BodyTooLarge") {
  readonly field = "body"
  override get message() {
    return `Cannot answer: the body must have at most ${Limits.maxBodyBytes} bytes, found more`
  }
}

const bytes = (
  request: HttpServerRequest.HttpServerRequest,
): Effect.Effect<Buffer, InvalidBody | BodyTooLarge> =>
  Effect.gen(function* () {
    const chunks: Array<Uint8Array> = []
    let size = 0
    yield* request.stream.pipe(
      Stream.mapError(() => new InvalidBody({ problem: "must come whole, and was cut off" })),
      Stream.runForEach((chunk) => {
        size += chunk.length
        chunks.push(chunk)
        return size > Limits.maxBodyBytes ? Effect.fail(new BodyTooLarge()) : Effect.void
      }),
    )
    return Buffer.concat(chunks)
  })

const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType)

/** Browsers send JSON to strangers only after asking; so no form of another page gets this far. */
export const json = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.gen(function* () {
    if (!isJson(request.headers["content-type"]))
      return yield* new InvalidBody({ problem: "must be application/json, found another type" })
    const text = (yield* bytes(request)).toString("utf8")
    return yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: () =>
        new InvalidBody({
          problem: text === "" ? "must be JSON, found nothing" : "must be JSON, found something else",
        }),
    })
  })

export const decode =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (request: HttpServerRequest.HttpServerRequest) =>
    Effect.flatMap(json(request), (value) =>
      Effect.mapError(Schema.decodeUnknown(schema)(value), (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        const field = issue?.path.map(String).join(".") ?? ""
        return field === ""
          ? new InvalidBody({ problem: "must be an object" })
          : new InvalidField({ field, problem: issue!.message })
      }),
    )
