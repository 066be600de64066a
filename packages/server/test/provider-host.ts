import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import {
  createPlatform,
  defineFamily,
  type Family,
  type LatchkeyEvent,
  openStore,
  type SessionStore,
} from '@latchkey/session';
import { loginSignedOutPath } from '@latchkey/session/parts';
import { Hono } from 'hono';
import type { Kysely } from 'kysely';
import { Agent, fetch as undiciFetch } from 'undici';
import { type Access, createAccess } from '../src/access/access.ts';
import type { AccessRules } from '../src/access/access-rules.ts';
import { createLoginSessions } from '../src/browser/sessions.ts';
import type { Visitor } from '../src/browser/visitor.ts';
import { createRowId } from '../src/database/row-id.ts';
import type { Database } from '../src/database/schema.ts';
import type { AccountState } from '../src/database/tables/accounts.ts';
import { createAssets } from '../src/pages/assets.ts';
import { en } from '../src/pages/languages/en.ts';
import { createPageMaker } from '../src/pages/page.ts';
import { createProvider, type LoginProvider } from '../src/provider/create-provider.ts';
import { mountProvider } from '../src/provider-routes.ts';
import { noAccessPath, showNoAccess } from '../src/sign-in/no-access-route.ts';
import { createSignIns, type SignIns } from '../src/sign-in/sign-ins.ts';
import { createStartSignIn } from '../src/sign-in/start-sign-in.ts';
import { createWaitingRequests } from '../src/sign-in/waiting-request.ts';
import { createEndings, type SignInEndings } from '../src/sign-out/end-sign-in.ts';
import { createOutcomeCookie } from '../src/sign-out/outcome-cookie.ts';
import { receiptOf } from '../src/sign-out/receipt.ts';
import { signedOut } from '../src/sign-out/signed-out-route.ts';
import { createTickets } from '../src/sign-out/tickets.ts';
import { openTestDatabase } from './databases.ts';
import { realms } from './realm.ts';

/** Stands for the login host's own cookie: its value is the id of the sign-in. */
const signInCookie = 'test_sign_in';

/** A listening login host that has the provider's routes and nothing else. */
export interface ProviderHost {
  readonly origin: string;
  readonly family: Family;
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly access: Access;
  readonly signIns: SignIns;
  readonly endings: SignInEndings;
  readonly events: LatchkeyEvent[];
  readonly provider: () => LoginProvider;
  /** Runs whenever the provider has read a sign-in: in the middle of a request, before anything is written. */
  whenRead: (() => Promise<unknown>) | null;
  /** Makes an account, granted every app. Gives its id. */
  addAccount(name: string): Promise<string>;
  setState(accountId: string, state: AccountState): Promise<void>;
  signIn(accountId: string): Promise<string>;
  end(signInId: string): Promise<void>;
  /** A browser, signed in at the login host or not. */
  browser(signInId?: string): TestBrowser;
  /** Calls from server to server. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Makes the provider anew on the same database, as a new process would. */
  restart(secrets?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A browser of few words: keeps cookies by name and path, follows nothing by itself. */
export interface TestBrowser {
  readonly cookies: Map<string, { readonly value: string; readonly path: string }>;
  signIn(signInId: string | null): void;
  get(url: string): Promise<Response>;
  post(
    url: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** Follows redirects inside the login host; gives the first location outside, or the page. */
  walk(url: string): Promise<{ readonly location: URL | null; readonly response: Response }>;
}

export const testSecrets = ['0123456789abcdef0123456789abcdef-test'] as const;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one bench, put together in one place
export async function startProviderHost(
  options: { readonly secrets?: readonly string[]; readonly now?: () => number } = {},
): Promise<ProviderHost> {
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  const port = await listen(server);
  const events: LatchkeyEvent[] = [];
  const platform = createPlatform({
    onEvent: (event) => void events.push(event),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const { now, onEvent } = platform;
  const { db, close } = await openTestDatabase();
  const store = await openStore('memory:');
  const rules: AccessRules = {
    current: () => new Map([...family.apps].map(([app, one]) => [app, { ...one, changedAt: 0 }])),
    refresh: () => Promise.resolve(),
  };
  const access = createAccess({
    db,
    store,
    realm: realms,
    now,
    randomBytes,
    onEvent,
    onNotice: () => undefined,
    rules,
  });
  const signIns = createSignIns({ db, now, rules });
  const endings = createEndings({
    db,
    store,
    realm: realms,
    now,
    randomBytes,
    onEnforced: () => undefined,
    onEvent,
  });
  const startSignIn = createStartSignIn({
    db,
    store,
    realm: realms,
    signIns,
    access,
    endings,
    now,
    randomBytes,
    onEvent,
    idleSeconds: 3600,
    absoluteSeconds: 86_400,
    remembered: { idleSeconds: 86_400, absoluteSeconds: 864_000 },
  });
  const dispatcher = new Agent({
    connect: {
      lookup: (_name, { all }, found) =>
        all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
    },
  });
  const fetchOfUndici = undiciFetch as unknown as (url: string, init: object) => Promise<Response>;
  const call = (url: string, init: RequestInit = {}): Promise<Response> =>
    fetchOfUndici(url, { ...init, dispatcher });

  let family = familyOn(port, options.secrets ?? testSecrets);

  async function build(): Promise<LoginProvider> {
    const page = createPageMaker({
      family,
      assets: createAssets(family.brand),
      language: () => en,
    });
    const tickets = createTickets({ db, family, now, randomBytes });
    const made = await createProvider({
      family,
      db,
      signIns,
      page,
      platform,
      endSignIn: endings.endSignIn,
      issueTicket: (signInId) => tickets.issue(signInId),
      async findOverview(signInId) {
        const overview = await signIns.overviewIn(db, signInId);
        await host.whenRead?.();
        return overview;
      },
    });
    const app = new Hono();
    const mounted = app as unknown as Parameters<typeof mountProvider>[0];
    const deps = {
      provider: made,
      page,
      family,
      signIns,
      tickets,
      endSignIn: endings.endSignIn,
      endSignInsOfAccount: endings.endSignInsOfAccount,
      waiting: createWaitingRequests({
        family,
        cookie: family.loginHost.cookie,
        platform,
      }),
      sessions: createLoginSessions(family, { store, platform }),
      outcome: createOutcomeCookie(family, now),
      receiptOf: (signInId: string) => receiptOf({ db, silentApps: new Set(), now }, signInId),
      recognise: (request: Request) => recognise(signIns, request),
      standingOf: () => Promise.resolve({ kind: 'askable' } as const),
    };
    app.get(loginSignedOutPath, (c) => signedOut(deps, c.req.raw));
    app.get(noAccessPath, (c) => showNoAccess(deps, c.req.raw));
    mountProvider(mounted, deps);
    listener = getRequestListener(app.fetch);
    return made;
  }

  const host: ProviderHost = {
    origin: family.loginHost.origin,
    db,
    store,
    access,
    signIns,
    endings,
    events,
    whenRead: null,
    get family() {
      return family;
    },
    provider: () => provider,
    async addAccount(name) {
      const id = createRowId(randomBytes);
      const email = `${name}@kittens.example`;
      await db
        .insertInto('accounts')
        .values({
          id,
          email,
          email_key: email,
          name,
          password_hash: null,
          state: 'active',
          epoch: 1,
          administrator: 0,
          created_at: now(),
        })
        .execute();
      for (const app of family.apps.keys()) await access.grant(id, app);
      return id;
    },
    async setState(accountId, state) {
      await db.updateTable('accounts').set({ state }).where('id', '=', accountId).execute();
    },
    async signIn(accountId) {
      const started = await startSignIn({ accountId, epoch: 1, methods: ['pwd'], userAgent: null });
      if (started.kind !== 'started') throw new Error(started.why);
      return started.signInId;
    },
    async end(signInId) {
      await endings.endSignIn({ signInId, cause: 'sign-out' });
    },
    browser: (signInId) => createBrowser(family.loginHost.origin, call, signInId ?? null),
    fetch: call,
    async restart(secrets = family.secrets) {
      family = familyOn(port, secrets);
      provider = await build();
    },
    async close() {
      await new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      });
      await dispatcher.destroy();
      await store.close();
      await close();
    },
  };
  let provider = await build();
  return host;
}

function familyOn(port: number, secrets: readonly string[]): Family {
  const rp = (host: string) => ({
    origin: `http://${host}:${port}`,
    reach: 'oidc' as const,
    redirectUris: [`http://${host}:${port}/_latchkey/callback`],
  });
  return defineFamily({
    name: 'Kittens',
    loginHost: `http://login.kittens.localhost:${port}`,
    secrets,
    store: 'memory:',
    apps: {
      wiki: { ...rp('wiki.ponies.localhost'), roles: ['reader', 'editor'] },
      forum: rp('forum.ponies.localhost'),
      chat: rp('chat.ponies.localhost'),
    },
  });
}

async function recognise(signIns: SignIns, request: Request): Promise<Visitor> {
  const id = new RegExp(`${signInCookie}=([^;]+)`).exec(request.headers.get('cookie') ?? '')?.[1];
  const signIn = id === undefined ? null : await signIns.findLive(id);
  const person =
    signIn === null
      ? null
      : { signInId: signIn.id, accountId: signIn.accountId, email: 'someone', name: 'Someone' };
  const signInRecord = signIn === null ? null : { id: signIn.id };
  const session = { signInRecord, unopened: () => null };
  return { person, session, opened: { commit: () => [] }, mustProve: false } as unknown as Visitor;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function createBrowser(
  origin: string,
  call: (url: string, init?: RequestInit) => Promise<Response>,
  signInId: string | null,
): TestBrowser {
  const cookies: TestBrowser['cookies'] = new Map();
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url, origin);
    const header = [...cookies]
      .filter(
        ([, { path }]) => pathname === path || path === '/' || pathname.startsWith(`${path}/`),
      )
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
    const response = await call(new URL(url, origin).href, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...(init.headers as object),
        ...(header ? { cookie: header } : {}),
      },
    });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };
  const browser: TestBrowser = {
    cookies,
    signIn(id) {
      if (id === null) cookies.delete(signInCookie);
      else cookies.set(signInCookie, { value: id, path: '/' });
    },
    get: (url) => send(url, {}),
    post: (url, form, headers = {}) =>
      send(url, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
      }),
    async walk(url) {
      let next = url;
      for (let hops = 0; hops < 10; hops += 1) {
        const response = await browser.get(next);
        const location = response.headers.get('location');
        if (location === null) return { location: null, response };
        const target = new URL(location, origin);
        if (target.origin !== origin) return { location: target, response };
        next = target.href;
      }
      throw new Error('The browser went round in circles.');
    },
  };
  browser.signIn(signInId);
  return browser;
}

/** The request that a sign-in form holds, as its hidden field has it; null where the answer is no such form. */
export async function heldRequest(response: Response): Promise<string | null> {
  const field = /name="return_to" value="([^"]*)"/.exec(await response.text())?.[1];
  return field?.replaceAll('&amp;', '&') ?? null;
}

function keep(cookies: TestBrowser['cookies'], line: string): void {
  const [pair = '', ...attributes] = line.split('; ');
  const name = pair.slice(0, pair.indexOf('='));
  const value = pair.slice(pair.indexOf('=') + 1);
  const path = attributes.find((text) => text.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
  const key = path === '/' ? name : `${name} ${path}`;
  const isGone = value === '' || /expires=Thu, 01 Jan 1970/.test(line);
  if (isGone) cookies.delete(key);
  else cookies.set(key, { value, path });
}
