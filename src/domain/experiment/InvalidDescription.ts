/** What does not hold in a description, and where. */
import * as Data from "effect/Data"

/** What does not hold, and where in the document: a path such as `settings[1].sides`. */
export interface Problem {
  readonly path: string
  readonly problem: string
}

export class InvalidDescription extends Data.TaggedError("InvalidDescription")<{
  readonly problems: ReadonlyArray<Problem>
}> {
  override get message() {
    return this.problems.map(({ path, problem }) => (path === "" ? problem : `${path} ${problem}`)).join("\n")
  }
}

/** A path as it is written in JavaScript. */
export const pathOf = (keys: ReadonlyArray<PropertyKey>): string =>
  keys.reduce<string>((path, key) => {
    if (typeof key === "number") return `${path}[${key}]`
    return path === "" ? String(key) : `${path}.${String(key)}`
  }, "")

export const problem = (path: ReadonlyArray<PropertyKey>, text: string): InvalidDescription =>
  new InvalidDescription({ problems: [{ path: pathOf(path), problem: text }] })
