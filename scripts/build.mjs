/**
 * Makes the package's `dist/`: the command line and the threads of store and examination in one graph of chunks, so
 * that a command is loaded when it is chosen; the library beside them; its declarations; and the licences of
 * what was bundled.
 *
 * Effect is bundled into the command line, where it starts in a fraction of the time that its several hundred
 * files need, and stays a dependency for the library, whose types and tags its users share with us. So what
 * the command line needs at run time is Node and PGlite alone.
 */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire, isBuiltin } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { commandLine, handler, neverThere, reportPage, shared } from "./bundle.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const library = () =>
  build({
    ...shared,
    absWorkingDir: root,
    outdir: dist,
    entryPoints: { index: "src/index.ts" },
    external: ["effect"],
  })

const fail = (message) => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const node = (what, ...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) fail(`Cannot build ${what}: ${args.join(" ")} ended with ${status}`)
}

const declarations = () => {
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc")
  for (const part of ["build", "handler"]) node("the declarations", tsc, "--project", `tsconfig.${part}.json`)
  // The handler's stand by themselves; those of what it is made of are nobody's.
  renameSync(join(dist, "types/src/handler.d.ts"), join(dist, "handler.d.ts"))
  rmSync(join(dist, "types"), { recursive: true })
  const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"))
  // The compiler rewrites extensions in what runs, and leaves them in declarations.
  for (const file of files) {
    const text = readFileSync(join(dist, file), "utf8")
    writeFileSync(join(dist, file), text.replace(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"'))
  }
}

/** What is left to be imported must be something that an installation has. */
const checkImports = (metafile) => {
  const had = new Set([...Object.keys(dependencies), ...neverThere])
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const lacking = imports.filter(
    ({ external, path }) => external && !isBuiltin(path) && !had.has(nameOf(path)),
  )
  if (lacking.length > 0)
    fail(`Cannot build: "dependencies" must name ${lacking.map(({ path }) => path).join(", ")}`)
}

const nameOf = (path) => path.split("/", path.startsWith("@") ? 2 : 1).join("/")

/** The folder of the package that a bundled file is of, from the root. */
const packageOf = (input) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]

const licenceOf = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), "utf8").trim()
  return `${name} ${version}\n\n${text}\n`
}

/** Most licences ask for their text to go along with the code. */
const licences = (...metafiles) => {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs))
  const folders = new Set(inputs.map(packageOf).filter(Boolean))
  const texts = [...folders].map((folder) => licenceOf(join(root, folder))).sort()
  writeFileSync(
    join(dist, "LICENSES.txt"),
    `Bundled into the command line and its reports:\n\n${texts.join("\n---\n\n")}`,
  )
}

rmSync(dist, { recursive: true, force: true })
const bundles = Promise.all([commandLine(root, dist), library(), handler(root, dist), reportPage(root, dist)])
const [program, modules, fetcher, page] = await bundles.catch(() =>
  fail("Cannot build the package: see above"),
)
for (const { metafile } of [program, modules, fetcher]) checkImports(metafile)
declarations()
licences(program.metafile, fetcher.metafile, page.metafile)
