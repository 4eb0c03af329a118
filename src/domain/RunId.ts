/** A run's name: twelve lowercase letters and digits, or any unique prefix of them, or `latest`. */
export const length = 12
export const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

/** Makes a name from at least twelve random bytes. Bytes of 252 and above are skipped, so no letter is favoured. */
export const fromBytes = (bytes: Uint8Array): string => {
  const usable = Array.from(bytes).filter((byte) => byte < 252)
  return usable
    .slice(0, length)
    .map((byte) => alphabet[byte % alphabet.length]!)
    .join("")
}

export const isReference = (text: string): boolean => text === "latest" || /^[a-z0-9]{1,12}$/.test(text)

/** Whether it can only be a whole name. */
export const isWhole = (text: string): boolean => /^[a-z0-9]{12}$/.test(text)
