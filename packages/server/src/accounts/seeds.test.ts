import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { type SeedDeps, seedPeople } from './seeds.ts';

const apps = ['shop', 'blog', 'toys', 'wiki'];

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

function seed(options: Partial<SeedDeps> = {}) {
  const { accounts, access, folder } = host;
  const defaults = { accounts, access, randomBytes, apps, dataFolder: folder, isProduction: false };
  return seedPeople({ ...defaults, ...options });
}

async function appsOf(name: string): Promise<string[]> {
  const account = await host.accounts.findByEmail(`${name}@kittens.example`);
  return Object.keys(await host.access.grantedApps(account?.id ?? ''));
}

describe('the people of the development family', () => {
  test('are there with their states, rights and one password', async () => {
    const { people, password } = await seed();
    const proofs = people.map(({ email }) => host.accounts.provePassword(email, password));
    const states = (await Promise.all(proofs)).map((proof) =>
      proof.kind === 'proved' ? proof.account.isAdministrator : proof,
    );
    expect(states).toEqual([true, false, false, { kind: 'refused', why: 'pending' }]);
    expect(await Promise.all(['ada', 'ben', 'cat', 'dan'].map(appsOf))).toEqual([
      [...apps].sort(),
      [...apps].sort(),
      ['shop'],
      [],
    ]);
  });

  test('the password is random, kept in a file for this user alone, and stays', async () => {
    const { password } = await seed();
    const file = join(host.folder, 'seed-password');
    expect(readFileSync(file, 'utf8')).toBe(`${password}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(password).toMatch(/^[0-9a-f]{24}$/);
    expect((await seed()).password).toBe(password);
  });

  test('an emptied password file is written anew, for this user alone', async () => {
    const file = join(host.folder, 'seed-password');
    writeFileSync(file, '', { mode: 0o644 });
    const { password } = await seed();
    expect(readFileSync(file, 'utf8')).toBe(`${password}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a password that is given holds from this start on, however short', async () => {
    const { password: random } = await seed();
    expect(await seed({ password: 'meow' })).toMatchObject({ password: 'meow' });
    const email = 'ada@kittens.example';
    expect(await host.accounts.provePassword(email, 'meow')).toMatchObject({ kind: 'proved' });
    expect(await host.accounts.provePassword(email, random)).toMatchObject({ kind: 'refused' });
    await seed();
    expect(await host.accounts.provePassword(email, random)).toMatchObject({ kind: 'proved' });
  });

  test('starting again signs nobody out and undoes no decision', async () => {
    await seed({ password: 'meow' });
    const ben = await host.accounts.findByEmail('ben@kittens.example');
    const dan = await host.accounts.findByEmail('dan@kittens.example');
    if (ben === null || dan === null) throw new Error('Not seeded.');
    await host.access.revoke(ben.id, 'wiki');
    await host.accounts.setState(dan.id, 'active');
    const proof = { accountId: ben.id, epoch: ben.epoch, methods: ['pwd'], userAgent: null };
    const started = await host.startSignIn(proof);
    await seed({ password: 'meow' });
    expect(
      started.kind === 'started' && (await host.signIns.findLive(started.signInId)),
    ).toBeTruthy();
    expect(await appsOf('ben')).toEqual(['blog', 'shop', 'toys']);
    expect(await host.accounts.findById(dan.id)).toMatchObject({ state: 'active' });
  });

  test('an app that joins the family later is granted too', async () => {
    await seed();
    await seed({ apps: [...apps, 'news'] });
    expect(await appsOf('ben')).toContain('news');
    expect(await appsOf('cat')).toEqual(['shop']);
  });

  test('two processes that start at once agree', async () => {
    const options = { password: 'meow' };
    const [one, other] = await Promise.all([seed(options), seed(options)]);
    expect(one).toEqual(other);
    expect(await host.db.selectFrom('accounts').select('id').execute()).toHaveLength(4);
  });

  test('are refused in production, and nothing is written', async () => {
    const refused = seed({ isProduction: true, password: 'meow' });
    await expect(refused).rejects.toMatchObject({ code: 'seeds_refused' });
    expect(await host.db.selectFrom('accounts').select('id').execute()).toEqual([]);
  });

  test.each(['', 'x'.repeat(4097)])(
    'a password that cannot be used is refused at start',
    async (password) => {
      await expect(seed({ password })).rejects.toMatchObject({ code: 'option_invalid' });
    },
  );
});
