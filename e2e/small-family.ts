import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoginHost } from '@latchkey/server';
import { defineFamily, type Family } from '@latchkey/session';
import { latchkey, requireSignIn } from '@latchkey/session/node';
import { deriveAppKey } from '@latchkey/session/parts';
import { clientSecretFrom, createRelyingParty } from '@latchkey/sso';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';

/**
 * A family in this process whose apps lead on to hosts that are none of it. `toys` is reached by handshake, `wiki` by
 * `@latchkey/sso`, `wide` by a client of its own at `elsewhere`.
 */
export interface SmallFamily extends AsyncDisposable {
  readonly origins: Readonly<Record<SmallHost, string>>;
  /** Where each host listens; another port than in its origin behind a proxy. */
  readonly ports: Readonly<Record<SmallHost, number>>;
  readonly password: string;
}

export const smallHosts = ['login', 'toys', 'wiki', 'wide', 'elsewhere', 'beyond'] as const;
export type SmallHost = (typeof smallHosts)[number];

const names: Readonly<Record<SmallHost, string>> = {
  login: 'login.kittens',
  toys: 'toys.puppies',
  wiki: 'wiki.ponies',
  wide: 'wide.goats',
  elsewhere: 'elsewhere.foals',
  beyond: 'beyond.lambs',
};
const secret = 'a secret of the family, long enough to be one';
const password = 'correct horse battery staple';
const developmentFetch = createDevelopmentFetch();

/** Starts all of it. `publicPorts`: those of a proxy in front, which passes `Host` on as it came. */
export async function startSmallFamily(
  publicPorts?: Readonly<Record<SmallHost, number>>,
): Promise<SmallFamily> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-small-family-'));
  const servers = new Map<SmallHost, Server>();
  const ports = await freePorts();
  const shown = publicPorts ?? ports;
  const originOf = (host: SmallHost): string => `http://${names[host]}.localhost:${shown[host]}`;
  const origins = Object.fromEntries(smallHosts.map((host) => [host, originOf(host)])) as Record<
    SmallHost,
    string
  >;
  const family = familyOf(origins, folder);
  const loginHost = await createLoginHost({
    family,
    isDevelopment: true,
    seeds: { dataFolder: folder, password },
    platform: { onEvent: () => undefined },
  });
  await loginHost.listen(ports.login);
  const listeners: Partial<Record<SmallHost, RequestListener>> = {
    toys: toysListener(family, origins),
    wiki: wikiListener(origins),
    elsewhere: elsewhereListener(origins),
    beyond: (request, response) => page(response, `beyond ${request.method}`),
  };
  for (const host of smallHosts) {
    const listener = listeners[host];
    if (listener === undefined) continue;
    const server = createServer(listener);
    servers.set(host, server);
    await new Promise<void>((done) => server.listen(ports[host], '127.0.0.1', done));
  }
  return {
    origins,
    ports,
    password,
    async [Symbol.asyncDispose]() {
      for (const server of servers.values()) {
        server.close();
        server.closeAllConnections();
      }
      await loginHost.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function familyOf(origins: Readonly<Record<SmallHost, string>>, folder: string): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: origins.login,
    secrets: [secret],
    store: `sqlite:${folder}/sessions.db`,
    database: `sqlite:${folder}/latchkey.db`,
    apps: {
      toys: { origin: origins.toys, reach: 'handshake' },
      wiki: {
        origin: origins.wiki,
        reach: 'oidc',
        redirectUris: [`${origins.wiki}/_latchkey/callback`],
      },
      wide: {
        origin: origins.wide,
        reach: 'oidc',
        redirectUris: [`${origins.elsewhere}/callback`],
      },
    },
  });
}

/** Pages of an app: `/` leads on to another host, and so does the protected `/download`. */
function toysListener(
  family: Family,
  origins: Readonly<Record<SmallHost, string>>,
): RequestListener {
  const platform = { fetch: developmentFetch };
  const appKey = deriveAppKey(secret, 'toys');
  return latchkey({ family, app: 'toys', appKey, platform })((request, response) => {
    const { pathname } = new URL(request.url ?? '/', origins.toys);
    const isProtected = /^\/(private|download|popup)/.test(pathname);
    if (isProtected && !requireSignIn(request, response)) return;
    if (pathname === '/') return leadOn(response, `${origins.elsewhere}/home`);
    if (pathname === '/download') return leadOn(response, `${origins.elsewhere}/file`);
    page(response, `toys ${request.session.account?.name ?? 'nobody'}`);
  }) as RequestListener;
}

function wikiListener(origins: Readonly<Record<SmallHost, string>>): RequestListener {
  const party = createRelyingParty({
    issuer: origins.login,
    clientId: 'wiki',
    origin: origins.wiki,
    clientSecret: clientSecretFrom(deriveAppKey(secret, 'wiki'), 'wiki'),
    sessions: { store: 'memory:' },
    platform: { fetch: developmentFetch, onEvent: () => undefined },
  });
  return latchkey(party)((request, response) => {
    if (request.url?.startsWith('/private') === true && !requireSignIn(request, response)) return;
    page(response, `wiki ${request.session.account?.name ?? 'nobody'}`);
  }) as RequestListener;
}

/** A client's callback that leads on, a page that opens a popup, and what others lead to. */
function elsewhereListener(origins: Readonly<Record<SmallHost, string>>): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/callback') return leadOn(response, `${origins.beyond}/landed`);
    if (path !== '/opener') return page(response, `elsewhere ${path}`);
    page(
      response,
      'opener',
      `<button onclick="window.opened = window.open('${origins.toys}/popup')">Open</button>`,
    );
  };
}

type Answer = Parameters<RequestListener>[1];

function leadOn(response: Answer, location: string): void {
  response.writeHead(302, { location }).end();
}

function page(response: Answer, title: string, body = ''): void {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}`);
}

/** Six ports that were free a moment ago. */
export async function freePorts(): Promise<Record<SmallHost, number>> {
  const servers = await Promise.all(
    smallHosts.map(async (host) => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return [host, server] as const;
    }),
  );
  const ports = servers.map(
    ([host, server]) => [host, (server.address() as AddressInfo).port] as const,
  );
  for (const [, server] of servers) await new Promise((done) => server.close(done));
  return Object.fromEntries(ports) as Record<SmallHost, number>;
}
