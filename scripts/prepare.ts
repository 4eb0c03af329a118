/** Makes the template of the embedded store and tries it out. Never fails an install: without one the first start makes it. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** Templates of older schemas would only be packed along. */
const removeOthers = (file: string): void => {
  const directory = dirname(file)
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory))
    if (name.startsWith("pgdata-") && join(directory, name) !== file) rmSync(join(directory, name))
}

const prepare = async (): Promise<void> => {
  const Template = await import("../src/persistence/embedded/Template.ts")
  const { initialSchema: schema } = await import("../src/persistence/InitialSchema.ts")
  const file = Template.templateFile(Template.defaultTemplateDirectory(), schema)
  removeOthers(file)
  if (existsSync(file)) return
  const workspace = mkdtempSync(join(tmpdir(), "lightcone-template-"))
  try {
    Template.writeTemplate(file, await Template.makeTemplate(workspace, schema))
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
}

/**
 * Opens a store of that template once and lets it go: the template is seen to work, and what the first run loads
 * has been translated by then, which takes a second that the first run need not.
 */
const tryOut = async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), "lightcone-prepare-"))
  try {
    const [{ runPromise, scoped }, { openEmbedded }] = await Promise.all([
      import("effect/Effect"),
      import("../src/persistence/EmbeddedDatabase.ts"),
      import("../src/cli/Program.ts"),
      import("../src/cli/Settled.ts"),
      import("../src/cli/run.ts"),
      import("../src/cli/Recording.ts"),
    ])
    await runPromise(scoped(openEmbedded({ directory, access: "write", onNotice: () => {} })))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

await prepare()
  .then(tryOut)
  .catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause)
    console.error(`the embedded store was not prepared; its first start will take longer: ${reason}`)
  })
