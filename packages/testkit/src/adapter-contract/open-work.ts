import { equal } from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { type AdapterCase, adapterCase, contractOrigin, type RunningFamilyApp } from './harness.ts';
import type { HttpVisitor } from './http-visitor.ts';

const sameOrigin = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };

/** Work that stays open after its request was let in. */
export const openWorkCases: readonly AdapterCase[] = [
  ...adapterCase('an event stream ends with the session it was opened under', async (bench) => {
    const app = await bench.family();
    const [ada, ben] = [app.visitor(), app.visitor()];
    for (const visitor of [ada, ben]) await app.signIn(visitor, await app.loginHost.signIn());
    const [hers, his] = [await openStream(app, ada), await openStream(app, ben)];
    const signOut = await ada.ask('/sign-out', { method: 'POST', headers: sameOrigin });
    equal(signOut.status, 303);
    await hers.closed;
    equal(his.isOpen(), true);
    his.leave();
  }),

  ...adapterCase('an event stream ends when an administrator ends the sign-in', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    const slot = await app.loginHost.signIn();
    await app.signIn(visitor, slot);
    const stream = await openStream(app, visitor);
    await app.store.endSignIn(slot, 'revoked-by-administrator');
    await stream.closed;
  }),

  ...adapterCase(
    'a request to upgrade where there are no sockets is answered like any other',
    async (bench) => {
      const app = await bench.family();
      const visitor = app.visitor();
      await app.signIn(visitor, await app.loginHost.signIn());
      const headers = { connection: 'Upgrade', upgrade: 'websocket' };
      equal((await visitor.ask('/visits', { headers })).text, '{"visits":1}');
      equal((await visitor.ask('/visits', { headers })).text, '{"visits":2}');
    },
  ),

  ...adapterCase('who leaves an event stream is watched no more', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    await app.signIn(visitor, await app.loginHost.signIn());
    const stream = await openStream(app, visitor);
    stream.leave();
    await stream.closed;
    equal((await visitor.ask('/plain')).text, 'plain');
  }),
];

interface OpenStream {
  /** Resolves when the connection is closed, by whomever. */
  readonly closed: Promise<void>;
  isOpen(): boolean;
  leave(): void;
}

/** Resolves with the first event. */
async function openStream(app: RunningFamilyApp, visitor: HttpVisitor): Promise<OpenStream> {
  const headers = { host: new URL(contractOrigin).host, cookie: visitor.cookieHeader() ?? '' };
  const outgoing = request({ host: '127.0.0.1', port: app.port, path: '/events', headers });
  outgoing.end();
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  let isOpen = true;
  incoming.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    incoming.once('close', () => {
      isOpen = false;
      resolve();
    });
  });
  await new Promise((resolve) => {
    incoming.once('data', resolve);
  });
  return { closed, isOpen: () => isOpen, leave: () => void outgoing.destroy() };
}
