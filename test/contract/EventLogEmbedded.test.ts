import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { eventLogContract } from "./EventLog.contract.ts"
import { type OpenStore, openEmbeddedIn } from "./Stores.ts"

const directory = mkdtempSync(join(tmpdir(), "lightcone-contract-"))
let store: OpenStore
beforeAll(async () => {
  store = await openEmbeddedIn(join(directory, ".lightcone"))
})
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

eventLogContract("the embedded store", () => store)
