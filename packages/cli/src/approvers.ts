import { type Family, LatchkeyError, memberOf } from '@latchkey/session';
import { administer, find, withAdministration } from './accounts.ts';
import type { CliErrorCode } from './errors.ts';
import { type Result, table } from './print.ts';

/** Lets an account decide on requests for apps. All of them must be of the family. */
export function addApprover(
  family: Family,
  email: string,
  apps: readonly string[],
): Promise<Result> {
  for (const app of apps) memberOf(family, app);
  return administer(family, async ({ accounts, approvers }) => {
    const account = await find(accounts, email);
    for (const app of apps) await approvers.add(account.id, app);
    return {
      json: { id: account.id, email: account.email, approves: apps },
      text: `${account.email} decides on requests for ${apps.join(', ')}.`,
    };
  });
}

/** Takes that away, also for apps that have left the family. Throws `input_invalid` where it decided on none of them. */
export function removeApprover(
  family: Family,
  email: string,
  apps: readonly string[],
): Promise<Result> {
  return administer(family, async ({ accounts, approvers }) => {
    const account = await find(accounts, email);
    const removed: string[] = [];
    for (const app of apps) if (await approvers.remove(account.id, app)) removed.push(app);
    if (removed.length === 0) {
      throw new LatchkeyError<CliErrorCode>(
        'input_invalid',
        `${account.email} is no approver of ${apps.join(', ')}. Nothing was changed.`,
      );
    }
    return {
      json: { id: account.id, email: account.email, removed },
      text: `${account.email} decides on requests for ${removed.join(', ')} no more.`,
    };
  });
}

/** The approvers of every app; administrators decide on all requests and are not listed. */
export function listApprovers(family: Family): Promise<Result> {
  return withAdministration(family, true, async ({ approvers }) => {
    const all = await approvers.list();
    const rows = all.map(({ app, email, name }) => [app, email, name]);
    return {
      json: all,
      text:
        all.length === 0
          ? 'There are no approvers yet: administrators decide on every request.'
          : table([['app', 'address', 'name'], ...rows]),
    };
  });
}
