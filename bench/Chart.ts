/** Every figure that has a target as a bar: how far beyond it, to the right of the line, or short of it, to the left. */
import type { Row } from "./Figure.ts"
import { amount } from "./Table.ts"

const [width, labelWidth, lineHeight, top] = [960, 400, 22, 34]
/** The axis goes from a tenth of the target to ten times, in powers. */
const decades = 1
const [middle, half] = [labelWidth + (width - labelWidth) / 2, (width - labelWidth) / 2 - 60]

/** 1 where the target is met exactly, more where it is surpassed. */
const attainment = ({ target, ratio, measured }: Row): number | undefined => {
  const value = target?.of === "ratio" ? ratio : measured
  if (target === null || value === null || target.value === 0) return undefined
  return target.bound === "at least" ? value / target.value : target.value / value
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const seen = (row: Row): string =>
  row.target?.of === "ratio"
    ? `${row.ratio!.toFixed(2)} of ${row.target.value}`
    : `${amount(row.measured!, row.unit)} of ${row.target!.value}`

const bar = (row: Row, share: number, i: number): string => {
  const y = top + i * lineHeight
  const power = Math.max(-decades, Math.min(decades, Math.log10(share)))
  const [from, to] = [Math.min(0, power), Math.max(0, power)].map((at) => middle + (at / decades) * half)
  const end = power < 0 ? { x: from! - 6, anchor: "end" } : { x: to! + 6, anchor: "start" }
  return `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escaped(row.what)}</text>
<rect x="${from!.toFixed(1)}" y="${y + 2}" width="${Math.max(1, to! - from!).toFixed(1)}" height="14" fill="${share >= 1 ? "#2a9d6f" : "#d1603d"}"/>
<text x="${end.x.toFixed(1)}" y="${y + 13}" text-anchor="${end.anchor}" class="seen">${escaped(seen(row))}</text>`
}

export const chart = (rows: ReadonlyArray<Row>): string => {
  const shares = rows.flatMap((row) => {
    const share = attainment(row)
    return share === undefined ? [] : [{ row, share }]
  })
  const height = top + shares.length * lineHeight + 12
  const axis = [-1, 0, 1].map((power) => {
    const x = middle + power * half
    const text = power === 0 ? "target" : power < 0 ? "a tenth" : "ten times better"
    return `<line x1="${x}" x2="${x}" y1="${top - 8}" y2="${height - 8}" stroke="${power === 0 ? "#888" : "#8884"}"/>
<text x="${x}" y="${top - 14}" text-anchor="middle">${text}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#888">
<title>Figures of the bench, each against its target</title>
<style>.seen { font-size: 11px }</style>
${axis.join("\n")}
${shares.map(({ row, share }, i) => bar(row, share, i)).join("\n")}
</svg>
`
}
