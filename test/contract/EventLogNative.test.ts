import { afterAll, beforeAll } from "vitest"
import { createDatabase } from "../support/SharedPostgres.ts"
import { eventLogContract } from "./EventLog.contract.ts"
import { type OpenStore, openNative } from "./Stores.ts"

let store: OpenStore
beforeAll(async () => {
  store = await openNative(await createDatabase())
})
afterAll(() => store.close())

eventLogContract("a native Postgres", () => store)
