import { type LatchkeyEvent, openStore, type SessionStore } from '@latchkey/session';
import { latchkey, requireSignIn } from '@latchkey/session/web';
import { createRelyingParty, type RelyingParty } from '../src/index.ts';
import type { RelyingPartyOptions } from '../src/options.ts';
import {
  clientId,
  clientSecret,
  createFakeIssuer,
  type FakeIssuer,
  type Person,
} from './fake-issuer.ts';

export const origin = 'https://wiki.example';

/** A small app on `@latchkey/sso`, without sockets. */
export interface TestApp {
  readonly issuer: FakeIssuer;
  readonly party: RelyingParty;
  readonly store: SessionStore;
  readonly events: LatchkeyEvent[];
  readonly clock: { now: number };
  handle(request: Request): Promise<Response>;
  browser(): TestBrowser;
  /** A new process of the app on the same store. */
  restart(changes?: Pick<RelyingPartyOptions, 'clientSecret'>): TestApp;
  notice(token: string): Promise<Response>;
  close(): Promise<void>;
}

/** Keeps cookies; follows nothing by itself. */
export interface TestBrowser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, headers?: Record<string, string>): Promise<Response>;
  /** From `/sign-in` over the login host and back; gives the answer of the callback. */
  signIn(person: Person, returnTo?: string): Promise<Response>;
  me(): Promise<unknown>;
}

export interface TestAppOptions {
  readonly findOrCreateUser?: RelyingPartyOptions['findOrCreateUser'];
  readonly store?: SessionStore;
  readonly issuer?: FakeIssuer;
}

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const clock = { now: Date.now() };
  const issuer = options.issuer ?? (await createFakeIssuer());
  const store = options.store ?? (await openStore('memory:'));
  return start({ ...options, clock, issuer, store });
}

function start(
  parts: TestAppOptions & {
    readonly clock: { now: number };
    readonly issuer: FakeIssuer;
    readonly store: SessionStore;
    readonly clientSecret?: string;
  },
): TestApp {
  const { issuer, store, clock, findOrCreateUser } = parts;
  const events: LatchkeyEvent[] = [];
  const party = createRelyingParty({
    issuer: issuer.url,
    clientId,
    origin,
    sessions: { store },
    clientSecret: parts.clientSecret ?? clientSecret,
    // Keys are made in no time; the default is tried against the real login host.
    signatureAlgorithm: 'ES256',
    ...(findOrCreateUser === undefined ? {} : { findOrCreateUser }),
    platform: {
      fetch: (url, init) => issuer.fetch(url, init),
      onEvent: (event) => void events.push(event),
    },
  });
  const handle = latchkey(party)((request, session) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/private') {
      return requireSignIn(party, () => new Response('private'))(request, session);
    }
    if (pathname === '/remember') session.data['note'] = 'kept';
    const note = session.data['note'] ?? null;
    return Response.json({ account: session.account, note });
  });
  const app: TestApp = {
    issuer,
    party,
    store,
    events,
    clock,
    handle,
    browser: () => createBrowser(app),
    restart: (changes) => start({ ...parts, ...changes }),
    notice: (token) =>
      handle(
        new Request(`${origin}/_latchkey/back-channel-logout`, {
          method: 'POST',
          body: new URLSearchParams({ logout_token: token }),
        }),
      ),
    close: () => party.close(),
  };
  return app;
}

function createBrowser(app: TestApp): TestBrowser {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('cookie', cookie);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await app.handle(new Request(new URL(path, origin), { ...init, headers }));
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  const browser: TestBrowser = {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: {
          origin,
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'navigate',
          ...headers,
        },
      }),
    async signIn(person, returnTo = '/') {
      const begun = await browser.get(`/sign-in?return_to=${encodeURIComponent(returnTo)}`);
      return browser.get(app.issuer.authorize(begun.headers.get('location') ?? '', person));
    },
    async me() {
      return ((await (await browser.get('/')).json()) as { account: unknown }).account;
    },
  };
  return browser;
}
