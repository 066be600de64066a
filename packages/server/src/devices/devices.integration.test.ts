import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  enterWiki,
  pairsOf,
  type RunningLoginHost,
  startLoginHost,
} from '../../test/running-login-host.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';
const unlabelled = '<script>alert(1)</script>';

let host: RunningLoginHost;
beforeEach(async () => {
  host = await startLoginHost();
});
afterEach(() => host.close());

const page = (cookie: string, query = '') => host.ask(`/devices${query}`, { headers: { cookie } });
const isKnown = async (cookie: string) =>
  (await host.ask('/', { headers: { cookie } })).text.includes('Hello');
const endings = () => host.rows('select device, end_cause from sign_ins order by created_at');

/** The items of the list, as words. */
function items(text: string): readonly string[] {
  const words = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  return [...text.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item = '']) => words(item).trim());
}

/** The ids on the page, in its order. */
function ids(text: string): readonly string[] {
  return [...text.matchAll(/name="id" value="([^"]*)"/g)].map(([, id = '']) => id);
}

/** One pair of a `Cookie` header. */
function pairNamed(name: string, cookie: string): string {
  return cookie.split('; ').find((pair) => pair.includes(`${name}=`)) ?? '';
}

/** The id of the live sign-in made with this browser. */
async function liveId(agent: string): Promise<string> {
  const device = agent === firefox ? 'Firefox on Linux' : 'Safari on iPhone';
  const [row] = await host.rows(
    `select id from sign_ins where ended_at is null and device = '${device}'`,
  );
  return String(row?.['id']);
}

describe('the list of devices', () => {
  test('has every live sign-in of the person with device, place, last use and apps, this one first', async () => {
    const one = await host.signIn('ben', { userAgent: firefox });
    await enterWiki(host, one);
    host.advance(3 * 3_600_000);
    const two = await host.signIn('ben', { userAgent: safari, remember: true });
    await host.signIn('ada', { userAgent: firefox });
    const { text, status } = await page(two);
    expect(status).toBe(200);
    expect(items(text)).toEqual([
      'Safari on iPhone This device Last used a moment ago Signed in a moment ago, kept signed in From 127.0.0.1 Apps Shop and Blog Sign out',
      'Firefox on Linux Last used 3 hours ago Signed in 3 hours ago From 127.0.0.1 Apps Shop, Blog and Wiki Sign out',
    ]);
    expect(text).toContain('aria-label="Sign out Firefox on Linux, last used 3 hours ago"');
    // Nothing on it opens anything.
    const slots = (await host.rows('select slot from sign_ins')).map((row) => String(row['slot']));
    for (const slot of slots) expect(text).not.toContain(slot);
  });

  test('leaves out what ended or idled out, also what SQL has not heard of yet', async () => {
    const old = await host.signIn('ben', { userAgent: safari });
    host.advance(604_800_000);
    const here = await host.signIn('ben', { userAgent: firefox });
    expect(items((await page(here)).text)).toHaveLength(1);
    expect((await page(old)).location).toBe(`${host.origin}/sign-in?return_to=/devices`);
    const other = await host.signIn('ben', { userAgent: safari });
    expect(items((await page(here)).text)).toHaveLength(2);
    await host.post('/sign-out', {}, { cookie: other });
    expect(items((await page(here)).text)).toHaveLength(1);
  });

  test('shows what a browser claims in our own words alone, and is for who is signed in', async () => {
    const cookie = await host.signIn('ben', { userAgent: unlabelled });
    const { text } = await page(cookie, `?done=${encodeURIComponent(unlabelled)}`);
    expect(text).toContain('Unknown device');
    expect(text).not.toContain('<script');
    expect((await page('')).status).toBe(303);
  });
});

describe('ending one device', () => {
  test('ends it everywhere with its cause and notices, and comes back to the list', async () => {
    const here = await host.signIn('ben', { userAgent: firefox });
    const there = await host.signIn('ben', { userAgent: safari });
    await enterWiki(host, there);
    const [, id = ''] = ids((await page(here)).text);
    const answer = await host.post('/devices/sign-out', { id }, { cookie: here });
    expect([answer.status, answer.location]).toEqual([303, `${host.origin}/devices?done=one`]);
    expect([await isKnown(here), await isKnown(there)]).toEqual([true, false]);
    expect(await endings()).toEqual([
      { device: 'Firefox on Linux', end_cause: null },
      { device: 'Safari on iPhone', end_cause: 'revoked-by-person' },
    ]);
    const notices = await host.rows('select app, cause from notices');
    expect(notices).toEqual([{ app: 'wiki', cause: 'revoked-by-person' }]);
    const after = await page(here, '?done=one');
    expect(after.text).toContain('role="status">That device is signed out of every app.');
    expect(after.text).toContain('You are signed in nowhere else.');
    const again = await host.post('/devices/sign-out', { id }, { cookie: here });
    expect(again.location).toBe(`${host.origin}/devices?done=gone`);
  });

  test('of this very browser is a sign-out', async () => {
    const here = await host.signIn('ben');
    const [id = ''] = ids((await page(here)).text);
    const answer = await host.post('/devices/sign-out', { id }, { cookie: here });
    expect(answer.location).toBe(`${host.origin}/signed-out`);
    const dropped = answer.cookies.filter((line) => line.includes('Max-Age=0'));
    expect(dropped).toHaveLength(2);
    expect(await endings()).toMatchObject([{ end_cause: 'sign-out' }]);
    const cookie = pairsOf(answer.cookies);
    const { text } = await host.ask('/signed-out', { headers: { cookie } });
    expect(text).toContain('You are signed out of every app.');
  });

  test('of this very browser ends what its shared cookie is signed in by as well', async () => {
    const shared = pairNamed('_kittens_session', await host.signIn('ben', { userAgent: safari }));
    const own = pairNamed('_login', await host.signIn('ben', { userAgent: firefox }));
    const cookie = `${own}; ${shared}`;
    const answer = await host.post('/devices/sign-out', { id: await liveId(firefox) }, { cookie });
    expect(answer.status).toBe(303);
    expect((await endings()).map((row) => row['end_cause'])).toEqual(['sign-out', 'sign-out']);
  });

  test('of this very browser leaves the shared cookie alone that it was handed since', async () => {
    const before = await host.signIn('ben', { userAgent: firefox });
    const after = await host.signIn('ada', { userAgent: firefox, cookie: before });
    const own = pairNamed('_login', after);
    const cookie = `${own}; ${pairNamed('_kittens_session', before)}`;
    const [id = ''] = ids((await page(own)).text);
    const answer = await host.post('/devices/sign-out', { id }, { cookie });
    expect(answer.location).toBe(`${host.origin}/signed-out`);
    expect(answer.cookies.filter((line) => line.includes('_kittens_session='))).toEqual([]);
  });

  test('of somebody else does nothing, and looks like one that is not there (CVE-2025-71400)', async () => {
    const ada = await host.signIn('ada');
    const [id = ''] = ids((await page(ada)).text);
    const ben = await host.signIn('ben');
    const mine = await host.post('/devices/sign-out', { id }, { cookie: ben });
    const none = await host.post('/devices/sign-out', { id: 'nothing' }, { cookie: ben });
    expect([mine.status, mine.location]).toEqual([none.status, none.location]);
    expect(mine.location).toBe(`${host.origin}/devices?done=gone`);
    expect(await isKnown(ada)).toBe(true);
  });

  // Postgres takes no NUL in a text.
  test.each(['', '\u0000', 'x'.repeat(10_000)])(
    'of the id %j is one that is not there',
    async (id) => {
      const answer = await host.post(
        '/devices/sign-out',
        { id },
        { cookie: await host.signIn('ben') },
      );
      expect([answer.status, answer.location]).toEqual([303, `${host.origin}/devices?done=gone`]);
    },
  );
});

describe('ending all other devices', () => {
  test('leaves this one and other people alone', async () => {
    const others = [await host.signIn('ben'), await host.signIn('ben', { remember: true })];
    const [here, ada] = [await host.signIn('ben'), await host.signIn('ada')];
    const answer = await host.post('/devices/sign-out-others', {}, { cookie: here });
    expect([answer.status, answer.location]).toEqual([303, `${host.origin}/devices?done=others`]);
    const known = await Promise.all([...others, here, ada].map(isKnown));
    expect(known).toEqual([false, false, true, true]);
    const causes = (await endings()).map((row) => row['end_cause']);
    expect(causes).toEqual(['revoked-by-person', 'revoked-by-person', null, null]);
    expect((await page(here, '?done=others')).text).toContain('All your other devices are signed');
  });
});

test.each(['/devices/sign-out', '/devices/sign-out-others'])(
  'POST %s has no effect from another site, without a sign-in, or as anything but a form',
  async (path) => {
    const [here, there] = [await host.signIn('ben'), await host.signIn('ben')];
    const id = ids((await page(here)).text)[1] ?? '';
    const toys = host.family.apps.get('toys')?.origin ?? '';
    for (const origin of ['https://evil.example', 'null', toys]) {
      expect((await host.post(path, { id }, { cookie: here, origin })).status).toBe(403);
    }
    const json = { cookie: here, 'content-type': 'application/json' };
    expect((await host.post(path, { id }, json)).status).toBe(400);
    expect((await host.post(path, { id }, {})).location).toContain('/sign-in?return_to=/devices');
    expect((await host.ask(path, { headers: { cookie: here } })).status).toBe(405);
    const twice = { body: `id=${id}&id=${id}`, method: 'POST' };
    const form = { origin: host.origin, 'content-type': 'application/x-www-form-urlencoded' };
    if (path === '/devices/sign-out') {
      const repeated = await host.ask(path, { ...twice, headers: { ...form, cookie: here } });
      expect(repeated.status).toBe(400);
    }
    expect([await isKnown(here), await isKnown(there)]).toEqual([true, true]);
  },
);
