/** Programs that no npm package ships, where they may be had. */
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first of these names on PATH, or where Debian puts programs that an ordinary user's PATH leaves out. */
export const findProgram = (...names: ReadonlyArray<string>): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable)
