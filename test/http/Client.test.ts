import { describe, expect, it } from "vitest"
import * as Client from "../../src/http/Client.ts"

describe("a client", () => {
  const alike: ReadonlyArray<readonly [one: string, other: string, same: boolean]> = [
    ["192.0.2.1", "::ffff:192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["2001:db8::1", "2001:0DB8:0:0:ffff::2", true],
    ["2001:db8::1", "2001:db8:0:1::1", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["fe80::1%eth0", "fe80::2", true],
  ]
  for (const [one, other, same] of alike)
    it(`${one} and ${other} are ${same ? "one" : "two"}`, () =>
      expect(Client.keyOf(one) === Client.keyOf(other)).toBe(same))

  it("is whom the nearest proxy saw, whatever the client put before it", () => {
    const request = Object.assign(new Request("http://localhost"), { ip: "192.0.2.9" })
    expect(Client.of(request, "6.6.6.6, 198.51.100.7")).toBe("198.51.100.7")
    expect(Client.of(request, undefined)).toBe("192.0.2.9")
  })

  it("is whom the server tells beside the request", () => {
    const request = new Request("http://localhost")
    Client.remember(request, { remoteAddr: { hostname: "192.0.2.3" } })
    expect(Client.of(request, undefined)).toBe("192.0.2.3")
    expect(Client.of(new Request("http://localhost"), undefined)).toBe("")
  })

  it("has a name of bounded length", () => {
    expect(Client.of({}, "x".repeat(10_000)).length).toBeLessThan(100)
    expect(Client.of({}, "a:".repeat(10_000)).length).toBeLessThan(100)
  })
})
