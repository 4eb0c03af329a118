/** What a driver's error says, in words fit for a user. */

interface DriverError {
  readonly message?: string
  readonly code?: string
  readonly errors?: ReadonlyArray<DriverError>
}

/** The reason behind an error of `pg` or of a socket; a failed attempt at several addresses names the first. */
export const reasonOf = (cause: unknown): string => {
  const { message, code, errors } = cause as DriverError
  if (errors !== undefined && errors.length > 0) return reasonOf(errors[0])
  if (message) return message
  return code ?? String(cause)
}

/** Violated constraints are defects of ours: an append never repeats what is in the log. */
export const isConstraintViolation = (cause: unknown): boolean =>
  /^23/.test((cause as DriverError).code ?? "")
