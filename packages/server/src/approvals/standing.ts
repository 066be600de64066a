import { entryUrl, type Family } from '@latchkey/session';
import type { Access } from '../access/access.ts';
import type { AccessRequests } from '../access/access-request.ts';
import type { Standing } from '../pages/no-access-page.ts';

/** What telling where somebody stands needs. */
export interface StandingDeps {
  readonly family: Family;
  readonly access: Pick<Access, 'of'>;
  readonly requests: Pick<AccessRequests, 'statusOf'>;
  readonly now: () => number;
}

/** Where an account stands with an app of the family. */
export async function standingOf(
  { family, access, requests, now }: StandingDeps,
  accountId: string,
  app: string,
): Promise<Standing> {
  const member = family.apps.get(app);
  const { apps } = await access.of(accountId);
  if (member !== undefined && apps.has(app)) return { kind: 'may-enter', href: entryUrl(member) };
  const last = (await requests.statusOf(accountId)).get(app);
  if (last?.state === 'waiting')
    return { kind: 'waiting', ago: Math.max(0, now() - last.requestedAt) };
  if (last?.state !== 'denied') return { kind: 'askable' };
  const { reason, askableAt } = last;
  return { kind: 'denied', reason, askableAt: (askableAt ?? 0) > now() ? askableAt : null };
}
