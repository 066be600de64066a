import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AccessHost, openAccessHost } from '../../test/access-host.ts';
import { askAgainAfterMilliseconds } from './access-request.ts';

const grant = { kind: 'grant', until: null, role: null } as const;
const deny = { kind: 'deny', reason: 'Ask in spring' } as const;

let at: AccessHost;
let ada: string;
let ben: string;
let root: string;

beforeEach(async () => {
  at = await openAccessHost();
  ada = (await at.host.person('ada')).id;
  ben = (await at.host.person('ben')).id;
  root = (await at.host.person('root')).id;
  await at.host.accounts.setAdministrator(root, true);
  await at.approvers.add(ben, 'shop');
});
afterEach(() => at.host.close());

async function shopOf(accountId: string) {
  return (await at.host.access.of(accountId)).apps.get('shop');
}

describe('a person who asks for an app', () => {
  test('waits, and its approvers and the administrators are told by mail', async () => {
    await at.asked(ada);
    expect((await at.requests.statusOf(ada)).get('shop')).toMatchObject({
      state: 'waiting',
      requestedAt: at.host.clock.now(),
      askableAt: null,
    });
    expect(await shopOf(ada)).toBeUndefined();
    expect(await at.mails()).toEqual([
      'ben@kittens.example access-waiting',
      'root@kittens.example access-waiting',
    ]);
  });

  test('asks once, also with two clicks at the same time', async () => {
    const asking = { accountId: ada, app: 'shop', reason: '' };
    const results = await Promise.all([at.requests.ask(asking), at.requests.ask(asking)]);
    expect(results.filter(({ kind }) => kind === 'asked')).toHaveLength(1);
    expect(results).toContainEqual({ kind: 'refused', why: 'already-waiting' });
    expect(await at.requests.waiting(['shop'])).toHaveLength(1);
    expect(await at.mails()).toHaveLength(2);
  });

  test('is not asked to wait for what they may enter, and writes 500 characters at most', async () => {
    await at.host.access.grant(ada, 'shop');
    const asking = { accountId: ada, app: 'shop', reason: '' };
    expect(await at.requests.ask(asking)).toEqual({ kind: 'refused', why: 'may-enter' });
    const long = { ...asking, app: 'blog', reason: 'x'.repeat(501) };
    expect(await at.requests.ask(long)).toEqual({ kind: 'refused', why: 'reason-too-long' });
  });

  test('writes what no database refuses and what changes no text around it', async () => {
    const reason = 'I sell\u0000 \u202Estah\r\nDaily';
    expect(await at.requests.ask({ accountId: ada, app: 'shop', reason })).toEqual({
      kind: 'asked',
    });
    const [waiting] = await at.requests.waiting(['shop']);
    expect(waiting?.reason).toBe('I sell   stah\nDaily');
    const decision = { kind: 'deny', reason: 'No\u0000\u202E.' } as const;
    await at.requests.decide(ben, waiting?.id ?? '', decision);
    expect((await at.requests.statusOf(ada)).get('shop')?.reason).toBe('No  .');
  });

  test('who is suspended meanwhile is not decided on, and neither let in nor told so', async () => {
    const id = await at.asked(ada);
    await at.host.accounts.setState(ada, 'suspended');
    const before = await at.mails();
    expect(await at.requests.find(ben, id)).toBeNull();
    expect(await at.requests.decide(ben, id, grant)).toEqual({ kind: 'refused', why: 'unknown' });
    expect(await shopOf(ada)).toBeUndefined();
    expect(await at.mails()).toEqual(before);
    await at.host.accounts.setState(ada, 'active');
    expect(await at.requests.decide(ben, id, grant)).toEqual({ kind: 'decided' });
  });

  test.each(['', '\u0000', "' or 1=1", 'x'.repeat(10_000)])(
    'no request has the id %j',
    async (id) => {
      expect(await at.requests.find(root, id)).toBeNull();
      const refused = { kind: 'refused', why: 'unknown' };
      expect(await at.requests.decide(root, id, grant)).toEqual(refused);
    },
  );

  test('asks again a day after a denial, and not before', async () => {
    await at.requests.decide(ben, await at.asked(ada), deny);
    const until = at.host.clock.now() + askAgainAfterMilliseconds;
    const asking = { accountId: ada, app: 'shop', reason: '' };
    expect(await at.requests.ask(asking)).toEqual({ kind: 'refused', why: 'too-soon', until });
    at.host.clock.advance(askAgainAfterMilliseconds);
    expect(await at.requests.ask(asking)).toEqual({ kind: 'asked' });
  });

  test('does not lift a withdrawal by asking, whatever else opens the app', async () => {
    await at.groups.add('sellers');
    await at.groups.grant('sellers', 'shop', null);
    await at.groups.addMember('sellers', ada);
    await at.host.access.revoke(ada, 'shop');
    await at.asked(ada);
    expect(await shopOf(ada)).toBeUndefined();
  });
});

describe('a decision', () => {
  test('lets the person in until a date and with a role, and tells them', async () => {
    const until = at.host.clock.now() + 60_000;
    const id = await at.asked(ada);
    const result = await at.requests.decide(ben, id, { kind: 'grant', until, role: 'editor' });
    expect(result).toEqual({ kind: 'decided' });
    expect(await shopOf(ada)).toMatchObject({ until, roles: ['editor'] });
    expect(await at.mails()).toContain('ada@kittens.example access-granted');
    at.host.clock.advance(60_000);
    expect(await shopOf(ada)).toBeUndefined();
  });

  test('reaches whoever is signed in at their next request', async () => {
    const { accountId, slot } = await at.host.signedIn('cat');
    await at.requests.decide(root, await at.asked(accountId, 'blog'), grant);
    expect((await at.host.store.readSignIn(slot))?.signIn.apps).toEqual({ blog: null, shop: null });
  });

  test('against the person shows them the reason', async () => {
    await at.requests.decide(ben, await at.asked(ada), deny);
    expect((await at.requests.statusOf(ada)).get('shop')).toMatchObject({
      state: 'denied',
      reason: 'Ask in spring',
    });
    expect(await at.mails()).toContain('ada@kittens.example access-denied');
    expect(await at.host.access.stateOf(ada, 'shop')).toBe('denied');
  });

  test('of two approvers at once holds once, and the other one hears by whom', async () => {
    const id = await at.asked(ada);
    const results = await Promise.all([
      at.requests.decide(ben, id, grant),
      at.requests.decide(root, id, deny),
    ]);
    expect(results.filter(({ kind }) => kind === 'decided')).toHaveLength(1);
    const second = results.find(({ kind }) => kind === 'already-decided');
    const isGranted = (await shopOf(ada)) !== undefined;
    expect(second).toMatchObject({
      request: { state: isGranted ? 'granted' : 'denied', decidedBy: isGranted ? 'ben' : 'root' },
    });
    expect((await at.mails()).filter((mail) => mail.startsWith('ada@'))).toHaveLength(1);
  });

  test('on a request that is not there, or for an app of others, is refused with one answer', async () => {
    const id = await at.asked(ada, 'blog');
    const unknown = { kind: 'refused', why: 'unknown' };
    expect(await at.requests.decide(ben, id, grant)).toEqual(unknown);
    expect(await at.requests.decide(ben, 'no-such-id', grant)).toEqual(unknown);
    expect(await at.requests.decide(ada, id, grant)).toEqual(unknown);
    expect(await at.requests.find(ben, id)).toBeNull();
    expect(await at.requests.find(root, id)).toMatchObject({ app: 'blog', name: 'ada' });
  });

  test('on a request for an app that has left the family is refused, and lets nobody in', async () => {
    const id = await at.asked(ada);
    at.leaveFamily('shop');
    const unknown = { kind: 'refused', why: 'unknown' };
    expect(await at.requests.find(root, id)).toBeNull();
    expect(await at.requests.decide(root, id, grant)).toEqual(unknown);
    expect(await at.requests.decide(root, id, deny)).toEqual(unknown);
    expect((await at.mails()).filter((mail) => mail.startsWith('ada@'))).toEqual([]);
  });

  test('by an approver whose rights were withdrawn in between is refused', async () => {
    const id = await at.asked(ada);
    expect(await at.requests.find(ben, id)).not.toBeNull();
    await at.approvers.remove(ben, 'shop');
    expect(await at.requests.decide(ben, id, grant)).toEqual({ kind: 'refused', why: 'unknown' });
    expect(await shopOf(ada)).toBeUndefined();
  });

  test.each(['pending', 'suspended', 'deleted'] as const)(
    'by an approver or administrator who is %s meanwhile is refused',
    async (state) => {
      const id = await at.asked(ada);
      for (const decider of [ben, root]) {
        await at.host.accounts.setState(decider, state);
        const result = await at.requests.decide(decider, id, grant);
        expect(result).toEqual({ kind: 'refused', why: 'unknown' });
      }
    },
  );

  test('on a request of their own is for administrators alone', async () => {
    const own = await at.asked(ben);
    expect(await at.requests.decide(ben, own, grant)).toEqual({ kind: 'refused', why: 'own' });
    expect(await shopOf(ben)).toBeUndefined();
    expect(await at.requests.decide(root, await at.asked(root), grant)).toEqual({
      kind: 'decided',
    });
  });

  test('with a date that has passed, a made-up role or a long reason changes nothing', async () => {
    const id = await at.asked(ada);
    const past = { ...grant, until: at.host.clock.now() };
    const cases = [
      [past, 'until-past'],
      [{ ...grant, role: 'owner' }, 'unknown-role'],
      [{ ...deny, reason: 'x'.repeat(501) }, 'reason-too-long'],
    ] as const;
    for (const [decision, why] of cases)
      expect(await at.requests.decide(ben, id, decision)).toEqual({ kind: 'refused', why });
    expect(await at.requests.waiting(['shop'])).toHaveLength(1);
  });
});

describe('what waits', () => {
  test('is listed for the apps that are asked about, of people who are active', async () => {
    await at.asked(ada);
    await at.asked(ada, 'blog');
    expect((await at.requests.waiting(['shop'])).map(({ app }) => app)).toEqual(['shop']);
    expect(await at.requests.waiting([])).toEqual([]);
    await at.host.accounts.setState(ada, 'suspended');
    expect(await at.requests.waiting(['shop', 'blog'])).toEqual([]);
  });

  test('is for approvers of the app and administrators, and for nobody once they are not active', async () => {
    const all = ['shop', 'blog'];
    expect(await at.approvers.appsOf(ben, all)).toEqual(['shop']);
    expect(await at.approvers.appsOf(root, all)).toEqual(all);
    expect(await at.approvers.appsOf(ada, all)).toEqual([]);
    await at.host.accounts.setState(root, 'suspended');
    expect(await at.approvers.appsOf(root, all)).toEqual([]);
  });
});
