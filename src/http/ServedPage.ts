/**
 * The page at `/`: a shell without data, whose script asks the same API as anybody. Its policy lets a browser run
 * that script alone and ask this instance alone.
 */
import { createHash } from "node:crypto"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as WebAsset from "./WebAsset.ts"

/** Two cones that meet. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 3H28L16 16Z" fill="#cc4f00"/><path d="M4 29H28L16 16Z" fill="#0072b2"/></svg>',
)}`

/** Where it and what it is made of are; whoever opens it needs nothing for that. */
export const paths = ["/", "/page.js", "/page.css"] as const

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Lightcone</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<noscript><p>This page needs its script. Without one: <code>lightcone runs</code>, <code>lightcone report RUN</code>, or <a href="/docs">the HTTP API</a>.</p></noscript>
</body>
</html>
`

/** Charts bring a style of their own. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Asked for again at each visit, and sent again when it is another. */
const answer = (text: string, contentType: string) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => {
    const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`
    const kept = { etag, "cache-control": "no-cache", "content-security-policy": policy }
    return headers["if-none-match"] === etag
      ? HttpServerResponse.empty({ status: 304, headers: kept })
      : HttpServerResponse.text(text, { contentType: `${contentType}; charset=utf-8`, headers: kept })
  })

export const layer = HttpApiBuilder.Router.use((router) =>
  Effect.gen(function* () {
    const asset = yield* Effect.cached(WebAsset.load("page"))
    yield* router.get("/", answer(html, "text/html"))
    yield* router.get(
      "/page.js",
      Effect.flatMap(asset, ({ script }) => answer(script, "text/javascript")),
    )
    yield* router.get(
      "/page.css",
      Effect.flatMap(asset, ({ style }) => answer(style, "text/css")),
    )
  }),
)
