/** The routes as a page, made of the same definition as the handler and its OpenAPI document; no script, no network. */
import * as OpenApi from "@effect/platform/OpenApi"
import { api } from "./Api.ts"

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const style = `
:root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif;--link:#005a8f}
@media(prefers-color-scheme:dark){:root{background:#12151c;color:#e6e9f0;--link:#7fc4f5}}
a{color:var(--link)}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .4rem;text-transform:capitalize}
article{border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);padding:.7rem 0}
code{font-size:.95rem;overflow-wrap:anywhere}h3{margin:0;font-size:1rem;font-weight:600}p{margin:.3rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.4rem 0}dt{font-family:monospace}dd{margin:0}`

const words = (schema: unknown): string => {
  const { description } = schema as { readonly description?: string }
  return description === undefined ? "" : escaped(description)
}

interface Endpoint {
  readonly path: string
  readonly method: string
  readonly operation: OpenApi.OpenAPISpecOperation
}

const endpoint = ({ path, method, operation }: Endpoint): string => {
  const parameters = operation.parameters.map(
    ({ name, in: place, required, schema }) =>
      `<dt>${escaped(name)}</dt><dd>${place}${required ? "" : ", optional"}${words(schema) === "" ? "" : `: ${words(schema)}`}</dd>`,
  )
  const link =
    method === "get" && !path.includes("{")
      ? `<a href="${escaped(path)}">${escaped(path)}</a>`
      : escaped(path)
  return `<article><h3><code>${method.toUpperCase()} ${link}</code></h3><p>${escaped(operation.description ?? "")}</p>${parameters.length === 0 ? "" : `<dl>${parameters.join("")}</dl>`}</article>`
}

export const html = (): string => {
  const { info, paths } = OpenApi.fromApi(api)
  const groups = new Map<string, Array<Endpoint>>()
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const group = operation.tags[0] ?? ""
      groups.set(group, [...(groups.get(group) ?? []), { path, method, operation }])
    }
  const sections = [...groups].map(
    ([name, endpoints]) => `<section><h2>${escaped(name)}</h2>${endpoints.map(endpoint).join("")}</section>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}: the HTTP API</title><style>${style}</style></head>
<body><main><h1>${escaped(info.title)}: the HTTP API</h1><p>${escaped(info.description ?? "")} The same as <a href="/openapi.json">OpenAPI</a>; <a href="/">the page</a> asks it too.</p>
${sections.join("\n")}</main></body></html>
`
}

export const policy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
