import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  defineFamily,
  type Family,
  type FamilyMember,
  memberOf,
  type SessionStore,
} from '@latchkey/session';
import { deriveAppKey } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { openPage, type PageRequest } from './open-page.ts';

/** An example app that listens for its own tests, with sessions in memory and no login host behind it. */
export interface ListeningApp extends AsyncDisposable {
  readonly family: Family;
  readonly member: FamilyMember;
  readonly store: SessionStore;
  /** Asks over HTTP at the app's own host; redirects are not followed. */
  ask(path: string, init?: PageRequest): Promise<Response>;
}

/** What a test gives to have its app listen. */
export type AppBuilder = (options: {
  readonly family: Family;
  readonly appKey: string;
}) => RequestListener | Promise<RequestListener>;

/** Has an app listen on a port from the system. */
export async function listenForTest(name: string, build: AppBuilder): Promise<ListeningApp> {
  let listener: RequestListener = (_request, response) => response.writeHead(500).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const store = createMemoryStore();
  const family = familyAt(port, store);
  listener = await build({
    family,
    appKey: deriveAppKey('a secret for tests alone, no other', name),
  });
  const member = memberOf(family, name);
  return {
    family,
    member,
    store,
    ask: (path, init) => openPage(`${member.origin}${path}`, init),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await store.close();
    },
  };
}

/** Nothing listens at port 1: a login host that is away. */
function familyAt(port: number, store: SessionStore): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'http://login.kittens.localhost:1',
    store,
    session: { key: '_kittens_session', domain: 'all', tldLength: 2 },
    apps: {
      shop: { origin: `http://shop.kittens.localhost:${port}`, reach: 'shared' },
      blog: { origin: `http://blog.kittens.localhost:${port}`, reach: 'shared' },
      toys: { origin: `http://toys.puppies.localhost:${port}` },
    },
  });
}
