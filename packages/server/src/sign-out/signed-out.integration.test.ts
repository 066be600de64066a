import { createHmac } from 'node:crypto';
import {
  appSignOutPath,
  callSignatureHeader,
  deriveAppKey,
  derivePurposeKey,
} from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  familySecret,
  type HostAnswer,
  pairsOf,
  type RunningLoginHost,
  startLoginHost,
} from '../../test/running-login-host.ts';

let host: RunningLoginHost;
beforeEach(async () => {
  host = await startLoginHost();
});
afterEach(() => host.close());

/** What an app's signed call gets for the sign-in of this browser. */
async function signOutAtToys(cookie: string, cause = 'sign-out'): Promise<string | null> {
  const slot = /_login=([\w-]{16})/.exec(cookie)?.[1];
  const { at } = { at: Date.now() + ahead };
  const body = JSON.stringify({ app: 'toys', slot, cause, at });
  const key = derivePurposeKey(
    deriveAppKey(familySecret, 'toys'),
    'call to the login host',
    host.family.realm.present,
  );
  const signature = createHmac('sha256', key).update(`POST ${appSignOutPath}\n${body}`);
  const headers = { [callSignatureHeader]: signature.digest('base64url') };
  const answer = await host.ask(appSignOutPath, { method: 'POST', body, headers });
  expect(answer.status).toBe(200);
  return (JSON.parse(answer.text) as { ticket: string | null }).ticket;
}

let ahead = 0;
function advance(milliseconds: number): void {
  ahead += milliseconds;
  host.advance(milliseconds);
}
beforeEach(() => {
  ahead = 0;
});

const bring = (ticket: string | null, cookie: string): Promise<HostAnswer> =>
  host.ask(`/signed-out?${new URLSearchParams({ app: 'toys', ticket: ticket ?? '' })}`, {
    headers: { cookie },
  });

const isSignedIn = async (cookie: string): Promise<boolean> =>
  (await host.ask('/', { headers: { cookie } })).text.includes('Sign out');

/** The page that a browser sees after an answer, with the cookies of that. */
async function pageAfter(answer: HostAnswer, cookie: string): Promise<string> {
  const headers = { cookie: [cookie, pairsOf(answer.cookies)].join('; ') };
  return (await host.ask(answer.location.slice(host.origin.length), { headers })).text;
}

/** Fills the form that is shown in the place of a request; gives where it leads on to, and the browser's cookies by then. */
async function proveInPlace(
  path: string,
  cookie: string,
  person: string,
): Promise<{
  readonly proved: HostAnswer;
  readonly returnTo: string;
  readonly cookie: string;
}> {
  const form = await host.ask(path, { headers: { cookie } });
  expect(form.text).toContain('name="password"');
  const [, hidden = ''] = /name="return_to" value="([^"]*)"/.exec(form.text) ?? [];
  const returnTo = hidden.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=');
  const fields = {
    email: `${person}@kittens.example`,
    password: 'correct horse battery staple',
    return_to: returnTo,
  };
  const browser = `${cookie}; ${pairsOf(form.cookies)}`;
  const proved = await host.post('/sign-in', fields, { cookie: browser });
  const own = pairsOf(proved.cookies.filter((line) => !line.includes('latchkey_ask')));
  return { proved, returnTo, cookie: `${own}; ${pairsOf(form.cookies)}` };
}

const clean = (): string => `${host.origin}/signed-out?app=toys`;
const hop = '/handshake?app=toys&return_to=/&state=AAAAAAAAAAAAAAAAAAAAAA.Lw';

describe('a ticket in a browser with two sign-ins of one person', () => {
  test('ends the later one too, which the app did not know, and says what happened', async () => {
    const earlier = await host.signIn();
    advance(60_000);
    const later = await host.signIn();
    const ticket = await signOutAtToys(earlier);
    expect(await isSignedIn(later)).toBe(true);
    const answer = await bring(ticket, later);
    expect([answer.status, answer.location]).toEqual([303, clean()]);
    expect(await isSignedIn(later)).toBe(false);
    const page = await pageAfter(answer, '');
    expect(page).toContain('You are signed out');
    expect(page).toContain(`${host.family.apps.get('toys')?.origin}/`);
    expect(page).toContain('Back to Toys');
  });

  test('ends nothing that was proved after its moment', async () => {
    const earlier = await host.signIn();
    const ticket = await signOutAtToys(earlier);
    advance(30_000);
    const later = await host.signIn();
    const answer = await bring(ticket, later);
    expect(await isSignedIn(later)).toBe(true);
    expect(answer.cookies.join('\n')).not.toContain('latchkey_ask_login=1');
    expect(await pageAfter(answer, later)).toContain('You are still signed in');
    expect((await host.ask(hop, { headers: { cookie: later } })).location).toContain('token=');
  });

  test('ends nobody else’s, says who is signed in, and asks before the next app', async () => {
    const ben = await host.signIn('ben');
    const ada = await host.signIn('ada');
    const answer = await bring(await signOutAtToys(ben), ada);
    expect(await isSignedIn(ada)).toBe(true);
    const page = await pageAfter(answer, ada);
    expect(page).toContain('You are still signed in');
    expect(page).toContain('ada@kittens.example');
    const cookie = `${ada}; ${pairsOf(answer.cookies)}`;
    const { proved, returnTo, cookie: after } = await proveInPlace(hop, cookie, 'ada');
    expect(proved.cookies.join('\n')).toMatch(/latchkey_ask_login=; Max-Age=0/);
    expect((await host.ask(returnTo, { headers: { cookie: after } })).location).toContain('token=');
    expect((await host.ask(hop, { headers: { cookie: after } })).location).toContain('token=');
  });
});

describe('a ticket that is not good', () => {
  test.each(['used', 'run out', 'forged', 'absent', 'only looked at'])(
    '%s: the page alone, nothing ends and nothing is noted',
    async (kind) => {
      const earlier = await host.signIn();
      advance(1_000);
      const later = await host.signIn();
      const ticket = (await signOutAtToys(earlier)) ?? '';
      if (kind === 'used') await bring(ticket, '');
      if (kind === 'run out') advance(60_000);
      const path = `/signed-out?${new URLSearchParams({ app: 'toys', ticket })}`;
      const head = { method: 'HEAD', headers: { cookie: later } };
      const answer =
        kind === 'only looked at'
          ? await host.ask(path, head)
          : await bring(
              kind === 'forged' ? `${ticket.slice(0, -2)}AA` : kind === 'absent' ? '' : ticket,
              later,
            );
      expect([answer.status, answer.location, answer.cookies]).toEqual([303, clean(), []]);
      expect(await isSignedIn(later)).toBe(true);
      const page = await pageAfter(answer, later);
      expect(page).toContain('You are still signed in');
      expect(await pageAfter(answer, '')).toContain('Nobody is signed in');
    },
  );

  test('is given for no other cause than a sign-out', async () => {
    expect(await signOutAtToys(await host.signIn(), 'replaced')).toBeNull();
    expect(await signOutAtToys(await host.signIn(), 'revoked-by-person')).toBeNull();
  });
});

test('a hop that carries `ask` shows the form to who is signed in, and after the proof goes on', async () => {
  const cookie = await host.signIn();
  const { returnTo, cookie: after } = await proveInPlace(`${hop}&ask=1`, cookie, 'ben');
  const headers = { cookie: after };
  expect((await host.ask(returnTo, { headers })).location).toContain('token=');
  expect((await host.ask(`${hop}&ask=1`, { headers })).location).toBe('');
  expect((await host.ask(hop, { headers })).location).toContain('token=');
});

test('while the next sign-in is to be asked, an app that wants no page is told that nobody is there', async () => {
  const cookie = `${await host.signIn()}; __Host-latchkey_ask_login=1`;
  const query = new URLSearchParams({
    client_id: 'wiki',
    response_type: 'code',
    scope: 'openid',
    prompt: 'none',
    state: 's',
    redirect_uri: host.family.apps.get('wiki')?.redirectUris[0] ?? '',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  });
  const answer = await host.ask(`/oidc/authorize?${query}`, { headers: { cookie } });
  expect(answer.location).toContain('error=login_required');
});

test('signing out at the login host leads to a page of its own that says so', async () => {
  const cookie = await host.signIn();
  const answer = await host.post('/sign-out', {}, { cookie });
  expect([answer.status, answer.location]).toEqual([303, `${host.origin}/signed-out`]);
  expect(await isSignedIn(cookie)).toBe(false);
  expect(await pageAfter(answer, '')).toContain('You are signed out');
  const nobody = await host.post('/sign-out', {});
  expect(await pageAfter(nobody, '')).toContain('Nobody is signed in');
});

describe('a sign-out at the login host while the account has another sign-in', () => {
  test('says so, and ends that one too when asked to', async () => {
    const earlier = await host.signIn();
    const cookie = await host.signIn();
    const answer = await host.post('/sign-out', {}, { cookie });
    const page = await pageAfter(answer, '');
    expect(page).toContain('You are signed out');
    expect(page).toContain('one more sign-in');
    expect(page).not.toContain('signed out of every app');
    expect(await isSignedIn(earlier)).toBe(true);
    const outcome = pairsOf(answer.cookies.filter((line) => line.includes('signed_out')));
    const others = await host.post('/signed-out?app=toys', {}, { cookie: outcome });
    expect([others.status, others.location]).toEqual([303, clean()]);
    expect(await isSignedIn(earlier)).toBe(false);
    expect(await pageAfter(others, outcome)).toContain('You are signed out of every app.');
  });

  test('ends nothing for another site, nor where nobody signed out', async () => {
    const other = await host.signIn();
    const answer = await host.post('/sign-out', {}, { cookie: await host.signIn() });
    const cookie = pairsOf(answer.cookies.filter((line) => line.includes('signed_out')));
    const foreign = { cookie, origin: 'https://evil.example' };
    expect((await host.post('/signed-out', {}, foreign)).status).toBe(403);
    expect((await host.post('/signed-out', {})).status).toBe(303);
    const id = String(
      (await host.rows('select id from sign_ins where ended_at is null'))[0]?.['id'],
    );
    const live = Buffer.from(JSON.stringify({ signInId: id, next: null })).toString('base64url');
    await host.post('/signed-out', {}, { cookie: `__Host-latchkey_signed_out=${live}` });
    expect(await isSignedIn(other)).toBe(true);
  });
});

test('a page that is only fetched ahead takes no ticket', async () => {
  const earlier = await host.signIn();
  const later = await host.signIn();
  const ticket = (await signOutAtToys(earlier)) ?? '';
  const path = `/signed-out?${new URLSearchParams({ app: 'toys', ticket })}`;
  await host.ask(path, { headers: { cookie: later, 'sec-purpose': 'prefetch' } });
  expect(await isSignedIn(later)).toBe(true);
  await bring(ticket, later);
  expect(await isSignedIn(later)).toBe(false);
});
