/** Holds the store named on its command line and appends rows until it is killed. */
import * as Effect from "effect/Effect"
import pg from "pg"
import * as EmbeddedStore from "../../../src/persistence/embedded/EmbeddedStore.ts"
import { schemaHash, statements } from "../../../src/persistence/Migrator.ts"

const directory = process.argv[2]!

const appendForever = (store: EmbeddedStore.EmbeddedStore) => async (): Promise<never> => {
  const { password = "", ...rest } = store.owner!
  const client = new pg.Client({ ...rest, password })
  await client.connect()
  await client.query("create table if not exists acknowledged (n int primary key)")
  console.log(JSON.stringify({ socketDirectory: store.reader.host }))
  for (let n = 1; ; n++) {
    await client.query("insert into acknowledged values ($1)", [n])
    console.log(n)
  }
}

await Effect.runPromise(
  Effect.scoped(
    Effect.flatMap(
      EmbeddedStore.open({ directory, access: "write", schema: { statements, hash: schemaHash } }),
      (store) => Effect.promise(appendForever(store)),
    ),
  ),
)
