/** A native store where processes contend for runs. */
import { runStatement } from "../support/Postgres.ts"
import { command } from "./Lives.ts"
import type { Arena } from "./Ownership.ts"

export const openArena = async (
  program: string,
  url: string,
  poolers: ReadonlyArray<string> = [],
): Promise<Arena> => {
  const places = [url, ...poolers].map((each) => ({ program, store: { url: each } }))
  await command(places[0]!, ["migrate", "-q"])
  return {
    places,
    head: async (run) => {
      const { rows } = await runStatement(
        url,
        `select epoch, head from lightcone.run_heads where run_id = '${run}'`,
      )
      return { epoch: Number(rows[0].epoch), position: Number(rows[0].head) }
    },
    expire: async (run) => {
      await runStatement(
        url,
        `update lightcone.run_heads set lease_until = clock_timestamp() where run_id = '${run}'`,
      )
    },
  }
}
