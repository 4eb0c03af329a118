/** What lets a request write, and read where reading needs it; kept for as long as the tab is open. */
const key = "lightcone-token"

export const get = (): string => sessionStorage.getItem(key) ?? ""

export const set = (token: string): void => {
  if (token === "") sessionStorage.removeItem(key)
  else sessionStorage.setItem(key, token)
}

export const headers = (): Record<string, string> => {
  const token = get()
  return token === "" ? {} : { authorization: `Bearer ${token}` }
}
