/** How long a terminal has to begin what it is asked for. */
export const MAY_BEGIN_WITHIN_MS = 30_000;

/** The `expiresAt` of a command that is sent now. */
export function expiresAtFromNow(withinMs: number = MAY_BEGIN_WITHIN_MS): string {
  return new Date(Date.now() + withinMs).toISOString();
}
