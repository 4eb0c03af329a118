import { expect, it } from "vitest"
import { Address } from "../../src/domain/Causality.ts"

it("an address is machine/version as it is written, and nothing else", () => {
  expect(Address.parse("2/17")).toEqual({ machine: 2, version: 17 })
  expect(Address.parse("0/1")).toEqual({ machine: 0, version: 1 })
  expect(Address.parse("2147483647/2147483647")).toEqual({ machine: 2147483647, version: 2147483647 })
  const others = [
    "",
    "7",
    "1-41",
    "1/041",
    "01/4",
    "1/0",
    "-1/4",
    "1/4/5",
    " 1/4",
    "1/4\n",
    "1.0/4",
    "1e2/4",
    "١/٤",
  ]
  for (const text of [...others, "2147483648/1", "1/2147483648", "1/99999999999"])
    expect([text, Address.parse(text)]).toEqual([text, undefined])
})
