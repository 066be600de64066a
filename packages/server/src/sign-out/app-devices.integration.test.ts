import { createFamilyApp, type FamilyApp, type Platform } from '@latchkey/session';
import type { SessionObject } from '@latchkey/session/parts';
import { deriveAppKey } from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  enterWiki,
  familyFetch,
  familySecret,
  pairsOf,
  type RunningLoginHost,
  startLoginHost,
} from '../../test/running-login-host.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const chrome = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36';

let host: RunningLoginHost;
beforeEach(async () => {
  host = await startLoginHost();
});
afterEach(() => host.close());

/** A browser that is signed in at the login host and in one app. */
interface Browser {
  readonly login: string;
  /** Opens the app's session for one request. */
  visit<T>(work: (session: SessionObject) => Promise<T>): Promise<T>;
}

function appOf(name: string, fetch: Platform['fetch'] = familyFetch): FamilyApp {
  const appKey = deriveAppKey(familySecret, name);
  return createFamilyApp({ family: host.family, app: name, appKey, platform: { fetch } });
}

async function browserIn(app: FamilyApp, userAgent: string): Promise<Browser> {
  const login = await host.signIn('ben', { userAgent });
  const cookie = app.origin.includes('shop') ? login : await arrive(app, login);
  return {
    login,
    async visit(work) {
      const { session } = await app.open(cookie);
      return work(session);
    },
  };
}

/** The hop over the login host; the app's cookie. */
async function arrive(app: FamilyApp, login: string): Promise<string> {
  const start = new Request(`${app.origin}/sign-in?return_to=/`);
  const begun = await app.respond(start, await app.open(undefined));
  const hop = new URL(begun.headers.get('location') ?? '');
  const { location } = await host.ask(`${hop.pathname}${hop.search}`, {
    headers: { cookie: login },
  });
  const flow = pairsOf(begun.headers.getSetCookie());
  const opened = await app.open(flow);
  const arrived = await app.respond(new Request(location, { headers: { cookie: flow } }), opened);
  return pairsOf([...arrived.headers.getSetCookie(), ...(await opened.commit())]);
}

const isSignedIn = (browser: Browser) => browser.visit(async (session) => session.signedIn);
const endings = async () =>
  (await host.rows('select device, end_cause, enforced_at from sign_ins order by created_at')).map(
    (row) => ({
      device: row['device'],
      cause: row['end_cause'],
      isEnforced: row['enforced_at'] !== null,
    }),
  );
const notices = () => host.rows('select app, cause from notices');

describe.each(['shop', 'toys'])('in an app of the family, %s', (name) => {
  test('a person sees their devices by name, and which is this one', async () => {
    const app = appOf(name);
    const [here, there] = [await browserIn(app, firefox), await browserIn(app, chrome)];
    const listed = await here.visit((session) => session.signIns());
    expect(listed).toMatchObject([
      { device: 'Chrome on Windows', place: '127.0.0.1', current: false, remembered: false },
      { device: 'Firefox on Linux', place: '127.0.0.1', current: true, remembered: false },
    ]);
    expect(listed[0]?.apps).toEqual(['blog', 'shop', 'toys', 'wiki']);
    expect(await isSignedIn(there)).toBe(true);
  });

  test('ends one of them everywhere: by the login host, in SQL, with its cause and notices', async () => {
    const app = appOf(name);
    const [here, there] = [await browserIn(app, firefox), await browserIn(app, chrome)];
    await enterWiki(host, there.login);
    const outcome = await here.visit(async (session) => {
      const other = (await session.signIns()).find(({ current }) => !current);
      return session.endSignIn(other?.id ?? '');
    });
    expect(outcome).toBe('ended');
    expect([await isSignedIn(here), await isSignedIn(there)]).toEqual([true, false]);
    expect(await endings()).toEqual([
      { device: 'Firefox on Linux', cause: null, isEnforced: false },
      { device: 'Chrome on Windows', cause: 'revoked-by-person', isEnforced: true },
    ]);
    expect(await notices()).toEqual([{ app: 'wiki', cause: 'revoked-by-person' }]);
  });

  test('ends all the others at once, and its own as a sign-out', async () => {
    const app = appOf(name);
    const others = [await browserIn(app, chrome), await browserIn(app, chrome)];
    const here = await browserIn(app, firefox);
    expect(await here.visit((session) => session.signOutOthers())).toBe(2);
    expect(await Promise.all([...others, here].map(isSignedIn))).toEqual([false, false, true]);
    const own = await here.visit(async (session) =>
      session.endSignIn((await session.signIns())[0]?.id ?? ''),
    );
    expect(own).toBe('ended');
    expect((await endings()).map(({ cause }) => cause)).toEqual([
      ...['revoked-by-person', 'revoked-by-person'],
      'sign-out',
    ]);
  });

  test('with the login host away ends them in the store, and SQL hears of it afterwards', async () => {
    const away = appOf(name, () => Promise.reject(new TypeError('fetch failed')));
    const [here, there] = [await browserIn(away, firefox), await browserIn(away, chrome)];
    await enterWiki(host, there.login);
    const attempt = here.visit((session) => session.signOutOthers());
    await expect(attempt).rejects.toMatchObject({ code: 'login_host_unavailable' });
    expect([await isSignedIn(here), await isSignedIn(there)]).toEqual([true, false]);
    await expect
      .poll(async () => (await endings())[1]?.cause, { timeout: 10_000 })
      .toBe('revoked-by-person');
    expect(await notices()).toEqual([{ app: 'wiki', cause: 'revoked-by-person' }]);
    expect(await isSignedIn(here)).toBe(true);
  });
});

test('nobody ends a device of somebody else by its id', async () => {
  const app = appOf('toys');
  const ben = await browserIn(app, firefox);
  const ada = await host.signIn('ada');
  const id = String(
    (await host.rows('select id from sign_ins order by created_at desc limit 1'))[0]?.['id'],
  );
  expect(await ben.visit((session) => session.endSignIn(id))).toBe('unknown');
  expect((await host.ask('/', { headers: { cookie: ada } })).text).toContain('Hello');
});
