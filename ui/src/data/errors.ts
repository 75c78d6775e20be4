// Which error belongs at which field of a form, and which stands above the footer.
// Holds no form.
import type { AdminError } from "@/platform/platform";

/** The server's words for `field`; nothing when the error is about something else. */
export function fieldError(error: AdminError | null | undefined, field: string): string | undefined {
  return error?.field === field ? error.message : undefined;
}

/** The error for the card above the footer: what no field of the form shows. */
export function formError(
  error: AdminError | null | undefined,
  fields: readonly string[],
): AdminError | undefined {
  if (error === null || error === undefined) return undefined;
  return error.field !== undefined && fields.includes(error.field) ? undefined : error;
}
