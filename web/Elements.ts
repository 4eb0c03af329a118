/** Elements of the page. Every text goes in as text. */
type Attributes = Readonly<Record<string, string | number>>

const svgNamespace = "http://www.w3.org/2000/svg"

export const svg = <Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Node | string>
): SVGElementTagNameMap[Name] => {
  const element = document.createElementNS(svgNamespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

export const html = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

export const button = (label: string, title: string, press: () => void): HTMLButtonElement => {
  const element = html("button", { type: "button", title, "aria-label": title }, label)
  element.addEventListener("click", press)
  return element
}
