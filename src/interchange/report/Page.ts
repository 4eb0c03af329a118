/**
 * The report as one HTML document that needs nothing else: style, script and data are inside, and its policy
 * forbids the browser to fetch anything. Texts and tables are plain HTML, to be read without the script too;
 * the script adds figures and buttons. Texts from a store are escaped here, and shown as text by the script.
 */
import { createHash } from "node:crypto"
import type { Compared } from "../../domain/clocks/Comparison.ts"
import type { Comparison } from "../../domain/prediction/Comparison.ts"
import type { Statistics } from "../../domain/Statistics.ts"
import type { Verdict } from "../../domain/Verification.ts"
import type { Collected } from "./Collect.ts"
import * as Figures from "./Figures.ts"
import * as Html from "./Html.ts"
import type { Curve, ReportData, RunData } from "./ReportData.ts"
import * as Sentences from "./Sentences.ts"
import type { Cell, Section, Table } from "./Table.ts"
import * as Tables from "./Tables.ts"

export interface RunOfReport {
  readonly run: string
  readonly title: string
  /** How to run it again; undefined if the log does not tell. */
  readonly commandLine: string | undefined
  /** Null of a log from elsewhere. */
  readonly digest: string | null
  readonly collected: Collected
  readonly statistics: Statistics
  readonly verdict: Verdict
  readonly comparison: ReadonlyArray<Comparison>
  /** Of one of two runs that are compared: how each event of the diagram stands, as `Divergence` says. */
  readonly standing?: ReadonlyArray<number>
  /** Undefined of more machines than are compared. */
  readonly clocks: Compared | undefined
  /** Of the fixed points of the prediction, by machine. */
  readonly growth: ReadonlyArray<Pick<RunData["machines"][number], "queueGrowthHz" | "clockRateHz">>
}

export interface ReportPage {
  readonly title: string
  readonly runs: ReadonlyArray<RunOfReport>
  readonly sections: ReadonlyArray<Section>
  readonly invariants: Tables.Invariants
  /** The page's script and style, bundled. */
  readonly asset: { readonly script: string; readonly style: string }
}

/** By which a file is known as a report of ours. */
export const mark = '<meta name="generator" content="Lightcone">'

export const policy = (script: string): string => {
  const hash = createHash("sha256").update(script).digest("base64")
  return `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'`
}

const isNumber = (value: Cell): boolean =>
  typeof value === "number" || (value !== null && /^[+-]?\d+(\.\d+)?( m?s)?$/.test(value))

/** Text of more characters than this may take several lines. */
const longestLine = 28

const kindOf = (value: Cell): string =>
  isNumber(value) ? ' class="number"' : String(value ?? "").length > longestLine ? ' class="words"' : ""

const cell = (value: Cell): string =>
  `<td${kindOf(value)}>${value === null ? "" : Html.escaped(String(value))}</td>`

const row = (cells: ReadonlyArray<Cell>): string => `<tr>${cells.map(cell).join("")}</tr>`

/** A heading stands over its numbers. */
const headings = ({ header, rows }: Table): string =>
  header
    .map((name, i) => {
      const numbers =
        rows.some((cells) => isNumber(cells[i]!)) &&
        rows.every((cells) => cells[i] === null || isNumber(cells[i]!))
      return `<th scope="col"${numbers ? ' class="number"' : ""}>${Html.escaped(name)}</th>`
    })
    .join("")

const table = (whole: Table): string => {
  const { name, caption, rows, note } = whole
  return `
<div class="table" data-table="${Html.escaped(name)}">
<div class="scroll" tabindex="0" role="region" aria-label="${Html.escaped(caption)}"><table>
<caption>${Html.escaped(caption)}</caption>
<thead><tr>${headings(whole)}</tr></thead>
<tbody>
${rows.map(row).join("\n")}
</tbody></table></div>${note === undefined ? "" : `\n<p class="note">${Html.escaped(note)}</p>`}
</div>`
}

const figure = ({ name, title, caption, alternative }: Figures.Figure): string => `
<figure data-figure="${name}" data-alternative="${Html.escaped(alternative)}">
<h3>${Html.escaped(title)}</h3>
<figcaption>${Html.escaped(caption)}</figcaption>
<div class="drawing"><p class="without-script">${Html.escaped(alternative)}</p></div>
</figure>`

const badge = (verdict: Verdict): string => {
  const { verified, finished, upTo } = verdict
  const [kind, text] =
    verified === null
      ? ["nothing", verdict.imported ? "nothing can be proved" : "nothing to check"]
      : verified
        ? [
            "holds",
            verdict.imported
              ? "verified: all that this log can prove holds"
              : `verified up to position ${upTo}${finished ? "" : ", not finished"}`,
          ]
        : ["fails", `not verified: an invariant fails`]
  return `<span class="badge ${kind}">${text}</span>`
}

const yearUs = 366 * 86_400 * 1_000_000

/** Times that an imported log counts from its own start, or that are ours, would be of 1970. */
const isUndated = ({ startUs, imported, lastedUs }: Collected): boolean =>
  startUs === 0 || lastedUs === undefined || (imported !== undefined && startUs < yearUs)

const facts = ({ collected, statistics, verdict }: RunOfReport): string => {
  const { config, machines, lastedUs } = collected
  const parts = [
    `${machines} ${machines === 1 ? "machine" : "machines"}`,
    ...(lastedUs === undefined ? [] : [Sentences.seconds(lastedUs)]),
    `${collected.imported === undefined ? statistics.events : verdict.counts.clockEvents} events`,
    ...(collected.hasKinds ? [`${verdict.counts.recipients} messages`] : []),
    ...(config === undefined ? [] : [`seed ${config.seed}`]),
    ...(isUndated(collected)
      ? []
      : [`${new Date(collected.startUs / 1_000).toISOString().slice(0, 19).replace("T", " ")} UTC`]),
  ]
  return `<p class="facts">${parts.map((part) => `<span>${Html.escaped(part)}</span>`).join(" ")} ${badge(verdict)}</p>`
}

const mostFiles = 12

const fileList = (files: ReadonlyArray<string>): string =>
  `${files
    .slice(0, mostFiles)
    .map((file) => `<code>${Html.escaped(file)}</code>`)
    .join(", ")}${files.length > mostFiles ? ` and ${files.length - mostFiles} more` : ""}`

/** Where a run came from that was recorded elsewhere, and how it was understood. */
const origin = ({ collected: { imported, origin } }: RunOfReport): string => {
  if (imported !== undefined)
    return `<div class="origin"><h3>Imported from ${Html.escaped(imported.format)}</h3>
<p>${fileList(imported.files)}</p>
${imported.notes.length === 0 ? "" : `<ul>${imported.notes.map((note) => `<li>${Html.escaped(note)}</li>`).join("")}</ul>`}</div>`
  return origin === undefined
    ? ""
    : `<div class="origin"><h3>Recorded elsewhere${origin.run === undefined ? "" : ` as run ${Html.escaped(origin.run)}`}</h3>
<p>${fileList(origin.files)}</p></div>`
}

const again = ({ commandLine, digest, collected: { config } }: RunOfReport): string =>
  commandLine === undefined
    ? ""
    : `<h3>Run it again</h3>
<pre class="command"><code>${Html.escaped(commandLine)}</code></pre>
<p class="note">${config?.mode === "virtual" ? "The same configuration gives the same events, byte for byte." : "The seed fixes rates, phases, graph and every machine's n-th roll; how a real run interleaves it cannot fix."} Digest of this run: <code class="digest">${Html.escaped(digest ?? "none")}</code></p>`

const section = (run: RunOfReport, index: number, { invariants }: ReportPage): string => {
  const failures = Tables.failures(run.verdict)
  const [first, ...figures] = Figures.of(run)
  return `
<section class="run" id="run-${Html.escaped(run.run)}" data-run="${index}" aria-labelledby="title-${index}">
<h2 id="title-${index}"><bdi>${Html.escaped(run.title)}</bdi></h2>
${facts(run)}
${origin(run)}
${failures === undefined ? "" : table(failures)}
<ul class="sentences">${Sentences.of(run.collected, run.verdict)
    .map((sentence) => `<li>${Html.escaped(sentence)}</li>`)
    .join("\n")}</ul>
${figure(first!)}
<div class="figures">${figures.map(figure).join("")}</div>
${run.comparison.length === 0 ? "" : table(Tables.prediction(run.comparison))}
${table(Tables.machines(run.statistics, run.collected))}
${run.collected.jumps.total === 0 ? "" : table(Tables.jumps(run.collected))}
${run.collected.latency.allNetwork.count === 0 && run.collected.imported !== undefined ? "" : table(Tables.latency(run.collected))}
${run.clocks === undefined || run.clocks.clockEvents === 0 ? "" : table(Tables.clocks(run.clocks))}
${table(Tables.checks(run.verdict, invariants))}
${again(run)}
</section>`
}

const contents = (runs: ReadonlyArray<RunOfReport>): string =>
  `<nav aria-label="Runs"><ol>${runs
    .map(
      ({ run, title }) =>
        `<li><a href="#run-${Html.escaped(run)}"><bdi>${Html.escaped(title)}</bdi></a></li>`,
    )
    .join("")}</ol></nav>`

const comparison = (runs: ReadonlyArray<RunOfReport>): string => `
<section class="comparison" aria-labelledby="comparison">
<h2 id="comparison">Side by side</h2>
${table(Tables.runs(runs))}
<figure data-figure="multiples"><h3>Small multiples</h3>
<figcaption>Clocks, distance behind the largest clock, and queues of every run, on common scales.</figcaption>
<div class="drawing"></div></figure>
</section>`

/** What a curve says to those who do not see it. */
const inWords = ({ lines, values, title, axisTitle }: Curve): string =>
  `${title} against ${axisTitle} (${values.join(", ")}): ${lines.map(({ name, points }) => `${name} ${points.map(({ mean }) => Number(mean.toPrecision(4))).join(", ")}`).join("; ")}.`

const curve = (of: Curve, index: number): string => `
<figure data-figure="curve" data-curve="${index}" data-alternative="${Html.escaped(inWords(of))}">
<h3>${Html.escaped(of.title)}</h3>
<figcaption>${Html.escaped(of.caption)}</figcaption>
<div class="drawing"><p class="without-script">${Html.escaped(inWords(of))}</p></div>
</figure>`

/** `first` is how many curves came before. */
const extra = ({ title, paragraphs = [], tables = [], curves = [] }: Section, first: number): string => `
<section class="extra"><h2>${Html.escaped(title)}</h2>
${paragraphs.map((text) => `<p>${Html.escaped(text)}</p>`).join("\n")}
${curves.length === 0 ? "" : `<div class="figures">${curves.map((one, i) => curve(one, first + i)).join("")}</div>`}
${tables.map(table).join("")}
</section>`

const curvesOf = (sections: ReadonlyArray<Section>): ReadonlyArray<Curve> =>
  sections.flatMap(({ curves = [] }) => curves)

const dataOf = ({ run, title, collected, statistics, growth, standing }: RunOfReport): RunData => ({
  run,
  title: Html.visible(title),
  ...(standing === undefined ? {} : { standing }),
  axis: collected.byOrder ? "order" : "time",
  axisTitle: collected.byOrder ? `order of events; ${collected.orderBecause}` : "seconds",
  endUs: collected.endUs,
  inboxCapacity: collected.config?.capacity ?? 0,
  machines: Array.from({ length: collected.machines }, (_, i) => ({
    machine: i + 1,
    name: Html.visible(statistics.machines[i]?.name ?? String(i + 1)),
    rate: statistics.machines[i]?.rate ?? null,
    queueGrowthHz: growth[i]?.queueGrowthHz ?? [],
    clockRateHz: growth[i]?.clockRateHz ?? [],
  })),
  diagram: {
    ...collected.diagram,
    labels: Object.fromEntries(
      Object.entries(collected.diagram.labels).map(([index, label]) => [index, Html.visible(label)]),
    ),
  },
  clocks: collected.clocks,
  drift: collected.drift,
  queues: collected.queues,
  jumps: collected.jumps,
  latency: collected.latency.data,
})

/** The document, in pieces that are to be written one after the other. */
export function* pieces(page: ReportPage): Generator<string> {
  const { title, runs, sections, asset } = page
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${mark}
<meta http-equiv="Content-Security-Policy" content="${policy(asset.script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${Html.escaped(title)}</title>
<style>${asset.style}</style>
</head>
<body>
<header><p class="brand">Lightcone</p><h1><bdi>${Html.escaped(title)}</bdi></h1>${runs.length > 1 ? contents(runs) : ""}</header>
<main${runs.length === 1 && runs[0]!.title === title ? ' class="alone"' : ""}>
`
  for (const [i, each] of sections.entries()) yield extra(each, curvesOf(sections.slice(0, i)).length)
  if (runs.length > 1) yield comparison(runs)
  for (const [index, run] of runs.entries()) yield section(run, index, page)
  yield `
</main>
<footer><p>Made by Lightcone from the record of the run. The page needs no network.</p></footer>
<script type="application/json" id="lightcone-data">`
  const data: ReportData = {
    runs: runs.map(dataOf),
    curves: curvesOf(sections).map((one) => ({
      ...one,
      values: one.values.map(Html.visible),
      lines: one.lines.map((line) => ({ ...line, name: Html.visible(line.name) })),
    })),
  }
  yield Html.embedded(data)
  yield `</script>
<script>${asset.script}</script>
</body>
</html>
`
}
