import type { InvitationRefusal } from '../event-reasons.ts';

/** What becomes of an invitation that is not followed: the page it led to, as it is without it, or a page with the cause. */
export type FailurePolicy = 'continue' | 'refuse';

const reasons: readonly InvitationRefusal[] = [
  'malformed',
  'forged',
  'expired',
  'from-the-future',
  'nobody',
  'other-sign-in',
  'no-access',
  'paused',
];

/** Whether a text from outside is one of the reasons: nothing else is told to operators. */
export function isRefusedReason(text: string | null): text is InvitationRefusal {
  return reasons.some((reason) => reason === text);
}
