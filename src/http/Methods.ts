/** What may be asked of a path, for who asks something else of it. */
import * as OpenApi from "@effect/platform/OpenApi"
import { api } from "./Api.ts"
import type { Problem } from "./Problem.ts"
import * as ServedPage from "./ServedPage.ts"

/** Of people and programs; no part of the API's own description. */
const undescribed = [...ServedPage.paths, "/docs", "/openapi.json"]

interface Known {
  readonly path: RegExp
  readonly methods: ReadonlyArray<string>
}

const expression = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`)

/** Whoever may get something may ask about it. */
const withHead = (methods: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])),
  "OPTIONS",
]

let known: ReadonlyArray<Known> | undefined

const all = (): ReadonlyArray<Known> => {
  known ??= [
    ...Object.entries(OpenApi.fromApi(api).paths).map(([path, methods]) => ({
      path: expression(path),
      methods: withHead(Object.keys(methods).map((method) => method.toUpperCase())),
    })),
    ...undescribed.map((path) => ({ path: expression(path), methods: withHead(["GET"]) })),
  ]
  return known
}

/** Undefined where there is no such path. */
export const of = (path: string): ReadonlyArray<string> | undefined =>
  all().find((one) => one.path.test(path))?.methods

export const notAllowed = (method: string, methods: ReadonlyArray<string>): Problem => ({
  status: 405,
  code: "MethodNotAllowed",
  detail: `Cannot answer: the method must be ${methods.join(" or ")} on this path, found ${JSON.stringify(method.slice(0, 40))}`,
  field: "method",
  allow: methods.join(", "),
})
