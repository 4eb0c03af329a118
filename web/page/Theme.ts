/**
 * Light, dark, or as the system has it. The style sheet says what is dark in one block, for a system that is; the
 * switch changes which systems that block is for, so that no colour stands in two places.
 */
import { html } from "../Elements.ts"

const key = "lightcone-theme"
const choices = ["system", "light", "dark"] as const
type Choice = (typeof choices)[number]

const saved = (): Choice => choices.find((choice) => choice === localStorage.getItem(key)) ?? "system"

const isDark = (text: string): boolean => text.includes("prefers-color-scheme: dark")

const darkRules: ReadonlyArray<readonly [rule: CSSMediaRule, media: string]> = [...document.styleSheets]
  .flatMap((sheet) => [...sheet.cssRules])
  .flatMap((rule) =>
    rule instanceof CSSMediaRule && isDark(rule.media.mediaText)
      ? [[rule, rule.media.mediaText] as const]
      : [],
  )

const apply = (choice: Choice): void => {
  const root = document.documentElement
  if (choice === "system") delete root.dataset.theme
  else root.dataset.theme = choice
  for (const [rule, media] of darkRules) rule.media.mediaText = choice === "dark" ? "screen" : media
}

export const make = (): HTMLElement => {
  const select = html(
    "select",
    { "aria-label": "colours" },
    ...choices.map((choice) =>
      html("option", { value: choice }, choice === "system" ? "as the system" : choice),
    ),
  )
  select.value = saved()
  apply(saved())
  select.addEventListener("change", () => {
    const choice = choices.find((one) => one === select.value) ?? "system"
    localStorage.setItem(key, choice)
    apply(choice)
  })
  return html("label", { class: "theme" }, html("span", {}, "Colours"), select)
}
