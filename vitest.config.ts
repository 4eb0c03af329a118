import { defineConfig } from "vitest/config"
import { needsPgBouncer, pgBouncerPath } from "./test/support/PgBouncer.ts"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A machine with Node and npm alone has no PgBouncer; where it is to be had, its tests are part of the suite.
    exclude: pgBouncerPath() === undefined ? [needsPgBouncer] : [],
    globalSetup: ["test/support/globalSetup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
})
