import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningLoginHost, startLoginHost } from '../../test/running-login-host.ts';

/** Seeded: `ada` is the administrator, `ben` may enter the apps, `cat` and others less. */
let host: RunningLoginHost;
let asker: string;
let approver: string;

beforeAll(async () => {
  host = await startLoginHost();
});
afterAll(() => host.close());

beforeEach(async () => {
  await host.write('delete from access_requests');
  await host.write(
    "delete from access where account_id = (select id from accounts where name like 'Ben%')",
  );
  await host.write('delete from approvers');
  asker = await host.signIn('ben');
  approver = await host.signIn('ada');
});

async function page(path: string, cookie: string, language = 'en') {
  return host.ask(path, { headers: { cookie, 'accept-language': language } });
}

async function ask(reason = 'I write there'): Promise<string> {
  const answer = await host.post('/access/request', { app: 'toys', reason }, { cookie: asker });
  expect(answer).toMatchObject({ status: 303, location: `${host.origin}/no-access?app=toys` });
  return String(
    (await host.rows("select id from access_requests where state = 'waiting'"))[0]?.['id'],
  );
}

function decide(fields: Record<string, string>, cookie = approver) {
  return host.post('/approvals/request', fields, { cookie });
}

test('a person asks from the page of the app, and sees that they wait', async () => {
  const before = await page('/no-access?app=toys', asker);
  expect(before.status).toBe(403);
  expect(before.text).toContain('action="/access/request"');
  await ask();
  const after = await page('/no-access?app=toys', asker);
  expect(after.text).toContain('You asked for access a moment ago');
  expect(after.text).not.toContain('action="/access/request"');
  expect((await page('/', asker)).text).toContain('asked for');
  expect((await page('/no-access?app=toys', asker, 'de')).text).toContain('um Zugang gebeten');
});

test('what they write is shown as text to whoever decides', async () => {
  const id = await ask('<img src=x onerror=alert(1)>');
  for (const path of ['/approvals', `/approvals/request?id=${id}`]) {
    const { status, text } = await page(path, approver);
    expect(status).toBe(200);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).not.toContain('<img src=x');
  }
});

test('a reason that is too long is shown again with what was typed', async () => {
  const form = { app: 'toys', reason: 'y'.repeat(501) };
  const answer = await host.post('/access/request', form, { cookie: asker });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('Write at most 500 characters.');
  expect(answer.text).toContain('y'.repeat(501));
});

test('an approver lets them in until a day, and they may enter', async () => {
  const id = await ask();
  const answer = await decide({ id, act: 'grant', until: '2999-12-31', role: '' });
  expect(answer.location).toBe(`${host.origin}/approvals?done=granted`);
  const { text } = await page('/no-access?app=toys', asker);
  expect(text).toContain('You have access');
  expect(
    await host.rows("select state, granted_until from access where app = 'toys'"),
  ).toContainEqual({
    state: 'granted',
    granted_until: Date.parse('3000-01-01T00:00Z'),
  });
});

test('turned down, they read why, and ask again a day later at the earliest', async () => {
  await decide({ id: await ask(), act: 'deny', reason: 'Not in winter' });
  const { text } = await page('/no-access?app=toys', asker);
  expect(text).toContain('turned down: Not in winter');
  expect(text).toContain('You can ask again from');
  expect(text).not.toContain('action="/access/request"');
});

test('of two approvers the second one gets a page that says who decided', async () => {
  const id = await ask();
  await decide({ id, act: 'grant' });
  for (const answer of [
    await decide({ id, act: 'deny', reason: '' }),
    await page(`/approvals/request?id=${id}`, approver),
  ]) {
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('Nothing was changed.');
  }
});

test('who decides on nothing sees nothing, whatever id they write', async () => {
  const id = await ask();
  expect((await page('/approvals', asker)).status).toBe(403);
  const unknown = await page('/approvals/request?id=no-such-id', asker);
  const foreign = await page(`/approvals/request?id=${id}`, asker);
  expect(foreign.status).toBe(404);
  expect(foreign.text).toBe(unknown.text);
  expect((await decide({ id, act: 'grant' }, asker)).status).toBe(404);
  expect(await host.rows("select state from access_requests where state = 'waiting'")).toHaveLength(
    1,
  );
});

test('an approver of another app neither, and one of this app not on their own request', async () => {
  const id = await ask();
  const list = (app: string) =>
    host.write(`insert into approvers select id, '${app}', 0 from accounts where name like 'Ben%'`);
  await list('blog');
  expect((await page('/approvals', asker)).text).not.toContain(id);
  expect((await page(`/approvals/request?id=${id}`, asker)).status).toBe(404);
  await list('toys');
  expect((await page(`/approvals/request?id=${id}`, asker)).text).toContain('your own request');
  expect((await decide({ id, act: 'grant' }, asker)).text).toContain('your own request');
  expect(await host.rows("select state from access_requests where state = 'waiting'")).toHaveLength(
    1,
  );
});

test('a form of another site changes nothing', async () => {
  const id = await ask();
  const origin = 'https://evil.example';
  for (const [path, fields, cookie] of [
    ['/access/request', { app: 'wiki', reason: '' }, asker],
    ['/approvals/request', { id, act: 'grant' }, approver],
  ] as const) {
    const answer = await host.post(path, fields, { cookie, origin });
    expect(answer.status).toBe(403);
  }
  expect(await host.rows('select state from access_requests')).toEqual([{ state: 'waiting' }]);
});

test('an act wants a proof younger than ten minutes, and comes back to the request', async () => {
  const id = await ask();
  host.advance(11 * 60_000);
  const late = await decide({ id, act: 'grant' });
  expect(late.location).toBe(`${host.origin}/approvals/request?id=${id}`);
  expect(await host.rows('select state from access_requests')).toEqual([{ state: 'waiting' }]);
  const form = await page(`/approvals/request?id=${id}`, approver);
  expect(form.text).toContain('name="password"');
  expect(form.text).toContain(`/approvals/request?id=${id}`);
  const again = await host.signIn('ada', { cookie: approver });
  expect((await decide({ id, act: 'grant' }, again)).location).toContain('done=granted');
});

test('who is not signed in signs in first, and comes back', async () => {
  const id = await ask();
  const { location } = await page(`/approvals/request?id=${id}`, '');
  expect(new URL(location).searchParams.get('return_to')).toBe(`/approvals/request?id=${id}`);
  expect((await decide({ id, act: 'grant' }, '')).location).toContain('/sign-in?return_to=');
  expect(await host.rows('select state from access_requests')).toEqual([{ state: 'waiting' }]);
});

test.each([[{ app: 'no-such-app', reason: '' }], [{ reason: '' }]])(
  'asking with %j is refused',
  async (fields) => {
    expect((await host.post('/access/request', fields, { cookie: asker })).status).toBe(400);
  },
);

test('a person who was suspended meanwhile asks and decides nothing', async () => {
  const id = await ask();
  await host.write("update accounts set state = 'suspended' where name like 'Ada%'");
  const answer = await decide({ id, act: 'grant' });
  await host.write("update accounts set state = 'active' where name like 'Ada%'");
  expect(answer.location).toContain('/sign-in');
  expect(await host.rows('select state from access_requests')).toEqual([{ state: 'waiting' }]);
});

/** Somebody who registered and waits. */
async function waitingAccount(): Promise<string> {
  const id = crypto.randomUUID();
  await host.write(
    `insert into accounts (id, email, email_key, name, state, epoch, administrator, created_at)
     values ('${id}', '${id}@x.example', '${id}@x.example', 'Dan', 'pending', 1, 0, 0)`,
  );
  return id;
}
const stateOf = async (id: string) =>
  (await host.rows(`select state from accounts where id = '${id}'`))[0];

test('an administrator approves an account that waits, and only the first decision holds', async () => {
  const id = await waitingAccount();
  expect((await page('/approvals', approver)).text).toContain('Dan asks for an account');
  expect((await page(`/approvals/account?id=${id}`, approver)).text).toContain('Approve account');
  const decideOn = (act: string) =>
    host.post('/approvals/account', { id, act }, { cookie: approver });
  expect((await decideOn('approve')).location).toContain('done=approved');
  expect((await decideOn('deny')).status).toBe(409);
  expect(await stateOf(id)).toEqual({ state: 'active' });
});

test('nobody else does, approvers of apps included, nor a form of another site or an old proof', async () => {
  const id = await waitingAccount();
  await host.write(
    "insert into approvers select id, 'toys', 0 from accounts where name like 'Ben%'",
  );
  const fields = { id, act: 'approve' };
  expect((await page('/approvals', asker)).text).not.toContain('Dan asks');
  expect((await page(`/approvals/account?id=${id}`, asker)).status).toBe(403);
  const refused = await host.post('/approvals/account', fields, { cookie: asker });
  expect(refused.status).toBe(403);
  const foreign = { cookie: approver, origin: 'https://evil.example' };
  expect((await host.post('/approvals/account', fields, foreign)).status).toBe(403);
  host.advance(11 * 60_000);
  const late = await host.post('/approvals/account', fields, { cookie: approver });
  expect(late.location).toBe(`${host.origin}/approvals/account?id=${id}`);
  expect(await stateOf(id)).toEqual({ state: 'pending' });
});
