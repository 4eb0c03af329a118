/**
 * HTML from texts that nobody vouches for. What could end a tag, an attribute or a script is written as an
 * entity; control characters, and those that turn the direction of the text around them, are shown by their code.
 */
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/gu

/** Text as it may be shown: what would act instead of being seen becomes its code point. */
export const visible = (text: string): string =>
  text.replace(unprintable, (c) =>
    c === "\n" || c === "\t" ? c : `\\u{${c.codePointAt(0)!.toString(16).padStart(2, "0")}}`,
  )

/** For the content of an element and for an attribute in quotes. */
export const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (c) => entities[c]!)

/** JSON for a script element: no text in it can end the element or begin a comment. */
export const embedded = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
