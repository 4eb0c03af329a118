/**
 * A real Chromium. No npm package ships one, so tests that need it are in files of their own (`needsChromium`),
 * which the runner includes where the program is.
 */
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

/** Test files that are only included where `chromiumPath()` finds the program. */
export const needsChromium = "test/**/*.chromium.test.ts"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const chromiumPath = (): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"]
    .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
    .find(isExecutable)

/** Without a sandbox, as the tests may run as root, and without anything that asks the network by itself. */
const options = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
]

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath()!, args: options })
