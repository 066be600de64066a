/** 400 days: as long as browsers keep a cookie at most (RFC 6265bis, section 5.5). */
export const maxLifetimeSeconds = 34_560_000;

/** The rule that an option in seconds breaks, as words that follow its name, or null. */
export function lifetimeFault(seconds: unknown): string | null {
  if (typeof seconds !== 'number' || !(seconds > 0)) return 'must be a whole number above 0.';
  if (seconds > maxLifetimeSeconds) {
    return `must be at most ${maxLifetimeSeconds} seconds (400 days), as long as browsers keep a cookie; nothing lasts for ever. Write ${maxLifetimeSeconds} for the longest.`;
  }
  return Number.isSafeInteger(seconds) ? null : 'must be a whole number above 0.';
}
