/** Makes a template in a thread of its own, as initdb blocks for seconds. */

import { parentPort, workerData } from "node:worker_threads"
import { type InitialSchema, makeTemplate } from "./Template.ts"

const { workspace, schema } = workerData as { readonly workspace: string; readonly schema: InitialSchema }
const template = await makeTemplate(workspace, schema)
parentPort!.postMessage(template)
