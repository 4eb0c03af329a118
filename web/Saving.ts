/**
 * Figures and tables as files of their own. A saved SVG carries its styles on its elements, as they are in the
 * light theme, names generic fonts only and asks for nothing; a PNG is that SVG at twice its size; a table is
 * CSV as RFC 4180 has it.
 */
import { svg } from "./Elements.ts"

const properties = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-size",
  "font-weight",
  "font-style",
  "font-variant",
  "text-anchor",
  "visibility",
  "display",
  "paint-order",
]

const font = "Helvetica, Arial, sans-serif"

const initial: Readonly<Record<string, string>> = {
  "fill-opacity": "1",
  "stroke-opacity": "1",
  opacity: "1",
  "stroke-dasharray": "none",
  "stroke-linecap": "butt",
  "stroke-linejoin": "miter",
  "font-style": "normal",
  "font-variant": "normal",
  visibility: "visible",
  display: "inline",
  "paint-order": "normal",
}

/** Gives each element of a copy what the style sheet gave to its original. */
const carryStyles = (from: Element, to: Element): void => {
  const style = getComputedStyle(from)
  to.removeAttribute("class")
  to.removeAttribute("style")
  for (const name of properties) {
    const value = style.getPropertyValue(name)
    to.removeAttribute(name)
    if (value !== "" && value !== initial[name]) to.setAttribute(name, value)
  }
  for (const [i, child] of [...from.children].entries()) carryStyles(child, to.children[i]!)
}

const isHidden = (element: Element): boolean => getComputedStyle(element).display === "none"

/** Shown in the light theme while `work` looks at it. */
const inLight = <A>(work: () => A): A => {
  const root = document.documentElement
  const shown = root.dataset.theme
  root.dataset.theme = "light"
  try {
    return work()
  } finally {
    if (shown === undefined) delete root.dataset.theme
    else root.dataset.theme = shown
  }
}

const forget = (copy: Element): void => {
  for (const element of copy.querySelectorAll("style, [aria-label='tip'], [data-only='screen']"))
    element.remove()
}

/** Words of a drawing that are no part of an SVG, such as a legend's, where they are on the page. */
const wordsOf = (
  drawing: Element,
  placed: (box: DOMRect) => readonly [x: number, y: number],
): Array<SVGElement> => {
  const found: Array<SVGElement> = []
  const texts = document.createTreeWalker(drawing, NodeFilter.SHOW_TEXT)
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const holder = node.parentElement!
    if (node.textContent!.trim() === "" || holder.closest("svg, .not-saved") !== null) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    if (box.width === 0) continue
    const style = getComputedStyle(holder)
    const [x, y] = placed(box)
    const look = { "font-size": style.fontSize, "font-weight": style.fontWeight, fill: style.color }
    found.push(svg("text", { x, y: y + 0.78 * box.height, ...look }, node.textContent!.trim()))
  }
  for (const swatch of drawing.querySelectorAll(".swatch")) {
    const box = swatch.getBoundingClientRect()
    const [x, y] = placed(box)
    const fill = getComputedStyle(swatch).backgroundColor
    found.push(svg("rect", { x, y, width: box.width, height: box.height, fill }))
  }
  return found
}

/** All drawings of a figure in one, where they are on the page, with its title and words. */
export const standalone = (drawing: Element, title: string, description: string): SVGSVGElement =>
  inLight(() => {
    const pictures = [...drawing.querySelectorAll("svg")].filter(
      (picture) =>
        picture.parentElement?.closest("svg") === null &&
        picture.closest(".not-saved") === null &&
        !isHidden(picture),
    )
    const box = drawing.getBoundingClientRect()
    const margin = 12
    const titleHeight = 30
    let [width, height] = [0, 0]
    const placed = ({ left, top, right, bottom }: DOMRect): readonly [number, number] => {
      width = Math.max(width, right - box.left + margin)
      height = Math.max(height, bottom - box.top + titleHeight)
      return [left - box.left + margin, top - box.top + titleHeight]
    }
    const parts = pictures.map((picture) => {
      const at = picture.getBoundingClientRect()
      const copy = picture.cloneNode(true) as SVGSVGElement
      carryStyles(picture, copy)
      const [x, y] = placed(at)
      for (const [name, value] of Object.entries({ x, y, width: at.width, height: at.height }))
        copy.setAttribute(name, String(Math.round(value * 10) / 10))
      // A label may reach over the edge of its drawing, as it does on the page.
      copy.setAttribute("overflow", "visible")
      forget(copy)
      return copy
    })
    const words = wordsOf(drawing, placed)
    const [w, h] = [Math.ceil(width + margin), Math.ceil(height + margin)]
    const heading = { x: margin, y: 20, "font-size": 14, "font-weight": 600, fill: "#1d2433" }
    return svg(
      "svg",
      {
        xmlns: "http://www.w3.org/2000/svg",
        width: w,
        height: h,
        viewBox: `0 0 ${w} ${h}`,
        "font-family": font,
        role: "img",
      },
      svg("title", {}, title),
      svg("desc", {}, description),
      svg("rect", { width: w, height: h, fill: "#ffffff" }),
      svg("text", heading, title),
      ...parts,
      ...words,
    )
  })

export const svgText = (picture: SVGSVGElement): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`

const pixelsPerUnit = 2

export const png = async (picture: SVGSVGElement): Promise<Blob> => {
  const image = new Image()
  const url = URL.createObjectURL(new Blob([svgText(picture)], { type: "image/svg+xml" }))
  try {
    image.src = url
    await image.decode()
  } finally {
    URL.revokeObjectURL(url)
  }
  const canvas = document.createElement("canvas")
  canvas.width = Number(picture.getAttribute("width")) * pixelsPerUnit
  canvas.height = Number(picture.getAttribute("height")) * pixelsPerUnit
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error("too large for a PNG")) : resolve(blob)),
      "image/png",
    ),
  )
}

type Cell = string | number | null

/** A text that a spreadsheet would take for a formula is given a leading apostrophe. */
const csvCell = (cell: Cell): string => {
  if (cell === null) return ""
  const text =
    typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell))
      ? `'${cell}`
      : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csv = (rows: Iterable<ReadonlyArray<Cell>>): string => {
  let text = ""
  for (const row of rows) text += `${row.map(csvCell).join(",")}\r\n`
  return text
}

export const save = (name: string, content: Blob): void => {
  const link = document.createElement("a")
  const url = URL.createObjectURL(content)
  link.href = url
  link.download = name
  link.click()
  // A browser reads it after the click; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const saveText = (name: string, type: string, text: string): void =>
  save(name, new Blob([text], { type: `${type};charset=utf-8` }))
