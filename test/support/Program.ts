/** The command line bundled as an installation has it: the sources take a second to start. */
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Program {
  /** To be removed when the program is no longer needed. */
  readonly folder: string
  readonly program: string
}

/** Within the project, where its packages and the template of the embedded store are found. */
export const bundleProgram = async (): Promise<Program> => {
  const bundle = "../../scripts/bundle.mjs"
  const { commandLine, handler, reportPage } = await import(bundle)
  const folder = join(root, ".test-program", String(process.pid))
  await Promise.all([commandLine(root, folder), handler(root, folder), reportPage(root, folder)])
  return { folder, program: join(folder, "lightcone.js") }
}
