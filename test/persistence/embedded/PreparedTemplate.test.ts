import { execFileSync } from "node:child_process"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import * as Template from "../../../src/persistence/embedded/Template.ts"
import { initialSchema } from "../../../src/persistence/InitialSchema.ts"

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
