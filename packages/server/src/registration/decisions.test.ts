import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  goodPassword,
  openRegistrationDesk,
  type RegistrationDesk,
} from '../../test/registration-desk.ts';

let desk: RegistrationDesk;
beforeEach(async () => {
  desk = await openRegistrationDesk();
});
afterEach(() => desk.host.close());

async function waiting(name: string): Promise<string> {
  const result = await desk.register(name);
  if (result.kind !== 'registered') throw new Error(`Not registered: ${JSON.stringify(result)}`);
  return result.account.id;
}

const lastMail = async (name: string) => (await desk.mailbox(`${name}@kittens.example`)).at(-1);
const prove = (name: string) =>
  desk.host.accounts.provePassword(`${name}@kittens.example`, goodPassword);

describe('the decision on an account that waits', () => {
  test('approved: the person can sign in, and is told in the language of their form', async () => {
    const id = await waiting('ben');
    expect(await desk.decisions.approve(id)).toMatchObject({
      kind: 'decided',
      account: { id, state: 'active', epoch: 2 },
    });
    expect(await prove('ben')).toMatchObject({ kind: 'proved' });
    const link = 'https://login.kittens.example/sign-in';
    expect(await lastMail('ben')).toMatchObject({
      language: 'en',
      message: { kind: 'account-approved', link },
    });
    expect(desk.events.at(-1)).toMatchObject({ type: 'account.state-changed', reason: 'active' });
  });

  test('denied: there is no account, the person is told why, and may ask again', async () => {
    const id = await waiting('ben');
    const result = await desk.decisions.deny(id, ' We do not know you. ');
    expect(result).toMatchObject({ kind: 'decided', account: { state: 'deleted' } });
    expect(await lastMail('ben')).toMatchObject({
      message: { kind: 'account-denied', reason: 'We do not know you.' },
    });
    expect(await prove('ben')).toMatchObject({ kind: 'refused', why: 'wrong' });
    expect(await waiting('ben')).not.toBe(id);
  });

  test.each([
    [null, null],
    ['   ', null],
    ['x'.repeat(600), 'x'.repeat(500)],
    ['No\u0000\u202E.', 'No  .'],
  ])('a denial for %j says %j', async (reason, told) => {
    await desk.decisions.deny(await waiting('ben'), reason);
    expect(await lastMail('ben')).toMatchObject({ message: { reason: told } });
  });

  test('is made once: of twenty who decide at a time one does', async () => {
    const id = await waiting('ben');
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? desk.decisions.approve(id) : desk.decisions.deny(id, null),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'decided')).toHaveLength(1);
    expect(await desk.mailbox('ben@kittens.example')).toHaveLength(2);
  });

  test('is not made on who does not wait, whatever id comes', async () => {
    const { id } = await desk.host.person('ada');
    for (const other of [id, '', 'x', "' or 1=1 --"]) {
      expect(await desk.decisions.deny(other, null)).toEqual({ kind: 'not-waiting' });
      expect(await desk.decisions.approve(other)).toEqual({ kind: 'not-waiting' });
    }
    expect(await desk.host.accounts.findById(id)).toMatchObject({ state: 'active' });
    expect(await desk.mailbox()).toEqual([]);
  });

  test('is found by its id as long as it waits', async () => {
    const id = await waiting('ben');
    expect(await desk.decisions.findWaiting(id)).toMatchObject({ id, name: 'ben' });
    expect(await desk.decisions.findWaiting('\u0000')).toBeNull();
    await desk.decisions.approve(id);
    expect(await desk.decisions.findWaiting(id)).toBeNull();
  });

  test('lists who waits, the longest first, and goes on behind the last one', async () => {
    for (const name of ['ada', 'ben', 'cat']) {
      await waiting(name);
      desk.host.clock.advance(1000);
    }
    const [first, second] = await desk.decisions.listWaiting({ limit: 2 });
    expect([first?.name, second?.email]).toEqual(['ada', 'ben@kittens.example']);
    const rest = await desk.decisions.listWaiting(second === undefined ? {} : { after: second });
    expect(rest.map(({ name }) => name)).toEqual(['cat']);
  });
});
