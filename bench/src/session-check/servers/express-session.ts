import { createHmac, randomBytes } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import express, { type Express } from 'express';
import session, { type SessionData } from 'express-session';
import { createClient } from 'redis';
import { app, person } from '../family.ts';

const secret = randomBytes(32).toString('base64url');
const dayMs = 86_400_000;

/** GET /me on Express with express-session and connect-redis, as their documentation sets them up. */
export async function createExpressSessionApp(
  redisUrl: string,
  people: number,
): Promise<{ readonly server: Express; readonly cookieHeaders: readonly string[] }> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  const store = new RedisStore({ client });
  const server = express();
  server.use(
    session({ store, secret, resave: false, saveUninitialized: false, cookie: { maxAge: dayMs } }),
  );
  server.get('/me', (request, response) => {
    const { account } = request.session as unknown as Partial<SessionData>;
    if (account === undefined) response.status(401).json({ signedIn: false });
    else response.json({ signedIn: true, account, app });
  });
  const numbers = Array.from({ length: people }, (_, number) => number);
  const cookieHeaders = await Promise.all(numbers.map((number) => signIn(store, number)));
  return { server, cookieHeaders };
}

async function signIn(store: RedisStore, number: number): Promise<string> {
  const id = randomBytes(24).toString('base64url');
  const cookie = {
    originalMaxAge: dayMs,
    expires: new Date(Date.now() + dayMs).toISOString(),
    httpOnly: true,
    path: '/',
  };
  await store.set(id, { cookie, account: person(number), cart: ['yarn'] } as SessionData);
  // As cookie-signature does, which express-session signs with.
  const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}
