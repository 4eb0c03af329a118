/**
 * The script and style of a page: of a report, or of the one that is served. An installation brings them bundled, in `web/` of its program; from
 * the sources they are bundled when they are asked for, by the bundler that a checkout has.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

export interface Asset {
  readonly script: string
  readonly style: string
}

/** From the program's file or one of its chunks. */
const places = ["./web/", "../web/"]

type Name = "report" | "page"

const prebuilt = (name: Name): Asset | undefined => {
  for (const place of places) {
    const script = fileURLToPath(new URL(`${place}${name}.js`, import.meta.url))
    const style = fileURLToPath(new URL(`${place}${name}.css`, import.meta.url))
    if (existsSync(script) && existsSync(style))
      return { script: readFileSync(script, "utf8"), style: readFileSync(style, "utf8") }
  }
  return undefined
}

/** The part of esbuild that is used here; the name is no literal, so that no bundle asks for it. */
interface Bundler {
  readonly build: (options: object) => Promise<{
    readonly outputFiles: ReadonlyArray<{ readonly path: string; readonly text: string }>
  }>
}

const bundle = async (name: Name): Promise<Asset> => {
  const bundler = "esbuild"
  const { build }: Bundler = await import(bundler)
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const { options } = await import(new URL("../../scripts/reportBundle.mjs", import.meta.url).href)
  const { outputFiles } = await build({ ...options(root, name), write: false, outdir: "/" })
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ""
  return { script: textOf(".js"), style: textOf(".css") }
}

export const load = (name: Name): Effect.Effect<Asset> =>
  Effect.suspend(() => {
    const ready = import.meta.url.endsWith(".ts") ? undefined : prebuilt(name)
    return ready === undefined ? Effect.promise(() => bundle(name)) : Effect.succeed(ready)
  })
