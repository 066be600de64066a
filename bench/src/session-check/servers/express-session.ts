import { createHmac, randomBytes } from 'node:crypto';
import { session as dropIn } from '@latchkey/express-session';
import { RedisStore } from 'connect-redis';
import express, { type Express } from 'express';
import expressSession, { type SessionData } from 'express-session';
import { createClient } from 'redis';
import { app, person } from '../family.ts';

const secret = randomBytes(32).toString('base64url');
const dayMilliseconds = 86_400_000;

/**
 * GET /me on Express with connect-redis under express-session or our drop-in for it, as their documentation sets them up:
 * an app changes the import and nothing else.
 */
export async function createExpressSessionApp(
  kind: 'express-session' | 'drop-in',
  redisUrl: string,
  people: number,
): Promise<{ readonly server: Express; readonly cookieHeaders: readonly string[] }> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  const store = new RedisStore({ client });
  const session =
    kind === 'drop-in' ? (dropIn as unknown as typeof expressSession) : expressSession;
  const server = express();
  server.use(
    session({
      store,
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: dayMilliseconds },
    }),
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
    originalMaxAge: dayMilliseconds,
    expires: new Date(Date.now() + dayMilliseconds).toISOString(),
    httpOnly: true,
    path: '/',
  };
  await store.set(id, { cookie, account: person(number), cart: ['yarn'] } as SessionData);
  // As cookie-signature does, which express-session signs with.
  const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}
