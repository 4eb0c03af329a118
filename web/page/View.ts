/** A view of the page: what the hash names, in the main part. */
import type { Route } from "./Route.ts"

export interface View {
  readonly element: HTMLElement
  readonly title: string
  /** Takes up another address of the same thing; false where it is of something else. */
  readonly goTo: (route: Route) => boolean
  readonly dispose: () => void
}

/** What views share. */
export interface Shell {
  /** Says something to those who listen, when there is a pause. */
  readonly announce: (text: string) => void
  /** Puts what is looked at into the address, without a new entry in the history. */
  readonly replace: (hash: string) => void
  readonly retitle: (title: string) => void
}
