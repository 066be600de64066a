import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoginHost } from '@latchkey/server';
import { type ClientRegistration, clientRegistration } from '@latchkey/server/administration';
import { defineFamily, type Family } from '@latchkey/session';
import { latchkey, requireSignIn } from '@latchkey/session/node';
import { deriveAppKey } from '@latchkey/session/parts';
import { clientSecretFrom, createRelyingParty } from '@latchkey/sso';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { findBasePort } from './family.ts';

/** What helmet 8 sends by default, less what is about https alone. */
const strictHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

const secret = 'a secret of this family, for tests alone';
export const strictPassword = 'correct horse battery staple';

/**
 * A family of apps that send helmet's headers and whose every page needs a sign-in, the home page too. `files` is a host that
 * a page of theirs leads to, and a relying party of another make: its server answers everything with a word.
 */
export interface StrictFamily extends AsyncDisposable {
  readonly origins: Readonly<Record<'login' | 'toys' | 'wiki' | 'files', string>>;
  readonly registration: ClientRegistration;
  readonly fetch: typeof fetch;
  /** Method and path of what the apps were asked for, in order. */
  readonly asked: readonly string[];
}

/** Starts it on free ports. */
export async function startStrictFamily(): Promise<StrictFamily> {
  const port = await findBasePort();
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-strict-'));
  const origins = {
    login: `http://login.strict.localhost:${port}`,
    toys: `http://toys.puppies.localhost:${port + 1}`,
    wiki: `http://wiki.ponies.localhost:${port + 2}`,
    files: `http://files.kittens.localhost:${port + 3}`,
  };
  const family = familyAt(origins, folder);
  const seeds = { dataFolder: folder, password: strictPassword };
  const host = await createLoginHost({ family, isDevelopment: true, seeds });
  await host.listen(port);
  const fetchHere = createDevelopmentFetch() as typeof fetch;
  const platform = { fetch: createDevelopmentFetch() };
  const [toysKey, wikiKey] = [deriveAppKey(secret, 'toys'), deriveAppKey(secret, 'wiki')];
  const party = createRelyingParty({
    issuer: origins.login,
    clientId: 'wiki',
    origin: origins.wiki,
    platform,
    clientSecret: clientSecretFrom(wikiKey, 'wiki'),
    sessions: { store: 'memory:' },
  });
  const asked: string[] = [];
  const serve = (listener: RequestListener, at: string): Promise<Server> =>
    listen(noting(asked, listener), Number(new URL(at).port));
  const pages = pagesLeadingTo(origins.files);
  const servers = await Promise.all([
    serve(latchkey({ family, app: 'toys', appKey: toysKey, platform })(pages), origins.toys),
    serve(latchkey(party)(pages), origins.wiki),
    serve((_request, response) => void response.end('the file'), origins.files),
  ]);
  return {
    origins,
    asked,
    fetch: fetchHere,
    registration: clientRegistration(family, 'files'),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      await party.close();
      await host.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function familyAt(origins: StrictFamily['origins'], folder: string): Family {
  return defineFamily({
    name: 'Strict',
    loginHost: origins.login,
    secrets: [secret],
    store: `sqlite:${join(folder, 'sessions.db')}`,
    database: `sqlite:${join(folder, 'latchkey.db')}`,
    apps: {
      toys: { origin: origins.toys },
      wiki: {
        origin: origins.wiki,
        reach: 'oidc',
        redirectUris: [`${origins.wiki}/_latchkey/callback`],
      },
      files: {
        origin: origins.files,
        reach: 'oidc',
        redirectUris: [`${origins.files}/done`],
        backChannelLogoutUri: `${origins.files}/notices`,
      },
    },
  });
}

type Pages = Parameters<ReturnType<typeof latchkey>>[0];

function pagesLeadingTo(files: string): Pages {
  return (request, response) => {
    if (!requireSignIn(request, response)) return;
    if (request.url === '/download') {
      response.writeHead(302, { location: `${files}/file` }).end();
      return;
    }
    const { account } = request.session;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      `<title>in</title>${account?.email}<form method="post" action="/sign-out"><button>Sign out</button></form>`,
    );
  };
}

function noting(asked: string[], listener: RequestListener): RequestListener {
  return (request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    for (const [name, value] of Object.entries(strictHeaders)) response.setHeader(name, value);
    listener(request, response);
  };
}

function listen(listener: RequestListener, port: number): Promise<Server> {
  const server = createServer(listener);
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}
