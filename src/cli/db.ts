import * as Effect from "effect/Effect"
import type { Invocation } from "./Program.ts"
export const command = (_action: string, _options: Record<string, unknown>, _invocation: Invocation) => Effect.succeed(0)
