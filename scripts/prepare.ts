/** Makes the template of the embedded store. Never fails an install: without one the first start makes it. */

import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const prepare = async (): Promise<void> => {
  const Template = await import("../src/persistence/embedded/Template.ts")
  const { initialSchema: schema } = await import("../src/persistence/Migrator.ts")
  const file = Template.templateFile(Template.defaultTemplateDirectory(), schema)
  if (existsSync(file)) return
  const workspace = mkdtempSync(join(tmpdir(), "lightcone-template-"))
  try {
    Template.writeTemplate(file, await Template.makeTemplate(workspace, schema))
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
}

await prepare().catch((cause: unknown) => {
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause)
  console.error(`no template of the embedded store was made; its first start will take longer: ${reason}`)
})
