/** Where Python 3 is, tests that need it (`needsPython`) are part of the suite. */
import { findProgram } from "./Programs.ts"

export const needsPython = "test/**/*.python.test.ts"

export const pythonPath = (): string | undefined => findProgram("python3")
