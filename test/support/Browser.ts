/**
 * A real Chromium. No npm package ships one, so tests that need it are in files of their own (`needsChromium`),
 * which the runner includes where the program is.
 */
import { type Browser, chromium } from "playwright-core"
import { findProgram } from "./Programs.ts"

/** Test files that are only included where `chromiumPath()` finds the program. */
export const needsChromium = "test/**/*.chromium.test.ts"

export const chromiumPath = (): string | undefined =>
  findProgram("chromium", "chromium-browser", "google-chrome")

/** Without a sandbox, as the tests may run as root, and without anything that asks the network by itself. */
const options = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
]

export const startBrowser = (): Promise<Browser> => {
  const program = chromiumPath()
  if (program === undefined) throw new Error("Chromium is needed for this test: apt-get install chromium")
  return chromium.launch({ executablePath: program, args: options })
}
