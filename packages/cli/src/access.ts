import { type Family, LatchkeyError, memberOf } from '@latchkey/session';

import { administer, find, withNotices } from './accounts.ts';
import type { CliErrorCode } from './errors.ts';
import { requireRole } from './groups.ts';
import type { Result } from './print.ts';

const instantPattern = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/;

/** What `latchkey access grant` is told. */
export interface AppGrant {
  readonly email: string;
  readonly apps: readonly string[];
  /** Milliseconds since 1970; null for good. */
  readonly until: number | null;
  readonly role: string | null;
}

/** Lets an account enter apps. All of them must be of the family, and have the role. */
export function grantAccess(
  family: Family,
  { email, apps, until, role }: AppGrant,
): Promise<Result> {
  for (const app of apps) requireRole(family, app, role);
  return administer(family, async ({ accounts, access }) => {
    const account = await find(accounts, email);
    for (const app of apps) await access.grant(account.id, app, { until, role });
    const limit = until === null ? null : new Date(until).toISOString();
    const as = role === null ? '' : ` as ${role}`;
    return {
      json: { id: account.id, email: account.email, apps, access: 'granted', until: limit, role },
      text: `${account.email} may enter ${apps.join(', ')}${as}${limit === null ? '' : ` until ${limit}`}.`,
    };
  });
}

/** Withdraws access. It holds for the next request of every app that asks Latchkey; a relying party gets a notice. */
export function revokeAccess(
  family: Family,
  email: string,
  apps: readonly string[],
): Promise<Result> {
  for (const app of apps) memberOf(family, app);
  return administer(family, async (administration) => {
    const { accounts, access } = administration;
    const account = await find(accounts, email);
    for (const app of apps) await access.revoke(account.id, app);
    return withNotices(administration, account.id, {
      json: { id: account.id, email: account.email, apps, access: 'revoked' },
      text: `${account.email} may not enter ${apps.join(', ')} any more.`,
    });
  });
}

/** An instant as ISO 8601 with a time zone, or a date, which means its first moment in UTC. In the future. */
export function parseUntil(text: string, now: number): number {
  const day = instantPattern.exec(text)?.[1] ?? '';
  // A 31st of February would be taken for the 3rd of March.
  const isDay = new Date(Date.parse(`${day}T00:00Z`) || 0).toISOString().startsWith(day);
  const at = day !== '' && isDay ? Date.parse(text) : Number.NaN;
  if (at > now) return at;
  throw new LatchkeyError<CliErrorCode>(
    'input_invalid',
    '--until takes an instant in the future, such as 2027-01-31 or 2027-01-31T18:00:00+01:00.',
  );
}
