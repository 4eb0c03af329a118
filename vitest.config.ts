import { defineConfig } from "vitest/config"
import { chromiumPath, needsChromium } from "./test/support/Browser.ts"
import { needsPgBouncer, pgBouncerPath } from "./test/support/PgBouncer.ts"
import { needsPython, pythonPath } from "./test/support/Python.ts"

// A machine with Node and npm alone has none of these; where they are to be had, their tests are part of the suite.
const notHere = [
  ...(pgBouncerPath() === undefined ? [needsPgBouncer] : []),
  ...(pythonPath() === undefined ? [needsPython] : []),
  ...(chromiumPath() === undefined ? [needsChromium] : []),
]

/** Real runs that are held to what a calm machine does: nothing else runs beside them. */
const alone = ["test/runtime/RealBesideVirtual.test.ts"]

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "alone", include: alone, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...alone, ...notHere],
          sequence: { groupOrder: 2 },
        },
      },
    ],
    globalSetup: ["test/support/globalSetup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
})
