/**
 * What `npm i` of the package puts on disk, packed and installed as a user would. The reference is the package alone,
 * without what it depends on.
 * Run: tsx bench/installed.ts
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { run, succeed } from "../test/package/Command.ts"
import { alone, type Figure, leftOut, note, row, type Target } from "./Figure.ts"

const name = "installed"
const what = "installed by npm i"
const target: Target = { value: 80, of: "measured", bound: "at most" }

const megabytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((entry) => lstatSync(join(folder, entry)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0) / 1e6

export const figure: Figure = {
  name,
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), "lightcone-installed-"))
    const installed = join(folder, "installed")
    mkdirSync(installed)
    try {
      note("packing and installing the package")
      await succeed(
        "npm",
        ["pack", "--pack-destination", folder],
        fileURLToPath(new URL("..", import.meta.url)),
      )
      const tarball = readdirSync(folder).find((entry) => entry.endsWith(".tgz"))!
      const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
      const { code, stderr } = await run("npm", ["install", ...options, join(folder, tarball)], installed)
      if (code !== 0) {
        const error = /npm (?:error|ERR!) code (\w+)/.exec(stderr)?.[1] ?? `exit code ${code}`
        return [leftOut(name, what, "MB", target, `npm could not install it (${error})`)]
      }
      return [
        row(name, {
          what,
          unit: "MB",
          measured: megabytesIn(join(installed, "node_modules")),
          reference: {
            what: "the package alone",
            value: megabytesIn(join(installed, "node_modules/lightcone")),
          },
          target,
        }),
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

await alone(import.meta.url, figure)
