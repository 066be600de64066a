import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openTestLoginHost } from '../../test/login-host.ts';
import { realm } from '../../test/realm.ts';
import { startLoginHost } from '../../test/running-login-host.ts';

/** Another program that holds the lock of a file, which refuses writes as a full disk does. */
function lock(file: string): { unlock(): void } {
  const other = new DatabaseSync(file);
  other.exec('begin immediate');
  onTestFinished(() => other.close());
  return { unlock: () => other.exec('commit') };
}

test('while the accounts cannot be written a sign-in ends in the store, and relying parties are told afterwards', async () => {
  const host = await openTestLoginHost();
  onTestFinished(() => host.close());
  const { id, slot } = await host.signedIn('ben', ['wiki']);
  const { unlock } = lock(join(host.folder, 'latchkey.db'));
  const ending = { signInId: id, cause: 'sign-out' } as const;
  // Where the store fails as well nothing is recorded, and nobody says so.
  host.store.breakNext('endSignIn', 'before');
  await expect(host.endings.endSignIn(ending)).rejects.toMatchObject({
    code: 'database_unavailable',
  });
  expect(await host.endings.endSignIn(ending)).toEqual({ kind: 'reported', notices: 0 });
  expect(await host.store.readSignIn(slot)).toBe(null);
  // What cannot be taken yet stays, and is not reported anew.
  expect((await host.reconciler.reconcileOnce()).kind).toBe('failed');
  expect(await host.store.readReports(realm, 10)).toMatchObject([{ slot, cause: 'sign-out' }]);
  unlock();
  expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', reported: 1 });
  expect(await host.store.readReports(realm, 10)).toEqual([]);
  expect(await host.endings.endSignIn(ending)).toEqual({ kind: 'already-ended', notices: 1 });
});

test('while the accounts cannot be written somebody who signs out is out, and no page says otherwise', async () => {
  const host = await startLoginHost();
  onTestFinished(() => host.close());
  const cookie = await host.signIn();
  const { unlock } = lock(host.databaseFile);
  const answer = await host.post('/sign-out', {}, { cookie });
  expect([answer.status, answer.cookies.length > 0]).toEqual([303, true]);
  for (const path of [answer.location.replace(host.origin, ''), '/']) {
    const page = await host.ask(path, { headers: { cookie } });
    expect([page.status, page.text.includes('ben@kittens.example')]).toEqual([200, false]);
  }
  unlock();
});
