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

  test('a new address raises the epoch and ends every sign-in; the old one proves nothing any more', async () => {
    const signIn = await host.signedIn('ada');
    const result = await host.accounts.setEmail(signIn.accountId, 'Countess@kittens.example');
    expect(result).toMatchObject({
      kind: 'changed',
      account: { email: 'Countess@kittens.example', epoch: 2 },
    });
    expect(await host.store.readSignIn(signIn.slot)).toBeNull();
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
