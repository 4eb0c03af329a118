/** How the program is bundled: by the build, and by the tests, which start it hundreds of times. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { options as reportBundle } from "./reportBundle.mjs"

/** `pg` looks for these two where they may be had, and does without them. */
export const neverThere = ["pg-native", "pg-cloudflare"]

/** Threads of the embedded store, which look for their files in `embedded/` beside the program. */
const workers = ["Gate", "PGliteWorker", "TemplateWorker"]
const workerEntry = (name) => [`embedded/${name}`, `src/persistence/embedded/${name}.ts`]

/** Threads that follow a real run with its projections, examine what the virtual engine makes, and make runs. */
const threads = {
  "threads/ExaminationThread": "src/cli/ExaminationThread.ts",
  "threads/FollowingThread": "src/cli/FollowingThread.ts",
  "threads/RunWorker": "src/cli/RunWorker.ts",
}

export const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.20",
  // Names stay as they are, because a trace of a failure is read by people.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  logOverride: { "import-is-undefined": "error" },
}

/** What is CommonJS in a bundle (commander, pg) requires Node's own modules. */
const banner = {
  js: 'import{createRequire as requireOf}from"node:module";const require=requireOf(import.meta.url);',
}

/** The command line and the workers in one graph of chunks, into `outdir`. */
export const commandLine = (root, outdir) =>
  build({
    ...shared,
    absWorkingDir: root,
    outdir,
    entryPoints: { lightcone: "src/main.ts", ...threads, ...Object.fromEntries(workers.map(workerEntry)) },
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    external: ["@electric-sql/pglite", "jiti", ...neverThere],
    define: {
      LIGHTCONE_VERSION: JSON.stringify(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version),
    },
    banner,
  })

/** The handler as one file, for platforms that start it anew for every few requests. */
export const handler = (root, outdir) =>
  build({
    ...shared,
    absWorkingDir: root,
    outdir,
    entryPoints: { handler: "src/handler.ts" },
    external: [...neverThere],
    banner,
  })

/** Scripts and styles of the pages: the one that the program puts into every report, and the one that it serves. */
export const reportPage = (root, outdir) =>
  build({
    ...reportBundle(root, "report", "page"),
    outdir: join(outdir, "web"),
    metafile: true,
    logLevel: "warning",
  })
