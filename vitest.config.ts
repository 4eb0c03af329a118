import { defineConfig } from "vitest/config"
import { chromiumPath, needsChromium } from "./test/support/Browser.ts"
import { needsPgBouncer, pgBouncerPath } from "./test/support/PgBouncer.ts"
import { needsPython, pythonPath } from "./test/support/Python.ts"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A machine with Node and npm alone has none of these; where they are to be had, their tests are part of the suite.
    exclude: [
      ...(pgBouncerPath() === undefined ? [needsPgBouncer] : []),
      ...(pythonPath() === undefined ? [needsPython] : []),
      ...(chromiumPath() === undefined ? [needsChromium] : []),
    ],
    globalSetup: ["test/support/globalSetup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
})
