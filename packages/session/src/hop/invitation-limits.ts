import type { AddressCheck } from '../handshake/address-facts.ts';
import { requireOneOf, requireWhole } from '../option-rules.ts';
import type { FailurePolicy } from './refused-invitation.ts';

/** What a receiver asks of links from other apps. */
export interface InvitationLimits {
  /** Seconds a link may be old, 1 to 600. Senders can only tighten it. Default 60. */
  readonly lifetimeSeconds?: number;
  /**
   * Whether a link must be opened from the address it was made for: the same network (`'prefix'`: 24 bits of IPv4, 64 of
   * IPv6), the same address (`'exact'`), or `'off'`, the default. Another address starts the hop afresh, and is told.
   */
  readonly addressCheck?: AddressCheck;
  /** A link that is not followed: `'continue'`, the default, shows its page signed out; `'refuse'` a page with the cause. */
  readonly onFailure?: FailurePolicy;
}

/** Seconds an invitation may live at most, whoever asks. */
export const maxInvitationSeconds = 600;

/** Fills in the defaults. `where`: the option that holds them. Throws `option_invalid`. */
export function resolveLimits(limits: InvitationLimits, where: string): Required<InvitationLimits> {
  const { lifetimeSeconds = 60, addressCheck = 'off', onFailure = 'continue' } = limits;
  const bounds = { least: 1, most: maxInvitationSeconds };
  return {
    lifetimeSeconds: requireWhole(lifetimeSeconds, `${where}.lifetimeSeconds`, bounds),
    addressCheck: requireOneOf(addressCheck, ['off', 'prefix', 'exact'], `${where}.addressCheck`),
    onFailure: requireOneOf(onFailure, ['continue', 'refuse'], `${where}.onFailure`),
  };
}

/** Whether this many seconds are a life that an invitation may have. */
export function isInvitationLifetime(seconds: unknown): boolean {
  const isWhole = Number.isSafeInteger(seconds) && (seconds as number) >= 1;
  return isWhole && (seconds as number) <= maxInvitationSeconds;
}
