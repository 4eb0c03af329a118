/** How scripts and styles of pages are bundled, a report's and the served one's: by the build, and by a program run from the sources. */

/** The licences of what is bundled ask for this in every copy, and each report is one. */
const notice = `/*
This page contains Observable Plot, copyright 2020-2025 Observable, Inc., and modules of D3 and isoformat, copyright
2010-2026 Mike Bostock, under this licence (ISC):

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.

Among them are ColorBrewer colour schemes, copyright 2002 Cynthia Brewer, Mark Harrower, and The Pennsylvania State
University, under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0
*/`

const entries = { report: "web/Report.ts", page: "web/page/Page.ts" }

/** Options for esbuild; `root` is the folder that holds `web/`, `names` are of the pages. */
export const options = (root, ...names) => ({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(names.map((name) => [name, entries[name]])),
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  minify: true,
  legalComments: "none",
  charset: "ascii",
  banner: { js: notice },
  logLevel: "silent",
})
