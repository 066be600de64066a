/** How often something may be tried. Tries that are given back do not count. */
export interface LimitPolicy {
  /** Tries that need not wait, of one window. */
  readonly free: number;
  /** From the first try on; then the count starts anew. */
  readonly windowSeconds: number;
  /**
   * Seconds to wait after the last free try and after each one beyond it; the last number holds for all that follow.
   * None: until the window ends.
   */
  readonly waitSeconds: readonly number[];
  /** By how much each of these tries lengthens the window, beside its wait. Default 0. */
  readonly penaltySeconds?: number;
}

const day = 86_400;
/** A minute, doubled up to an hour. */
const growing = [60, 120, 240, 480, 960, 1920, 3600];

export type LimitKind =
  | 'password-from-network'
  | 'password-of-account'
  | 'password-in-a-row'
  | 'known-browser'
  | 'registration-from-network'
  | 'reset-from-network';

/** What is limited. A new kind is a line here and one in `docs/threats.md`. */
export const limitPolicies: Readonly<Record<LimitKind, LimitPolicy>> = {
  /** Links for a forgotten password that one client network asks for; one address gets five mails an hour, whoever asks. */
  'reset-from-network': { free: 10, windowSeconds: 3600, waitSeconds: growing },
  /** Wrong passwords from one client network, in browsers that the account does not know. */
  'password-from-network': {
    free: 50,
    windowSeconds: 900,
    waitSeconds: growing,
    penaltySeconds: 3600,
  },
  /** Wrong passwords for one account in such browsers. A right one changes nothing: whether it came tells who exists. */
  'password-of-account': { free: 10, windowSeconds: day, waitSeconds: growing },
  /** The same in a row, up to a right one: at most 100 (NIST SP 800-63B-4, 3.2.2). */
  'password-in-a-row': { free: 100, windowSeconds: 90 * day, waitSeconds: [] },
  /** Accounts asked for from one client network, whatever became of it: each is a mail to somebody. */
  'registration-from-network': { free: 20, windowSeconds: 3600, waitSeconds: [] },
  /** Wrong passwords in one browser that the account knows; as long as its cookie may live. */
  'known-browser': { free: 10, windowSeconds: 400 * day, waitSeconds: [] },
};
