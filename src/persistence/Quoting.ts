/** Texts as parts of SQL, where a parameter cannot stand. */

/** A name, whatever it is made of. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A text within an array literal, which is itself a parameter. */
export const element = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`
