#!/usr/bin/env node
import type { Effect } from "effect/Effect"
import { type Invocation, program } from "./cli/Program.ts"

const perform = async (effect: Effect<number, unknown>, invocation: Invocation): Promise<number> => {
  const [{ runPromiseExit }, { settled }] = await Promise.all([
    import("effect/Effect"),
    import("./cli/Settled.ts"),
  ])
  return settled(effect, invocation, runPromiseExit)
}

process.exitCode = await program(process.argv.slice(2), perform)
