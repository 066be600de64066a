import type { Slot } from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost, testPassword } from '../../test/login-host.ts';
import { createPasswordJudge } from './judge-password.ts';
import { createPasswords, type Passwords } from './passwords.ts';

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const ada = { email: 'ada@kittens.example', name: 'Ada', password: testPassword };

describe('registering', () => {
  test('makes a pending account with an id of its own', async () => {
    const result = await host.accounts.register(ada);
    expect(result).toMatchObject({
      kind: 'registered',
      account: {
        email: ada.email,
        name: 'Ada',
        state: 'pending',
        epoch: 1,
        isAdministrator: false,
      },
    });
    expect(await host.accounts.findByEmail(' ADA@kittens.example')).toEqual(
      result.kind === 'registered' && result.account,
    );
  });

  test('an address is given once, in whatever spelling, also to twenty at a time', async () => {
    const spellings = ['ada@kittens.example', 'ADA@kittens.example', ' Ada@Kittens.EXAMPLE'];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        host.accounts.register({ ...ada, email: spellings[index % 3] ?? '' }),
      ),
    );
    expect(results.filter((result) => result.kind === 'registered')).toHaveLength(1);
    expect(
      results.filter((result) => result.kind === 'refused' && result.why === 'email-taken'),
    ).toHaveLength(19);
  });

  test.each([
    [{ email: 'ada@localhost' }, 'email-invalid'],
    [{ name: '  ' }, 'name-invalid'],
    [{ name: 'x'.repeat(101) }, 'name-invalid'],
    [{ name: 'Ada\nSet-Cookie: x' }, 'name-invalid'],
    [{ name: 'Ada \uD800' }, 'name-invalid'],
    [{ name: 'Ada \u202Eelpmaxe' }, 'name-invalid'],
    [{ name: '\u2066Ada' }, 'name-invalid'],
    [{ name: 'A\u200Bda' }, 'name-invalid'],
    [{ name: '\u200D\u200C' }, 'name-invalid'],
    [{ name: 'x'.repeat(1_000_000) }, 'name-invalid'],
    [{ password: 'too short' }, 'password-too-short'],
    [{ password: 'x'.repeat(257) }, 'password-too-long'],
    [{ password: 'Ada at kittens.example' }, 'password-common'],
    [{ password: 'Kittens Kittens 12' }, 'password-common'],
  ])('%j is refused as %s', async (change, why) => {
    expect(await host.accounts.register({ ...ada, ...change })).toEqual({ kind: 'refused', why });
  });

  test('says busy when too many passwords are being hashed', async () => {
    const judge = createPasswordJudge();
    const busy: Passwords = { judge, hash: async () => 'busy', verify: async () => 'busy' };
    const other = await openTestLoginHost({ passwords: busy });
    expect(await other.accounts.register(ada)).toEqual({ kind: 'busy' });
    expect(await other.accounts.provePassword(ada.email, testPassword)).toEqual({ kind: 'busy' });
    await other.close();
  });
});

describe('proving a password', () => {
  test('gives the account and the epoch that held before', async () => {
    const { id } = await host.person('ada');
    const proof = await host.accounts.provePassword('ADA@kittens.example', testPassword);
    expect(proof).toMatchObject({ kind: 'proved', epoch: 1, account: { id, name: 'ada' } });
  });

  test('works with real hashes', async () => {
    const real = await openTestLoginHost({ passwords: createPasswords() });
    await real.person('ada');
    const right = await real.accounts.provePassword(ada.email, testPassword);
    const wrong = await real.accounts.provePassword(ada.email, 'wrong horse battery');
    await real.close();
    expect([right.kind, wrong.kind]).toEqual(['proved', 'refused']);
  });

  test('tells nobody without the password whether and how an account exists', async () => {
    const { id } = await host.person('ada');
    await host.accounts.register({ ...ada, email: 'dan@kittens.example' });
    await host.person('sue').then((sue) => host.accounts.setState(sue.id, 'suspended'));
    const emails = ['ada', 'dan', 'sue', 'nobody'].map((name) => `${name}@kittens.example`);
    const proofs = [...emails, 'not an address'].map((email) =>
      host.accounts.provePassword(email, 'wrong horse battery'),
    );
    await host.accounts.setState(id, 'deleted');
    proofs.push(host.accounts.provePassword(ada.email, testPassword));
    expect(new Set((await Promise.all(proofs)).map((proof) => JSON.stringify(proof)))).toEqual(
      new Set(['{"kind":"refused","why":"wrong"}']),
    );
  });

  test('costs one verification, known or not', async () => {
    const hashes: (string | null)[] = [];
    const counting: Passwords = {
      judge: async () => null,
      hash: async () => 'phc',
      verify: async (phc) => {
        hashes.push(phc);
        return 'wrong';
      },
    };
    const other = await openTestLoginHost({ passwords: counting });
    await other.person('ada');
    for (const email of [ada.email, 'nobody@kittens.example', 'not an address']) {
      await other.accounts.provePassword(email, testPassword);
    }
    await other.close();
    expect(hashes).toEqual(['phc', null, null]);
  });

  test.each(['pending', 'suspended'] as const)('says %s only to the right one', async (state) => {
    const { id } = await host.person('dan');
    await host.accounts.setState(id, state);
    expect(await host.accounts.provePassword('dan@kittens.example', testPassword)).toEqual({
      kind: 'refused',
      why: state,
    });
  });
});

describe('changing an account', () => {
  test('a new state raises the epoch', async () => {
    const { id } = await host.person('ada');
    expect(await host.accounts.setState(id, 'active')).toMatchObject({ epoch: 2, state: 'active' });
    expect(await host.accounts.findById(id)).toMatchObject({ epoch: 2 });
  });

  test.each([
    ['suspended', 'account-suspended'],
    ['pending', 'account-suspended'],
    ['deleted', 'account-deleted'],
  ] as const)(
    'GHSA-2vg6-77g8-24mp: %s ends every sign-in before it answers',
    async (state, cause) => {
      const signIn = await host.signedIn('ada', ['wiki']);
      await host.accounts.setState(signIn.accountId, state);
      expect(await host.store.readSignIn(signIn.slot)).toBeNull();
      const row = await host.db.selectFrom('sign_ins').selectAll().executeTakeFirstOrThrow();
      expect(row).toMatchObject({ end_cause: cause, ended_at: host.clock.now() });
      expect(row.enforced_at).not.toBeNull();
      expect(await host.db.selectFrom('notices').select('cause').execute()).toEqual([{ cause }]);
    },
  );

  test('a crash after a suspension leaves no sign-in for ever', async () => {
    const signIn = await host.signedIn('ada');
    host.store.breakNext('endSignIn', 'before');
    await expect(host.accounts.setState(signIn.accountId, 'suspended')).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(await host.signIns.findLive(signIn.id)).toBeNull();
    host = await host.restart();
    await host.reconciler.reconcileOnce();
    expect(await host.store.readSignIn(signIn.slot)).toBeNull();
  });

  test('deleted is for good, and frees the address', async () => {
    const { id } = await host.person('ada');
    await host.accounts.setState(id, 'deleted');
    expect(await host.accounts.setState(id, 'active')).toBeNull();
    expect(await host.accounts.setPassword(id, testPassword)).toEqual({
      kind: 'refused',
      why: 'unknown-account',
    });
    const again = await host.person('ada');
    expect(again.id).not.toBe(id);
  });

  test('deleted leaves nothing of the person but the id', async () => {
    const { accountId: id } = await host.signedIn('ada');
    await host.db.updateTable('sign_ins').set({ device: 'Chrome', place: '192.0.2.7' }).execute();
    await host.accounts.setState(id, 'deleted');
    const rows = await Promise.all([
      host.db.selectFrom('accounts').selectAll().execute(),
      host.db.selectFrom('sign_ins').selectAll().execute(),
    ]);
    expect(rows[0]).toEqual([
      expect.objectContaining({ id, state: 'deleted', name: '', email: '', password_hash: null }),
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/ada|kittens|Chrome|192\.0\.2/i);
    // Who comes with the address again is somebody new.
    const again = await host.person('ada');
    expect(again.id).not.toBe(id);
    expect(await host.accounts.findById(id)).toMatchObject({ state: 'deleted' });
  });

  test('deleted leaves no invitation of the address, that of before opens nothing afterwards', async () => {
    const open = { id: 'i', email: 'Ada@kittens.example', email_key: 'ada@kittens.example' };
    await host.db
      .insertInto('invitations')
      .values({
        ...open,
        name: 'Ada',
        grants: '[]',
        invited_by: null,
        mailed: 1,
        state: 'open',
        created_at: 0,
        expires_at: 9e15,
        settled_at: null,
      })
      .execute();
    const { id } = await host.person('ada');
    await host.accounts.setState(id, 'deleted');
    expect(await host.db.selectFrom('invitations').selectAll().execute()).toEqual([]);
  });

  test('nobody is changed who is not there', async () => {
    expect(await host.accounts.setState('nobody', 'active')).toBeNull();
  });

  test('a new password raises the epoch and ends all sign-ins but the one kept', async () => {
    const kept = await host.signedIn('ada');
    const proof = { accountId: kept.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    const other = await host.startSignIn(proof);
    const result = await host.accounts.setPassword(kept.accountId, 'another horse battery', {
      keepSignIn: kept.id,
    });
    expect(result).toMatchObject({ kind: 'changed', account: { epoch: 2 } });
    expect(await host.store.readSignIn(kept.slot)).not.toBeNull();
    expect(other.kind === 'started' && (await host.store.readSignIn(other.slot))).toBeNull();
    const [old, fresh] = await Promise.all([
      host.accounts.provePassword(ada.email, testPassword),
      host.accounts.provePassword(ada.email, 'another horse battery'),
    ]);
    expect([old.kind, fresh.kind]).toEqual(['refused', 'proved']);
  });

  test('a new address raises the epoch and is no longer confirmed; the old one proves nothing any more', async () => {
    const { id } = await host.person('ada');
    await host.db.updateTable('accounts').set({ email_confirmed_at: 1 }).execute();
    const result = await host.accounts.setEmail(id, 'Countess@kittens.example');
    expect(result).toMatchObject({
      kind: 'changed',
      account: { email: 'Countess@kittens.example', epoch: 2 },
    });
    const row = await host.db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow();
    expect(row.email_confirmed_at).toBeNull();
    const [old, fresh] = await Promise.all([
      host.accounts.provePassword(ada.email, testPassword),
      host.accounts.provePassword('countess@kittens.example', testPassword),
    ]);
    expect([old.kind, fresh.kind]).toEqual(['refused', 'proved']);
    const ben = await host.person('ben');
    for (const [email, why] of [
      ['COUNTESS@kittens.example', 'email-taken'],
      ['nobody', 'email-invalid'],
    ] as const) {
      expect(await host.accounts.setEmail(ben.id, email)).toEqual({ kind: 'refused', why });
    }
    expect(await host.accounts.setEmail('nobody', 'x@kittens.example')).toEqual({
      kind: 'refused',
      why: 'unknown-account',
    });
  });

  test('a new name and the mark of an administrator end nothing', async () => {
    const signIn = await host.signedIn('ada');
    const { accountId } = signIn;
    expect(await host.accounts.setName(accountId, ' Ada King ')).toMatchObject({
      account: { name: 'Ada King', epoch: 1 },
    });
    expect(await host.accounts.setName(accountId, 'a\nb')).toMatchObject({ why: 'name-invalid' });
    expect(await host.accounts.setAdministrator(accountId, true)).toMatchObject({
      isAdministrator: true,
      epoch: 1,
    });
    expect(await host.accounts.setAdministrator(accountId, false)).toMatchObject({
      isAdministrator: false,
    });
    expect(await host.accounts.setAdministrator('nobody', true)).toBeNull();
    expect(await host.signIns.findLive(signIn.id)).not.toBeNull();
  });

  test('a weak new password changes nothing', async () => {
    const signIn = await host.signedIn('ada');
    expect(await host.accounts.setPassword(signIn.accountId, 'short')).toEqual({
      kind: 'refused',
      why: 'password-too-short',
    });
    expect(await host.signIns.findLive(signIn.id)).not.toBeNull();
  });
});

describe('what changes about a person who is signed in', () => {
  const seen = async (signIn: { slot: Slot }) =>
    (await host.store.readSignIn(signIn.slot))?.signIn.account;

  test('is in every live sign-in when it is changed', async () => {
    const one = await host.signedIn('ada');
    const { accountId: id } = one;
    const proof = { accountId: id, epoch: 1, methods: ['pwd'], userAgent: null };
    const other = await host.startSignIn(proof);
    if (other.kind !== 'started') throw new Error(other.why);
    await host.accounts.setName(id, 'Ada King');
    expect(await seen(one)).toEqual({ id, email: ada.email, name: 'Ada King' });
    await host.accounts.setEmail(id, 'countess@kittens.example');
    const changed = { id, email: 'countess@kittens.example', name: 'Ada King' };
    expect([await seen(one), await seen(other)]).toEqual([changed, changed]);
    expect(await host.signIns.findLive(one.id)).not.toBeNull();
  });

  test('keeps no app that the config opens for the domain of a confirmed address', async () => {
    const opens = (domain: string) => ({
      access: { domains: [domain] },
      roles: [],
      changedAt: 0,
    });
    const rules = new Map([
      ['cattery', opens('kittens.example')],
      ['kennel', opens('dogs.example')],
    ]);
    await host.close();
    host = await openTestLoginHost({
      rules: { current: () => rules, refresh: () => Promise.resolve() },
    });
    const { accountId, slot } = await host.signedIn('ada');
    await host.db
      .updateTable('accounts')
      .set({ email_confirmed_at: 1 })
      .where('id', '=', accountId)
      .execute();
    await host.access.apply(accountId);
    const stored = async () => (await host.store.readSignIn(slot))?.signIn;
    expect((await stored())?.apps).toHaveProperty('cattery', null);
    await host.accounts.changeEmail(accountId, { from: ada.email, to: 'ada@dogs.example' });
    const after = await stored();
    expect(after).toMatchObject({ account: { email: 'ada@dogs.example' } });
    expect(after?.apps).not.toHaveProperty('cattery');
    expect(after?.apps).toHaveProperty('kennel', null);
  });

  test.each(['before', 'after'] as const)(
    'is not lost by a crash %s the session store took it',
    async (moment) => {
      const signIn = await host.signedIn('ada');
      host.store.breakNext('replaceSignIn', moment);
      await expect(host.accounts.setName(signIn.accountId, 'Ada King')).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      host = await host.restart();
      await host.reconciler.reconcileOnce();
      expect(await seen(signIn)).toMatchObject({ name: 'Ada King' });
    },
  );

  test('is not overwritten by a change of access at the same moment', async () => {
    const signIn = await host.signedIn('ada');
    const { accountId: id, slot } = signIn;
    await Promise.all([
      host.accounts.setName(id, 'Ada King'),
      host.access.grant(id, 'blog'),
      host.accounts.setEmail(id, 'countess@kittens.example'),
      host.access.revoke(id, 'shop'),
    ]);
    expect((await host.store.readSignIn(slot))?.signIn).toMatchObject({
      account: { id, email: 'countess@kittens.example', name: 'Ada King' },
      apps: { blog: null },
    });
  });

  test('is in a sign-in that began before it and is stored after', async () => {
    const { id } = await host.person('ada');
    let isFirst = true;
    host.store.before('createSignIn', async () => {
      if (isFirst) {
        isFirst = false;
        await host.accounts.setName(id, 'Ada King');
      }
    });
    const proof = { accountId: id, epoch: 1, methods: ['pwd'], userAgent: null };
    const started = await host.startSignIn(proof);
    expect(started.kind === 'started' && (await seen(started))).toMatchObject({ name: 'Ada King' });
  });
});

describe('an address that is changed by the person', () => {
  test('is confirmed, and raises the epoch: what was begun with the old one does not count', async () => {
    const { id, epoch } = await host.person('ada');
    const change = { from: ' ADA@kittens.example', to: 'countess@kittens.example' };
    expect(await host.accounts.changeEmail(id, change)).toMatchObject({
      kind: 'changed',
      account: { email: 'countess@kittens.example', epoch: 2 },
    });
    const row = await host.db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow();
    expect(row.email_confirmed_at).toBe(host.clock.now());
    const proof = { accountId: id, epoch, methods: ['pwd'], userAgent: null };
    expect(await host.startSignIn(proof)).toMatchObject({ kind: 'refused' });
  });

  test('CVE-2026-32700: of two confirmations at once one counts, with the very address that was confirmed', async () => {
    const { id } = await host.person('ada');
    const [mine, foreign] = ['countess@kittens.example', 'mallory@evil.example'];
    const results = await Promise.all(
      [mine, foreign, mine, foreign].map(async (to) => ({
        to,
        result: await host.accounts.changeEmail(id, { from: ada.email, to }),
      })),
    );
    const changed = results.filter(({ result }) => result.kind === 'changed');
    expect(changed).toHaveLength(1);
    const refused = results.filter(({ result }) => result.kind === 'refused');
    expect(new Set(refused.map(({ result }) => 'why' in result && result.why))).toEqual(
      new Set(['email-changed']),
    );
    expect(await host.accounts.findById(id)).toMatchObject({ email: changed[0]?.to, epoch: 2 });
    // Nor does a link that was made for the address of before bring anything back.
    const late = { from: ada.email, to: 'ada@old.example' };
    expect(await host.accounts.changeEmail(id, late)).toMatchObject({ why: 'email-changed' });
  });

  test('two people who want one address: one has it', async () => {
    const people = await Promise.all(['ada', 'ben', 'cat'].map((name) => host.person(name)));
    const to = 'all@kittens.example';
    const results = await Promise.all([
      ...people.map(({ id, email }) => host.accounts.changeEmail(id, { from: email, to })),
      host.accounts.register({ email: to, name: 'New', password: testPassword }),
    ]);
    const taken = results.filter((one) => one.kind === 'refused' && one.why === 'email-taken');
    expect(taken).toHaveLength(3);
    const holders = await host.db
      .selectFrom('accounts')
      .select('id')
      .where('email_key', '=', to)
      .execute();
    expect(holders).toHaveLength(1);
  });

  test('of nobody, or to what is no address, changes nothing', async () => {
    const { id } = await host.person('ada');
    const change = { from: ada.email, to: 'no address' };
    expect(await host.accounts.changeEmail(id, change)).toMatchObject({ why: 'email-invalid' });
    const unknown = await host.accounts.changeEmail('nobody', {
      from: ada.email,
      to: 'x@y.example',
    });
    expect(unknown).toMatchObject({ why: 'unknown-account' });
  });
});
