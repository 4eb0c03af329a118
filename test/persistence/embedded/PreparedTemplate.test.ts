import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { registry } from "../../../src/domain/projections/Registered.ts"
import { openEmbedded } from "../../../src/persistence/EmbeddedDatabase.ts"
import * as Template from "../../../src/persistence/embedded/Template.ts"
import { initialSchema } from "../../../src/persistence/InitialSchema.ts"
import * as Generations from "../../../src/persistence/projection/Generations.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

it("the checkout holds the template of today's schema and no other, so a first start needs no initdb", () => {
  const held = execFileSync("git", ["ls-files", "template"], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n")
  const wanted = basename(Template.templateFile(Template.defaultTemplateDirectory(), initialSchema))
  expect(held, "after a change of the schema: npm run prepare, and commit template/").toEqual([
    `template/${wanted}`,
  ])
})

it("the template has today's projections, so a first start makes no table", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lightcone-template-"))
  const looked = Effect.gen(function* () {
    const { db } = yield* openEmbedded({ directory, access: "write", onNotice: () => {} })
    return yield* Effect.promise(() => Generations.look(db, registry))
  })
  const { unmade, current } = await Effect.runPromise(Effect.scoped(looked))
  rmSync(directory, { recursive: true, force: true })
  const again = "after a change of a projection: remove the file in template/, npm run prepare, and commit it"
  expect(unmade, again).toEqual([])
  expect(current).toHaveLength(registry.length)
})
