/**
 * Who asks, as far as bounds go: the address that the server tells or, behind a proxy, the one that it appends to a
 * header that the instance was told to trust. All who cannot be told apart are one.
 */
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Limits from "../domain/Limits.ts"

/** Deno's server tells it beside the request, Node's of srvx on it. */
export interface Told {
  readonly remoteAddr?: { readonly hostname?: string }
}

const told = new WeakMap<object, string>()

/** Remembers what the server told beside the request. */
export const remember = (request: Request, info: Told | undefined): void => {
  const address = info?.remoteAddr?.hostname
  if (typeof address === "string") told.set(request, address)
}

const groups = (half: string): ReadonlyArray<string> => (half === "" ? [] : half.split(":"))

/** Who has one IPv6 address has the 2^64 of its network. */
const networkOf = (address: string): string => {
  const [head, tail] = address.toLowerCase().split("%")[0]!.split("::")
  const [before, after] = [groups(head!), groups(tail ?? "")]
  const zeros = Array<string>(Math.max(0, tail === undefined ? 0 : 8 - before.length - after.length)).fill(
    "0",
  )
  const first = [...before, ...zeros, ...after].slice(0, 4)
  return `${first.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`
}

export const keyOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const text = address.slice(0, Limits.maxAddressLength)
  return text.includes(":") ? networkOf(text) : text
}

/** The last of a list is what the nearest proxy saw; whatever stands before it the client may have made up. */
const lastOf = (list: string): string => list.slice(list.lastIndexOf(",") + 1).trim()

export const of = (request: object, proxied: string | undefined): string => {
  if (proxied !== undefined) return keyOf(lastOf(proxied))
  const address = told.get(request) ?? (request as { readonly ip?: unknown }).ip
  return typeof address === "string" ? keyOf(address) : ""
}

/** The same of a request that has come to the handler; `header` is the one to trust. */
export const ofAsked = (
  { source, headers }: Pick<HttpServerRequest.HttpServerRequest, "source" | "headers">,
  header: string | undefined,
): string => of(source as object, header === undefined ? undefined : headers[header])
