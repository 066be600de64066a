import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily, type Family, type SessionStore } from '@latchkey/session';
import { createSqliteStore } from '@latchkey/session/store/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseOf } from '../test/databases.ts';
import { openTestLoginHost, type TestLoginHost } from '../test/login-host.ts';
import { type Administration, openAdministration } from './administration.ts';

let host: TestLoginHost;
let database: string;
let administration: Administration;
beforeEach(async () => {
  host = await openTestLoginHost();
  database = (await databaseOf(host.folder)).url;
  // A store by URL would go by the real clock.
  const store = createSqliteStore({ path: join(host.folder, 'sessions.db'), now: host.clock.now });
  administration = await openAdministration({
    family: familyIn(host.folder, { store }),
    platform: { now: host.clock.now },
  });
});
afterEach(async () => {
  await administration.close();
  await host.close();
});

function familyIn(
  folder: string,
  change: { store?: string | SessionStore; database?: string } = {},
): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store: `sqlite:${join(folder, 'sessions.db')}`,
    database,
    apps: { shop: { origin: 'https://shop.example' }, toys: { origin: 'https://toys.example' } },
    ...change,
  });
}

describe('beside a login host', () => {
  test('who is suspended here is out at once, and the notices wait for the outbox', async () => {
    const signIn = await host.signedIn('ada', ['wiki']);
    await administration.accounts.setState(signIn.accountId, 'suspended');
    expect(await host.store.readSignIn(signIn.slot)).toBeNull();
    expect(await host.signIns.findLive(signIn.id)).toBeNull();
    const notices = await host.db.selectFrom('notices').select(['app', 'state']).execute();
    expect(notices).toEqual([{ app: 'wiki', state: 'waiting' }]);
  });

  test('who is granted an app here may enter it with the sign-in that is there', async () => {
    const signIn = await host.signedIn('ada');
    await administration.access.grant(signIn.accountId, 'toys');
    expect((await host.store.readSignIn(signIn.slot))?.signIn.apps).toMatchObject({ toys: null });
  });

  test('what the store did not confirm is brought there when it is asked for again', async () => {
    const signIn = await host.signedIn('ada');
    host.store.breakNext('endSignIn', 'before');
    await expect(host.accounts.setState(signIn.accountId, 'suspended')).rejects.toThrow();
    expect(await host.store.readSignIn(signIn.slot)).not.toBeNull();
    await administration.finishEndings(signIn.accountId);
    expect(await host.store.readSignIn(signIn.slot)).toBeNull();
    const row = await host.db.selectFrom('sign_ins').selectAll().executeTakeFirstOrThrow();
    expect(row.enforced_at).not.toBeNull();
  });

  test('all sign-ins of an account can be ended', async () => {
    const signIn = await host.signedIn('ada');
    const { endings } = administration;
    const cause = 'revoked-by-administrator';
    expect(await endings.endSignInsOfAccount(signIn.accountId, cause)).toBe(1);
    expect(await host.store.readSignIn(signIn.slot)).toBeNull();
  });
});

describe('the list of accounts', () => {
  test('has every account with the apps it may enter now, by address', async () => {
    const cat = await host.person('cat', ['shop']);
    const ada = await host.person('ada', ['shop', 'toys']);
    await host.access.grant(cat.id, 'toys', { until: host.clock.now() + 1000 });
    await host.access.revoke(ada.id, 'shop');
    host.clock.advance(1000);
    expect(await administration.listAccounts()).toMatchObject([
      {
        id: ada.id,
        email: ada.email,
        state: 'active',
        isAdministrator: false,
        apps: { toys: null },
      },
      { id: cat.id, apps: { shop: null } },
    ]);
  });

  test('leaves out deleted accounts', async () => {
    const { id } = await host.person('ada');
    await host.accounts.setState(id, 'deleted');
    expect(await administration.listAccounts()).toEqual([]);
  });
});

describe('what one process keeps in memory', () => {
  test.each([[{ store: 'memory:' }], [{ database: 'sqlite::memory:' }]])(
    'is refused: %j',
    async (change) => {
      const family = familyIn(host.folder, change);
      await expect(openAdministration({ family })).rejects.toMatchObject({
        code: 'family_invalid',
      });
    },
  );

  test('a family without database is refused', async () => {
    const family: Family = { ...familyIn(host.folder), database: null };
    await expect(openAdministration({ family })).rejects.toMatchObject({ code: 'family_invalid' });
  });
});

test('a store that is away rejects only what needs it, and closing goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-administration-'));
  // A folder cannot be opened as a file.
  const family = familyIn(folder, { store: `sqlite:${folder}` });
  const alone = await openAdministration({ family });
  expect(await alone.listAccounts()).toEqual([]);
  await alone.close();
  rmSync(folder, { recursive: true, force: true });
});
