/** Small pieces of text that several views have. */
import { html } from "../Elements.ts"

export const badge = (status: string): HTMLElement =>
  html("span", { class: `status ${/^[a-z-]+$/.test(status) ? status : "other"}` }, status)

export const seconds = (us: number): string => `${(us / 1_000_000).toFixed(us < 10_000_000 ? 3 : 2)} s`

const units: ReadonlyArray<readonly [ms: number, unit: Intl.RelativeTimeFormatUnit]> = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
]

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" })

/** How long ago it was, with the moment itself as its title. */
export const ago = (iso: string | null): HTMLElement => {
  const ms = iso === null ? Number.NaN : Date.parse(iso)
  if (iso === null || Number.isNaN(ms)) return html("span", {}, "")
  const passed = ms - Date.now()
  const [size, unit] = units.find(([size]) => Math.abs(passed) >= size) ?? [1_000, "second"]
  const text = relative.format(Math.round(passed / size), unit)
  return html("time", { datetime: iso, title: `${iso.slice(0, 19).replace("T", " ")} UTC` }, text)
}

export const number = (value: number | string | null): string =>
  value === null ? "" : Number(value).toLocaleString("en")

export const problem = (text: string): HTMLElement => html("p", { class: "problem" }, text)

/** A command that somebody may want to copy. */
export const command = (text: string): HTMLElement =>
  html("pre", { class: "command" }, html("code", {}, text))

/** Puts new text into an element where it is another one. */
export const put = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}
