import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineFamily,
  type Family,
  type FamilyOptions,
  type LatchkeyEvent,
  type SessionStore,
} from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { Agent, type RequestInit, fetch as undiciFetch } from 'undici';
import { createPasswords } from '../src/accounts/passwords.ts';
import { createLoginHost, type LoginHostOptions } from '../src/login-host.ts';
import { databaseOf, type TestDatabase } from './databases.ts';

/** A whole login host that listens, as `createLoginHost` makes it, with a store in memory and the seeded people. */
export interface RunningLoginHost {
  readonly family: Family;
  readonly store: SessionStore;
  readonly origin: string;
  /** The SQLite file of the accounts, where the suite does not run on Postgres. */
  readonly databaseFile: string;
  readonly events: readonly LatchkeyEvent[];
  /** Moves the clock of store and login host. */
  advance(milliseconds: number): void;
  /** Redirects are not followed. */
  ask(path: string, init?: RequestInit): Promise<HostAnswer>;
  /** A form from the login host's own page, unless `headers` say otherwise. */
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HostAnswer>;
  /** Signs somebody in by the form; the `Cookie` header of that browser. */
  signIn(person?: string, choices?: SignInChoices): Promise<string>;
  /** Rows of a query, as SQL has them now. */
  rows(query: string): Promise<Record<string, unknown>[]>;
  /** Changes rows, as another process would. */
  write(statement: string): Promise<void>;
  /** Gives somebody another password, as an administrator would. */
  setPassword(email: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export interface SignInChoices {
  readonly userAgent?: string;
  readonly remember?: boolean;
  /** A browser that signed in before. */
  readonly cookie?: string;
}

export interface HostAnswer {
  readonly status: number;
  /** `''` where there is none. */
  readonly location: string;
  readonly cookies: readonly string[];
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

const password = 'correct horse battery staple';
export const familySecret = 'a secret of the family, long enough to be one';

/** Calls to `*.localhost`, which Node does not resolve. */
const loopback = new Agent({
  connect: {
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  },
});

export async function startLoginHost(
  exposure?: LoginHostOptions['exposure'],
  people?: FamilyOptions['people'],
): Promise<RunningLoginHost> {
  const folder = await mkdtemp(join(tmpdir(), 'running-login-host-'));
  const port = await freePort();
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const store = createMemoryStore({ now });
  const database = await databaseOf(folder);
  const family = familyOn(port, {
    store,
    database: database.url,
    ...(people === undefined ? {} : { people }),
  });
  const events: LatchkeyEvent[] = [];
  const loginHost = await createLoginHost({
    family,
    isDevelopment: true,
    seeds: { dataFolder: folder, password },
    ...(exposure === undefined ? {} : { exposure }),
    platform: { now, onEvent: (event) => void events.push(event) },
  });
  await loginHost.listen(port).catch(async (error: unknown) => {
    await loginHost.close();
    throw error;
  });
  const { origin } = family.loginHost;
  const ask = asker(origin);
  const post: RunningLoginHost['post'] = (path, fields, headers = {}) =>
    ask(path, {
      method: 'POST',
      body: `${new URLSearchParams(fields)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin, ...headers },
    });
  return {
    family,
    store,
    origin,
    events,
    ask,
    post,
    databaseFile: join(folder, 'latchkey.db'),
    advance(milliseconds) {
      ahead += milliseconds;
    },
    async signIn(person = 'ben', { userAgent = '', remember = false, cookie = '' } = {}) {
      const form = { email: `${person}@kittens.example`, password };
      const choice: Record<string, string> = remember ? { remember: 'yes' } : {};
      const headers = { 'user-agent': userAgent, cookie };
      return pairsOf((await post('/sign-in', { ...form, ...choice }, headers)).cookies);
    },
    ...behindItsBack(database),
    async close() {
      await loginHost.close();
      await database.free();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What reads and changes rows as another process would. */
function behindItsBack({
  rows,
  write,
}: TestDatabase): Pick<RunningLoginHost, 'rows' | 'write' | 'setPassword'> {
  return {
    rows,
    write,
    async setPassword(email, chosen) {
      const hash = await createPasswords().hash(chosen);
      await write(`update accounts set password_hash = '${hash}' where email = '${email}'`);
    },
  };
}

/** Asks a login host; redirects are not followed. */
function asker(origin: string): RunningLoginHost['ask'] {
  return async (path, init = {}) => {
    const given = { redirect: 'manual', dispatcher: loopback, ...init } as const;
    const response = await undiciFetch(`${origin}${path}`, given);
    return {
      status: response.status,
      location: response.headers.get('location') ?? '',
      cookies: response.headers.getSetCookie(),
      headers: response.headers,
      text: await response.text(),
    };
  };
}

/** The `Cookie` header of a browser that took these lines. */
export function pairsOf(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, line.indexOf(';'))).join('; ');
}

/** `fetch` for processes of the family, to the login host. */
export const familyFetch = (url: string, init: globalThis.RequestInit = {}): Promise<Response> =>
  undiciFetch(url, {
    ...(init as unknown as RequestInit),
    dispatcher: loopback,
  }) as unknown as Promise<Response>;

function familyOn(
  port: number,
  settings: Pick<FamilyOptions, 'store' | 'database' | 'people'>,
): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: `http://login.kittens.localhost:${port}`,
    secrets: [familySecret],
    // Nobody listens there: tests read the mails that wait.
    mail: { from: 'login@kittens.example', smtp: 'smtp://127.0.0.1:1?tls=off' },
    ...settings,
    session: { key: '_kittens_session', domain: 'all', tldLength: 2 },
    apps: {
      shop: { origin: `http://shop.kittens.localhost:${port + 1}`, reach: 'shared' },
      blog: { origin: `http://blog.kittens.localhost:${port + 2}`, reach: 'shared' },
      toys: { origin: `http://toys.puppies.localhost:${port + 3}` },
      wiki: {
        origin: `http://wiki.ponies.localhost:${port + 4}`,
        reach: 'oidc',
        redirectUris: [`http://wiki.ponies.localhost:${port + 4}/_latchkey/callback`],
      },
    },
  });
}

/** Enters the wiki as a relying party would, so that it takes part in the sign-in. */
export async function enterWiki(host: RunningLoginHost, cookie: string): Promise<void> {
  const wiki = host.family.apps.get('wiki');
  const query = new URLSearchParams({
    client_id: 'wiki',
    response_type: 'code',
    scope: 'openid',
    nonce: 'n',
    state: 's',
    redirect_uri: wiki?.redirectUris[0] ?? '',
    code_challenge_method: 'S256',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  });
  const answer = await host.ask(`/oidc/authorize?${query}`, { headers: { cookie } });
  if (!answer.location.includes('code='))
    throw new Error(`The wiki was not entered: ${answer.text}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
