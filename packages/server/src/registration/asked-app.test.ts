import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  goodPassword,
  openRegistrationDesk,
  type RegistrationDesk,
} from '../../test/registration-desk.ts';
import { fromNowhere } from './origin.ts';
import type { FinishResult } from './registrations.ts';

const email = 'ben@kittens.example';
const purpose = 'confirm-registration';

let desk: RegistrationDesk;
beforeEach(async () => {
  desk = await openRegistrationDesk();
  const { id } = await desk.host.person('ada');
  await desk.host.db.updateTable('accounts').set('administrator', 1).where('id', '=', id).execute();
});
afterEach(() => desk.host.close());

/** Asks for an account on the way to an app, and makes it. */
async function registerFor(app: string, reason = ''): Promise<FinishResult> {
  await desk.registrations.ask({ email, language: 'en', from: { ...fromNowhere, app } });
  const link = { token: await desk.token(email), purpose } as const;
  const typed = { name: 'Ben', password: goodPassword, reason, language: 'en' } as const;
  return desk.registrations.finish({ link, ...typed });
}

const requests = () =>
  desk.host.db.selectFrom('access_requests').select(['app', 'reason', 'state']).execute();
const mailsToAda = async () =>
  (await desk.mailbox('ada@kittens.example')).map(({ message }) => message);

describe('the app that somebody came from who makes an account', () => {
  test('is asked for with it, in their words; who decides is told when the account is approved', async () => {
    const result = await registerFor('shop', ' I sell toys ');
    expect(result).toMatchObject({ kind: 'registered', asked: 'shop' });
    expect(await requests()).toEqual([{ app: 'shop', reason: 'I sell toys', state: 'waiting' }]);
    expect(desk.events).toContainEqual(
      expect.objectContaining({ type: 'access.requested', app: 'shop' }),
    );
    expect(await mailsToAda()).toEqual([]);
    if (result.kind === 'registered') await desk.decisions.approve(result.account.id);
    const told = { kind: 'access-waiting', app: 'Shop', name: 'Ben', email, reason: 'I sell toys' };
    expect(await mailsToAda()).toMatchObject([told]);
  });

  test('is asked for immediately where the account need not wait', async () => {
    desk.configure({ registration: 'open', approval: 'automatic' });
    await registerFor('shop');
    expect(await mailsToAda()).toMatchObject([{ kind: 'access-waiting', app: 'Shop' }]);
  });

  test('goes with an account that is denied, and nobody else is told', async () => {
    const result = await registerFor('shop');
    if (result.kind === 'registered') await desk.decisions.deny(result.account.id, null);
    expect(await requests()).toEqual([]);
    expect(await mailsToAda()).toEqual([]);
  });

  test('is not asked for where the config or an invitation opens it', async () => {
    expect(await registerFor('news')).toMatchObject({ kind: 'registered', asked: null });
    expect(await requests()).toEqual([]);
    await desk.host.db.deleteFrom('untold_accounts').execute();
    await desk.host.db.deleteFrom('accounts').where('email_key', '=', email).execute();
    const access = [{ app: 'shop', until: null, role: null }];
    await desk.invitations.invite({ email, access, invitedBy: null, language: null });
    expect(await registerFor('shop')).toMatchObject({ kind: 'registered', asked: null });
    expect(await requests()).toEqual([]);
  });

  test('that left the family meanwhile is not asked for', async () => {
    expect(await registerFor('attic')).toMatchObject({ kind: 'registered', asked: null });
    expect(await requests()).toEqual([]);
  });

  test('a reason of more than 500 characters is refused, and the link works on', async () => {
    const refused = { kind: 'refused', why: 'reason-too-long' };
    expect(await registerFor('shop', 'x'.repeat(501))).toEqual(refused);
    expect(await registerFor('shop', 'x'.repeat(500))).toMatchObject({ asked: 'shop' });
  });

  test('of twenty posts of one link one asks', async () => {
    await desk.registrations.ask({ email, language: 'en', from: { ...fromNowhere, app: 'shop' } });
    const link = { token: await desk.token(email), purpose } as const;
    const typed = { name: 'Ben', password: goodPassword, reason: '', language: 'en' } as const;
    const posts = Array.from({ length: 20 }, () => desk.registrations.finish({ link, ...typed }));
    const asked = (await Promise.all(posts)).filter(({ kind }) => kind === 'registered');
    expect(asked).toHaveLength(1);
    expect(await requests()).toHaveLength(1);
  });
});
