// The process that answers: one case, alone.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { FamilyApp, SessionStore } from '@latchkey/session';
import { createSessionId, createSlot, type SessionId } from '@latchkey/session/parts';
import { createRedisStore } from '@latchkey/session/store/redis';
import { answerParent } from '../process-call.ts';
import type { Case } from './cases.ts';
import { cookieName, createShop, freshen, signInPeople } from './family.ts';
import type { Target } from './load.ts';
import { startPasswords } from './passwords.ts';
import { createExpressApp } from './servers/express.ts';
import { createExpressSessionApp } from './servers/express-session.ts';
import { createFastifyApp } from './servers/fastify.ts';
import { createHandMadeServer } from './servers/hand-made.ts';
import { createHandMapApp } from './servers/hand-map.ts';
import { createHonoApp } from './servers/hono.ts';
import { createNodeServer } from './servers/node-http.ts';

/** What a server process is to be. */
export interface Assignment extends Pick<Case, 'framework' | 'session'> {
  /** Where sessions lie; of no use to a bare server. */
  readonly store: string;
  readonly people: number;
}

/** What a server process can be asked for. */
export interface ServerCalls extends Readonly<Record<string, (argument: never) => unknown>> {
  readonly start: (assignment: Assignment) => Promise<Target>;
  /**
   * Makes uses of sessions recent, so that no round pays for more of these writes than another, and reads them, so that
   * what may be answered from memory is.
   */
  readonly freshen: () => Promise<void>;
  /** CPU time of this process so far, user and system, in microseconds. */
  readonly cpu: () => number;
  /** Verifies so many passwords a second from now on; 0: none. Returns how many were verified until now. */
  readonly verifyPasswords: (perSecond: number) => Promise<number>;
}

let freshenAll: () => Promise<void> = async () => undefined;

async function start(assignment: Assignment): Promise<Target> {
  const { session, store, people } = assignment;
  if (session === 'express-session' || session === 'drop-in') {
    const { server, cookieHeaders } = await createExpressSessionApp(session, store, people);
    return { port: await listen(createServer(server)), cookieHeaders };
  }
  if (session === 'hand-made') {
    const { server, cookieHeaders } = await createHandMadeServer(store, people);
    return { port: await listen(server), cookieHeaders };
  }
  const hasSessions = session !== 'none' && session !== 'hook' && session !== 'hand-map';
  const shop = hasSessions ? createShop(await openShopStore(assignment)) : null;
  const ids = shop === null ? strangers(people) : await signInPeople(shop, people);
  if (shop !== null) freshenAll = () => freshen(shop, ids);
  const name = cookieName();
  if (session === 'hand-map') {
    const server = createServer(createHandMapApp(name, ids));
    return { port: await listen(server), cookieHeaders: ids.map((id) => `${name}=${id}`) };
  }
  return {
    port: await listen(await serverOf(assignment, shop)),
    cookieHeaders: ids.map((id) => `${name}=${id}`),
  };
}

/** Given as a URL, as most apps do, where that says it all. */
async function openShopStore({ session, store }: Assignment): Promise<string | SessionStore> {
  return session === 'redis-asked' ? createRedisStore({ url: store, memoryBytes: 0 }) : store;
}

/** Session ids for a server that does not look at them: its requests are to be as long as the others'. */
function strangers(count: number): SessionId[] {
  return Array.from({ length: count }, () => createSessionId(createSlot(randomBytes), randomBytes));
}

async function serverOf(
  { framework, session }: Assignment,
  shop: FamilyApp | null,
): Promise<Server> {
  const isHooked = session === 'hook';
  if (framework === 'node:http') return createNodeServer(shop);
  if (framework === 'express') return createServer(createExpressApp(shop, isHooked));
  if (framework === 'hono') {
    return createAdaptorServer({ fetch: createHonoApp(shop, isHooked).fetch }) as Server;
  }
  const fastify = await createFastifyApp(shop, isHooked);
  await fastify.ready();
  return fastify.server;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

answerParent<ServerCalls>({
  start,
  freshen: () => freshenAll(),
  cpu,
  verifyPasswords: startPasswords(),
});
