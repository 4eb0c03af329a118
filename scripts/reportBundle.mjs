/** How the script and the style of a report's page are bundled: by the build, and by a program run from the sources. */
export const options = (web) => ({
  absWorkingDir: web,
  entryPoints: { report: "Report.ts" },
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  minify: true,
  // The script stands inside an HTML document, where a text must not end it.
  legalComments: "none",
  charset: "ascii",
  logLevel: "silent",
})
