/** Commands of the program, bundled as it is installed. */
import { rmSync } from "node:fs"
import { bundleProgram } from "../test/support/Program.ts"
import { type Ended, nodeWithMemory } from "./Process.ts"

export type Command = (words: ReadonlyArray<string>) => Promise<Ended>

/** The program for as long as it is used. */
export const withProgram = async <A>(use: (command: Command, program: string) => Promise<A>): Promise<A> => {
  const { folder, program } = await bundleProgram()
  try {
    return await use((words) => nodeWithMemory([program, ...words]), program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
