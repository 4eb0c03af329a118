/** What an embedded store that is made now begins with: the schema, and the tables of our own projections. */
import { registry } from "../domain/projections/Registered.ts"
import * as Migrator from "./Migrator.ts"
import * as Generations from "./projection/Generations.ts"

/** A projection that changed since a template was made is built when the store is opened, so the hash leaves it out. */
export const initialSchema = {
  statements: [...Migrator.statements, ...Generations.initialStatements(registry)],
  hash: Migrator.schemaHash,
}
