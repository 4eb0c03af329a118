/** Pointers on the plane: drag pans, two fingers zoom, a press without a drag chooses, the wheel with Ctrl zooms. */
export interface Actions {
  readonly hover: (x: number, y: number) => void
  readonly leave: () => void
  readonly choose: (x: number, y: number) => void
  /** Pixels to the right that the picture is moved by. */
  readonly pan: (px: number) => void
  readonly zoom: (factor: number, x: number) => void
}

/** A hand is never quite still. */
const stillPx = 4
const wheelPerDoubling = 300

export const attach = (target: Element, actions: Actions): void => {
  const pointers = new Map<number, { x: number; y: number }>()
  let moved = 0
  const at = (event: PointerEvent | WheelEvent) => {
    const box = target.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const on = <Name extends "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "pointerleave">(
    name: Name,
    listener: (event: PointerEvent) => void,
  ) => target.addEventListener(name, (event) => listener(event as PointerEvent))

  const pinch = (id: number, next: { x: number; y: number }): void => {
    const [a, b] = [...pointers.entries()].map(([key, point]) => (key === id ? next : point))
    const [c, d] = [...pointers.values()]
    const before = Math.abs(c!.x - d!.x)
    const after = Math.abs(a!.x - b!.x)
    if (before > 8 && after > 8) actions.zoom(after / before, (a!.x + b!.x) / 2)
  }

  on("pointerdown", (event) => {
    if (event.button !== 0) return
    if (pointers.size === 0) moved = 0
    pointers.set(event.pointerId, at(event))
  })
  on("pointermove", (event) => {
    const next = at(event)
    const last = pointers.get(event.pointerId)
    if (last === undefined) return actions.hover(next.x, next.y)
    if (pointers.size === 2) {
      pinch(event.pointerId, next)
      moved += stillPx
    } else {
      moved += Math.abs(next.x - last.x)
      if (moved >= stillPx) {
        target.setPointerCapture(event.pointerId)
        actions.pan(next.x - last.x)
      }
    }
    pointers.set(event.pointerId, next)
  })
  on("pointerup", (event) => {
    const pressed = pointers.delete(event.pointerId)
    if (pressed && pointers.size === 0 && moved < stillPx) actions.choose(at(event).x, at(event).y)
  })
  on("pointercancel", (event) => pointers.delete(event.pointerId))
  on("pointerleave", () => actions.leave())
  target.addEventListener(
    "wheel",
    (event) => {
      const wheel = event as WheelEvent
      if (wheel.ctrlKey || wheel.metaKey) {
        wheel.preventDefault()
        actions.zoom(2 ** (-wheel.deltaY / wheelPerDoubling), at(wheel).x)
      } else if (Math.abs(wheel.deltaX) > Math.abs(wheel.deltaY)) {
        wheel.preventDefault()
        actions.pan(-wheel.deltaX)
      }
    },
    { passive: false },
  )
}
