import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppAlone, createAppAlone } from '@latchkey/session';
import { latchkey, type SessionListener } from '@latchkey/session/node';

/** Two apps on two sites that share a store and have no login host. */
export interface TwoPeers extends AsyncDisposable {
  readonly shop: string;
  readonly toys: string;
  /** Request lines that an app received, with the `Referer`. */
  readonly requests: readonly { readonly url: string; readonly referer: string | undefined }[];
}

type Name = 'shop' | 'toys';
const sites: Readonly<Record<Name, string>> = { shop: 'shop.kittens', toys: 'toys.puppies' };

/** Starts both in this process, each with a handle of its own on an SQLite file, as two processes have. */
export async function startTwoPeers(): Promise<TwoPeers> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-two-peers-'));
  const requests: { url: string; referer: string | undefined }[] = [];
  const servers = { shop: createServer(), toys: createServer() };
  const origins = { shop: '', toys: '' };
  for (const name of ['shop', 'toys'] as const) {
    origins[name] = `http://${sites[name]}.localhost:${await listening(servers[name])}`;
  }
  const secrets = [randomBytes(32).toString('base64url')];
  const apps = (['shop', 'toys'] as const).map((name) => {
    const peer = name === 'shop' ? 'toys' : 'shop';
    const app = createAppAlone({
      origin: origins[name],
      store: `sqlite:${join(folder, 'sessions.db')}`,
      secrets,
      handshake: { name, peers: { [peer]: { origin: origins[peer] } } },
    });
    const listener = latchkey(app)(pagesOf(app, peer, origins[peer]));
    servers[name].on('request', (request, response) => {
      requests.push({
        url: `${origins[name]}${request.url ?? ''}`,
        referer: request.headers.referer,
      });
      listener(request, response);
    });
    return app;
  });
  return {
    ...origins,
    requests,
    async [Symbol.asyncDispose]() {
      for (const server of Object.values(servers)) {
        server.close();
        server.closeAllConnections();
      }
      for (const { store } of apps) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pagesOf(app: AppAlone, peer: Name, peerOrigin: string): SessionListener {
  return async (request, response) => {
    const { session } = request;
    const url = new URL(request.url ?? '/', app.origin);
    if (url.pathname === '/enter') {
      const name = url.searchParams.get('as') ?? 'Ada';
      await session.signIn({ id: name, email: `${name}@kittens.example`, name });
    }
    if (url.pathname === '/leave') await session.signOut();
    if (url.pathname === '/count') session.data['count'] = Number(session.data['count'] ?? 0) + 1;
    if (url.pathname === '/go') {
      app.handshake.propagate(request, peer);
      response.writeHead(302, { location: `${peerOrigin}/landing?from=redirect` }).end();
      return;
    }
    const link = app.handshake.link(request, `${peerOrigin}/landing?item=1`);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      `<!doctype html><html lang="en"><title>${peer === 'toys' ? 'Shop' : 'Toys'}</title>
<p id="who">${session.account?.name ?? 'nobody'}</p><p id="count">${session.data['count'] ?? 0}</p>
<a id="link" href="${link.replaceAll('&', '&amp;')}">To the other app</a>`,
    );
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return (server.address() as AddressInfo).port;
}
