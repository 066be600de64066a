import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  goodPassword,
  openRegistrationDesk,
  type RegistrationDesk,
} from '../../test/registration-desk.ts';
import { keptMilliseconds, sweep } from '../database/sweep.ts';
import { type InviteResult, invitationSeconds, type NewInvitation } from './invitations.ts';
import type { FinishResult } from './registrations.ts';

const ben = 'ben@kittens.example';

let desk: RegistrationDesk;
beforeEach(async () => {
  desk = await openRegistrationDesk({ registration: 'invitation' });
});
afterEach(() => desk.host.close());

const invite = (wanted: Partial<NewInvitation> = {}): Promise<InviteResult> =>
  desk.invitations.invite({ email: ben, invitedBy: null, language: 'en', ...wanted });

async function invited(wanted: Partial<NewInvitation> = {}) {
  const result = await invite(wanted);
  if (result.kind !== 'invited') throw new Error(`Not invited: ${result.why}`);
  return { ...result, token: new URL(result.link).searchParams.get('token') ?? '' };
}

function finish(token: string, purpose: 'invitation' | 'confirm-registration' = 'invitation') {
  const link = { token, purpose };
  const typed = { name: 'Ben', password: goodPassword, reason: '', language: 'en' } as const;
  return desk.registrations.finish({ link, ...typed });
}

const read = (token: string) => desk.registrations.read({ token, purpose: 'invitation' });
const refusedAs = (why: string) => ({ kind: 'refused', why });
const idOf = (result: FinishResult) => (result.kind === 'registered' ? result.account.id : '');

describe('an invitation', () => {
  test('goes out by mail in the name of who invites', async () => {
    const { link } = await invited({ invitedBy: { id: 'a', name: 'Ada' }, language: 'de' });
    const message = { kind: 'invitation', link, invitedBy: 'Ada' };
    expect(await desk.mailbox()).toEqual([{ to: ben, language: 'de', message }]);
  });

  test('is handed over by whoever invites where no mail shall go out', async () => {
    const { link } = await invited({ language: null });
    expect(link).toMatch(/^https:\/\/login\.kittens\.example\/invitation\?token=[\w-]{43}$/);
    expect(await desk.mailbox()).toEqual([]);
  });

  test('that was handed over proves no address, one that was mailed does', async () => {
    const confirmedBy = async (language: NewInvitation['language']) => {
      const email = `${language ?? 'nobody'}@kittens.example`;
      const result = await finish((await invited({ email, language })).token);
      const row = await desk.host.db
        .selectFrom('accounts')
        .select('email_confirmed_at')
        .where('id', '=', idOf(result))
        .executeTakeFirstOrThrow();
      return row.email_confirmed_at;
    };
    expect(await confirmedBy(null)).toBeNull();
    expect(await confirmedBy('en')).toBe(desk.host.clock.now());
  });

  test('makes an active account with what it grants, though others wait for approval', async () => {
    const until = desk.host.clock.now() + 86_400_000;
    const { token } = await invited({
      name: 'Ben Bunny',
      access: [
        { app: 'shop', until, role: null },
        { app: 'toys', until: null, role: 'editor' },
      ],
    });
    expect(await read(token)).toMatchObject({
      kind: 'good',
      name: 'Ben Bunny',
      address: { key: ben },
    });
    const result = await finish(token);
    expect(result).toMatchObject({ kind: 'registered', account: { email: ben, state: 'active' } });
    const apps = await desk.host.access.grantedApps(idOf(result));
    expect(apps).toEqual({ shop: until, toys: null });
    expect(await desk.news.tell()).toBe(false);
  });

  test('works once, also for twenty at a time, and says so afterwards', async () => {
    const { token } = await invited();
    const results = await Promise.all(Array.from({ length: 20 }, () => finish(token)));
    expect(results.filter(({ kind }) => kind === 'registered')).toHaveLength(1);
    expect(await read(token)).toEqual(refusedAs('used'));
    expect(await finish(token)).toEqual(refusedAs('used'));
  });

  test('that is withdrawn while its form is being taken makes no account', async () => {
    desk.configure({ registration: 'invitation', approval: 'automatic' });
    const { id, token } = await invited();
    const { read: readIn } = desk.invitations;
    vi.spyOn(desk.invitations, 'read').mockImplementation(async (db, invitation) => {
      const found = await readIn(db, invitation);
      const withdrawn = { state: 'withdrawn', settled_at: 0 } as const;
      if (db.isTransaction)
        await db.updateTable('invitations').set(withdrawn).where('id', '=', id).execute();
      return found;
    });
    expect(await finish(token)).toEqual(refusedAs('withdrawn'));
    expect(await desk.host.db.selectFrom('accounts').selectAll().execute()).toEqual([]);
  });

  test('is too late after a week', async () => {
    const { token } = await invited();
    desk.host.clock.advance(invitationSeconds * 1000);
    expect(await read(token)).toEqual(refusedAs('expired'));
    expect(await finish(token)).toEqual(refusedAs('expired'));
  });

  test('is forgotten with its address 30 days after it ran out', async () => {
    await invited();
    const { db, clock } = desk.host;
    const left = () => db.selectFrom('invitations').select('id').execute();
    clock.advance(invitationSeconds * 1000 + keptMilliseconds - 1);
    await sweep({ db, now: clock.now });
    expect(await left()).toHaveLength(1);
    clock.advance(1);
    await sweep({ db, now: clock.now });
    expect(await left()).toEqual([]);
  });

  test('that was withdrawn says so, and is withdrawn once', async () => {
    const { id, token } = await invited();
    expect(await desk.invitations.listOpen()).toMatchObject([{ id, email: ben, access: [] }]);
    expect(await desk.invitations.withdraw(id)).toBe(true);
    expect(await desk.invitations.withdraw(id)).toBe(false);
    expect(await read(token)).toEqual(refusedAs('withdrawn'));
    expect(await finish(token)).toEqual(refusedAs('withdrawn'));
    expect(await desk.invitations.listOpen()).toEqual([]);
  });

  test('that was used cannot be withdrawn', async () => {
    const { id, token } = await invited();
    await finish(token);
    expect(await desk.invitations.withdraw(id)).toBe(false);
  });

  test('to the same address takes the place of the one before', async () => {
    const first = await invited({ access: [{ app: 'shop', until: null, role: null }] });
    const second = await invited();
    expect(await finish(first.token)).toEqual(refusedAs('withdrawn'));
    const result = await finish(second.token);
    expect(await desk.host.access.grantedApps(idOf(result))).toEqual({});
  });

  test('is no link for an open registration', async () => {
    const { token } = await invited();
    expect(await finish(token, 'confirm-registration')).toEqual(refusedAs('unknown'));
  });

  test('is used up by whoever proves the address in another way, with what it grants', async () => {
    desk.configure({ registration: 'open' });
    const { token } = await invited({ access: [{ app: 'shop', until: null, role: null }] });
    const result = await desk.register('ben');
    expect(result).toMatchObject({ kind: 'registered', account: { state: 'active' } });
    expect(await desk.host.access.grantedApps(idOf(result))).toEqual({ shop: null });
    expect(await finish(token)).toEqual(refusedAs('used'));
  });

  test('is not made for an account, for no address, and where the config has none', async () => {
    await desk.host.person('ben');
    expect(await invite()).toEqual(refusedAs('email-taken'));
    expect(await invite({ email: 'ben@kittens.example, eve@evil.example' })).toEqual(
      refusedAs('email-invalid'),
    );
    expect(await invite({ email: 'eve@evil.example', name: 'Eve\nBcc: x' })).toEqual(
      refusedAs('name-invalid'),
    );
    desk.configure({ registration: 'closed' });
    expect(await invite({ email: 'cat@kittens.example' })).toEqual(refusedAs('closed'));
    expect(await desk.mailbox()).toEqual([]);
  });

  test('that was sent works on when the address has had too many mails for another', async () => {
    const { token } = await invited();
    for (let time = 0; time < 4; time += 1)
      await desk.invitations.invite({ email: ben, invitedBy: null, language: 'en' });
    const sixth = await invite();
    expect(sixth).toEqual(refusedAs('mail-limited'));
    expect(await finish(token)).toEqual(refusedAs('withdrawn'));
    expect(await finish(await desk.token(ben))).toMatchObject({ kind: 'registered' });
  });

  test('waits for nobody any more once the config closes registration', async () => {
    const { token } = await invited();
    desk.configure({ registration: 'closed' });
    expect(await finish(token)).toEqual(refusedAs('closed'));
  });
});
