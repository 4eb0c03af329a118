/** Commands in the test's own process, one after another: starting one takes longer than what most of them do. */
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { program } from "../../src/cli/Program.ts"
import { settled } from "../../src/cli/Settled.ts"

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const inProcess = async (args: ReadonlyArray<string>): Promise<Printed> => {
  const printed = { stdout: "", stderr: "" }
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += text
      return true
    }),
  )
  try {
    const code = await program(args, (effect, invocation) =>
      settled(effect, invocation, Effect.runPromiseExit),
    )
    return { code, ...printed }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
