/**
 * Writes test/vectors/virtual.json: configurations of virtual runs with their digests, first events and final states,
 * for whoever writes the engine again in another language.
 * Run: tsx scripts/vectors.ts
 */
import { writeFileSync } from "node:fs"
import { configurations, vectorOf } from "../test/vectors/Vectors.ts"

const file = new URL("../test/vectors/virtual.json", import.meta.url)
writeFileSync(file, `${JSON.stringify(configurations.map(vectorOf), null, 2)}\n`)
