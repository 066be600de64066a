import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApp, origin, type TestApp, type TestBrowser } from '../../test/test-app.ts';

const ben = { id: '11111111-1111-4111-8111-111111111111', sid: 'sid-of-ben' };

let app: TestApp;
let browser: TestBrowser;

beforeEach(async () => {
  app = await createTestApp();
  browser = app.browser();
  await browser.signIn(ben);
});
afterEach(() => app.close());

test('signing out ends the sign-in at the login host by its sid, then here', async () => {
  const copy = new Map(browser.cookies);
  const response = await browser.post('/sign-out');
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`${origin}/_latchkey/signed-out?ticket=the-ticket`);
  expect(app.issuer.ended).toEqual([ben.sid]);
  expect(await browser.me()).toBeNull();
  const thief = app.browser();
  for (const [name, value] of copy) thief.cookies.set(name, value);
  expect(await thief.me()).toBeNull();
});

test('a second tab of the sign-in is out as well', async () => {
  const second = app.browser();
  await second.signIn(ben);
  await browser.post('/sign-out');
  expect(await second.me()).toBeNull();
});

test('the page after it goes on to the login host by itself, with the ticket', async () => {
  const { headers } = await browser.post('/sign-out');
  const page = await browser.get(headers.get('location') ?? '');
  expect(page.status).toBe(200);
  const onward = 'https://login.kittens.example/signed-out?app=wiki&#38;ticket=the-ticket';
  expect(await page.text()).toContain(`<meta http-equiv="refresh" content="0;url=${onward}">`);
});

test('what is no navigation gets JSON that says where the browser is to go', async () => {
  for (const headers of [{ 'sec-fetch-mode': 'cors' }, { 'sec-fetch-mode': 'no-cors' }]) {
    const response = await browser.post('/sign-out', { ...headers });
    expect(response.status).toBe(200);
    const next = expect.stringContaining(`${origin}/_latchkey/signed-out`);
    expect(await response.json()).toEqual({ signedIn: false, next });
  }
  expect(await browser.me()).toBeNull();
});

test('for somebody who is not signed in there is no ticket', async () => {
  const stranger = app.browser();
  const response = await stranger.post('/sign-out');
  expect(response.headers.get('location')).toBe(`${origin}/_latchkey/signed-out`);
  expect(app.issuer.calls).not.toContain('/oidc/sign-out');
});

test('GET shows a button and changes nothing', async () => {
  const page = await browser.get('/sign-out');
  expect(await page.text()).toContain('<button>Sign out</button>');
  expect(await browser.me()).not.toBeNull();
});

test('another site cannot sign anybody out', async () => {
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  expect((await browser.post('/sign-out', foreign)).status).toBe(403);
  expect(await browser.me()).not.toBeNull();
  expect(app.issuer.ended).toEqual([]);
});

test('while the login host is away: out here, told so, and the login host hears of it later', async () => {
  app.issuer.down = 'sign-out';
  const response = await browser.post('/sign-out');
  expect(response.headers.get('location')).toBe(`${origin}/_latchkey/signed-out`);
  const page = await (await browser.get('/_latchkey/signed-out')).text();
  expect(page).toContain('will follow');
  expect(page).not.toContain('http-equiv');
  expect(await browser.me()).toBeNull();
  expect(await app.party.tellPendingEndings()).toBe(1);
  app.issuer.down = null;
  expect(await app.party.tellPendingEndings()).toBe(0);
  expect(app.issuer.ended).toEqual([ben.sid]);
  expect(await app.party.tellPendingEndings()).toBe(0);
  expect(app.issuer.ended).toEqual([ben.sid]);
});

test('a restart forgets no sign-out that the login host did not hear of', async () => {
  app.issuer.down = 'sign-out';
  await browser.post('/sign-out');
  app.issuer.down = null;
  const restarted = app.restart();
  expect(await restarted.party.tellPendingEndings()).toBe(0);
  expect(app.issuer.ended).toEqual([ben.sid]);
});

test('after such a sign-out the next sign-in in this browser is not silent, and the one after that is', async () => {
  app.issuer.down = 'sign-out';
  await browser.post('/sign-out');
  app.issuer.down = null;
  await browser.signIn({ ...ben, sid: 'another-sid' });
  expect(app.issuer.authorizations.at(-1)?.searchParams.get('prompt')).toBe('login');
  await browser.post('/sign-out');
  await browser.signIn({ ...ben, sid: 'a-third-sid' });
  expect(app.issuer.authorizations.at(-1)?.searchParams.get('prompt')).toBeNull();
});

test.each([401, 500, 302])('a login host that answers %i did not confirm', async (status) => {
  app.issuer.signOutStatus = status;
  await browser.post('/sign-out');
  expect(await browser.me()).toBeNull();
  expect(await app.party.tellPendingEndings()).toBe(1);
});

test('several sign-outs while the login host is away are all told', async () => {
  const others = await Promise.all(
    ['a', 'b', 'c'].map(async (sid) => {
      const other = app.browser();
      await other.signIn({ ...ben, sid });
      return other;
    }),
  );
  app.issuer.down = 'sign-out';
  await Promise.all(others.map((other) => other.post('/sign-out')));
  app.issuer.down = null;
  expect(await app.party.tellPendingEndings()).toBe(0);
  expect([...app.issuer.ended].sort()).toEqual(['a', 'b', 'c']);
});

/** A second tab that began before the person was signed in, and comes back with another sign-in of theirs. */
async function arriveLate(sid: string, provedAt: number): Promise<void> {
  browser = app.browser();
  const waiting = (await browser.get('/sign-in')).headers.get('location') ?? '';
  await browser.signIn(ben);
  app.issuer.idTokenChanges = { auth_time: provedAt };
  const arrived = await browser.get(app.issuer.authorize(waiting, { ...ben, sid }));
  expect([arrived.status, arrived.headers.get('location')]).toEqual([303, `${origin}/`]);
}

test('a callback of a later sign-in of the same person ends the earlier one over the login host', async () => {
  await arriveLate('later', 4_000_000_000);
  expect([app.issuer.ended, app.issuer.endCauses]).toEqual([[ben.sid], ['replaced']]);
  expect(await browser.me()).toMatchObject({ id: ben.id });
  await browser.post('/sign-out');
  expect(app.issuer.ended).toEqual([ben.sid, 'later']);
});

test('a callback of an earlier sign-in of the same person changes nothing', async () => {
  await arriveLate('earlier', 1_000_000_000);
  expect(app.issuer.ended).toEqual([]);
  expect(await browser.me()).toMatchObject({ id: ben.id });
  await browser.post('/sign-out');
  expect(app.issuer.ended).toEqual([ben.sid]);
});
