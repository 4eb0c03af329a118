/**
 * The fetch handler from its import to its first answer out of a native Postgres.
 * Run: tsx bench/handler.ts
 */
import { alone, type Figure, leftOut } from "./Figure.ts"

const name = "handler"

export const figure: Figure = {
  name,
  measure: async () => [
    leftOut(
      name,
      "handler, cold: import to first answer from Postgres",
      "s",
      { value: 0.5, of: "measured", bound: "at most" },
      "not built yet",
    ),
  ],
}

await alone(import.meta.url, figure)
