/**
 * Points in time as logs write them, in microseconds since the Unix epoch. What has no zone is UTC; a time of day
 * without a date is of the first day. Lines of one day share their date, so the last one is remembered: that, and
 * reading digits by hand, is what makes half a million lines a second possible.
 */
const microsecond = 1
const millisecond = 1_000
const second = 1_000_000
const minute = 60 * second

let lastDate = ""
let lastMidnightUs = Number.NaN

/** Midnight of YYYY-MM-DD or YYYY/MM/DD; NaN if there is no such day. */
const midnight = (date: string): number => {
  if (date === lastDate) return lastMidnightUs
  const iso = date.replaceAll("/", "-")
  const ms = /^\d{4}-\d\d-\d\d$/.test(iso) ? Date.parse(`${iso}T00:00:00Z`) : Number.NaN
  const isDay = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(iso)
  lastDate = date
  lastMidnightUs = isDay ? ms * millisecond : Number.NaN
  return lastMidnightUs
}

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : Number.NaN
}

/** Of two digits, at most `most`. */
const pair = (text: string, at: number, most: number): number => {
  const value = digit(text, at) * 10 + digit(text, at + 1)
  return value <= most ? value : Number.NaN
}

/** Of an offset such as Z, +02:00 or -0530 that ends the text; NaN for anything else. */
const zone = (text: string, from: number): number => {
  const at = text[from] === " " ? from + 1 : from
  if (at >= text.length) return 0
  const sign = text[at]
  if (sign === "Z" || sign === "z") return at + 1 === text.length ? 0 : Number.NaN
  if (sign !== "+" && sign !== "-") return Number.NaN
  const colon = text[at + 3] === ":" ? 1 : 0
  if (at + 5 + colon !== text.length) return Number.NaN
  const offset = (pair(text, at + 1, 23) * 60 + pair(text, at + 3 + colon, 59)) * minute
  return sign === "+" ? offset : -offset
}

/** HH:MM:SS with a fraction and a zone, from a place on to the end. */
const timeOfDay = (text: string, at: number): number => {
  if (text[at + 2] !== ":" || text[at + 5] !== ":") return Number.NaN
  const seconds = (pair(text, at, 23) * 60 + pair(text, at + 3, 59)) * 60 + pair(text, at + 6, 60)
  let us = seconds * second
  let end = at + 8
  if (text[end] === "." || text[end] === ",") {
    let unit = second / 10
    for (end++; !Number.isNaN(digit(text, end)); end++) {
      us += digit(text, end) * Math.floor(unit)
      unit /= 10
    }
  }
  return us - zone(text, end)
}

/** By the digits before the point: up to 11 are seconds, 14 milliseconds, 17 microseconds, and more nanoseconds. */
const unitOf = (digits: number): number => {
  if (digits <= 11) return second
  if (digits <= 14) return millisecond
  return digits <= 17 ? microsecond : microsecond / 1_000
}

const numberText = /^(\d{1,20})(?:\.(\d+))?$/
const exponent = /^\d+(?:\.\d+)?e[+-]?\d{1,3}$/i

const written = (text: string): number => {
  const match = numberText.exec(text)
  if (match === null) return exponent.test(text) ? (counted(Number(text)) ?? Number.NaN) : Number.NaN
  const [, whole, fraction = ""] = match
  const unit = unitOf(whole!.length)
  if (unit < microsecond) return Number(whole!.slice(0, -3))
  const us = Number(whole) * unit
  if (unit !== second || fraction === "") return us
  return us + Number(fraction.slice(0, 6).padEnd(6, "0"))
}

/** An epoch number; the unit is told by its size. */
export const counted = (value: number): number | null => {
  if (!(value >= 0) || value >= 1e20) return null
  if (value < 1e11) return Math.round(value * second)
  if (value < 1e14) return Math.round(value * millisecond)
  return value < 1e17 ? Math.round(value) : Math.floor(value / 1_000)
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
const ctime = /^[a-z]{3} ([a-z]{3}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})$/i

/** As C writes it: Wed Mar  1 21:37:17 2023. */
const longhand = (text: string): number => {
  const match = ctime.exec(text)
  if (match === null) return Number.NaN
  const month = String(months.indexOf(match[1]!.toLowerCase()) + 1).padStart(2, "0")
  return midnight(`${match[4]}-${month}-${match[2]!.padStart(2, "0")}`) + timeOfDay(match[3]!, 0)
}

const read = (text: string): number => {
  if (Number.isNaN(digit(text, 0))) return longhand(text)
  const fifth = text[4]
  if ((fifth === "-" || fifth === "/") && text[7] === fifth)
    return midnight(text.slice(0, 10)) + timeOfDay(text, 11)
  return text[2] === ":" ? timeOfDay(text, 0) : written(text)
}

/** The time that a whole text is; null if it is none. */
export const timeIn = (text: string): number | null => {
  const us = read(text)
  return us >= 0 ? us : null
}

/** A time as JSON or a table has it. */
export const timeOf = (value: unknown): number | null => {
  if (typeof value === "number") return counted(value)
  return typeof value === "string" ? timeIn(value.trim()) : null
}

const dated =
  /(?<!\d)\d{4}([-/])\d\d\1\d\d[T :_]\d\d:\d\d:\d\d(?:\.\d{1,9}|,\d{3}(?:\d{3}){0,2}(?!\d))?(?: ?Z(?![a-z])| ?[+-]\d\d:?\d\d(?!\d))?/i
const epoch = /(?<![\d.:\w-])(?:\d{9,10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?!\d|\.\d)/
const undated = /(?<![\d:-])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?![\d:])/
const elapsed = /^\d{1,8}\.\d{1,9}(?=[\s,;|])/

const digitsAfter = (text: string, mark: number): number => (mark < 0 ? 0 : text.length - mark - 1)

const epochDigits = (text: string): number =>
  text.length > 10 && !text.includes(".") ? text.length - 10 : digitsAfter(text, text.indexOf("."))

/**
 * The time in a line of free text. Where a line has two, the one with more digits after the second is taken: a
 * logger's own prefix often has fewer than the time that the program wrote, and another zone.
 */
export const timeWithin = (line: string): number | null => {
  const date = dated.exec(line)?.[0]
  const number = epoch.exec(line)?.[0]
  if (date === undefined && number === undefined) {
    const alone = undated.exec(line)?.[0] ?? elapsed.exec(line)?.[0]
    return alone === undefined ? null : timeIn(alone)
  }
  if (number === undefined) return timeIn(date!)
  if (date === undefined) return timeIn(number)
  const fraction = /[.,](\d+)/.exec(date)?.[1]?.length ?? 0
  return timeIn(epochDigits(number) >= fraction ? number : date)
}
