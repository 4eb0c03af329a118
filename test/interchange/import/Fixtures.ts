/** The files of a fixture, by their whole paths, in the order of their names. */
import { readdirSync } from "node:fs"
import { join } from "node:path"

const fixtures = join(import.meta.dirname, "fixtures")

export const filesOf = (fixture: string): ReadonlyArray<string> =>
  readdirSync(join(fixtures, fixture))
    .sort()
    .map((file) => join(fixtures, fixture, file))
