/** Where the token is given; it stays in this tab and goes nowhere but to this server. */
import { html } from "../Elements.ts"
import * as Token from "./Token.ts"

export const make = (changed: () => void = () => {}): HTMLElement => {
  const input = html("input", {
    type: "password",
    id: "token",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "token-note",
  })
  input.value = Token.get()
  input.addEventListener("change", () => {
    Token.set(input.value.trim())
    changed()
  })
  return html(
    "div",
    { class: "field wide" },
    html("label", { for: "token" }, "Token"),
    input,
    html(
      "p",
      { class: "note", id: "token-note" },
      "What lightcone serve printed, or LIGHTCONE_TOKEN where it runs. It is kept until this tab is closed.",
    ),
  )
}
