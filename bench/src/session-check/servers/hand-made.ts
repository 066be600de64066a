import { hash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Account } from '@latchkey/session';
import { createSessionId, createSlot, type SessionId } from '@latchkey/session/parts';
import { createClient } from 'redis';
import { app, cookieName, inParts, person } from '../family.ts';
import { tell } from './node-http.ts';

const dayMilliseconds = 86_400_000;

/** What lies in Redis: a sign-in, and a session that hangs off it. */
interface SignIn {
  readonly account: Account;
  readonly apps: readonly string[];
  readonly idleAt: number;
}

interface Record {
  readonly scope: string;
  readonly endsAt: number;
  readonly data: unknown;
}

/**
 * GET /me on node:http as one would write it for this one app: the cookie is found and hashed, session and sign-in are read
 * by one MGET over the client and with the settings that the Redis store has, and decoded. It knows no changes, no events, no
 * outages, no former cookies: what is measured beside it is what all that costs.
 */
export async function createHandMadeServer(
  redisUrl: string,
  people: number,
): Promise<{ readonly server: Server; readonly cookieHeaders: readonly string[] }> {
  const client = createClient({
    url: redisUrl,
    RESP: 3,
    disableOfflineQueue: true,
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
  });
  await client.connect();
  const cookie = new RegExp(`(?:^|; )${cookieName()}=([\\w-]{16})\\.([\\w-]{43})(?:;|$)`);

  async function accountOf(header: string | undefined): Promise<Account | null> {
    const [, slot = '', secret = ''] = cookie.exec(header ?? '') ?? [];
    if (secret === '') return null;
    const keys = keysOf(slot, secret);
    const reply = await client.sendCommand(['MGET', ...keys]);
    const [signInText, text] = reply as unknown as (string | null)[];
    if (!signInText || !text) return null;
    const signIn = JSON.parse(signInText) as SignIn;
    const session = JSON.parse(text) as Record;
    const now = Date.now();
    if (signIn.idleAt <= now || session.endsAt <= now || session.scope !== app) return null;
    return signIn.apps.includes(app) ? signIn.account : null;
  }

  const server = createServer((request, response) => {
    accountOf(request.headers.cookie).then(
      (account) => tell(response, account),
      () => response.writeHead(503).end(),
    );
  });
  const numbers = Array.from({ length: people }, (_, number) => number);
  const ids = await inParts(numbers, async (number) => {
    const id = createSessionId(createSlot(randomBytes), randomBytes);
    const idleAt = Date.now() + dayMilliseconds;
    const signIn: SignIn = { account: person(number), apps: [app, 'toys'], idleAt };
    const session: Record = { scope: app, endsAt: idleAt, data: { cart: ['yarn'] } };
    const [slot = '', secret = ''] = id.split('.');
    const [signInKey, key] = keysOf(slot, secret);
    await client.sendCommand([
      'MSET',
      signInKey,
      JSON.stringify(signIn),
      key,
      JSON.stringify(session),
    ]);
    return id;
  });
  return { server, cookieHeaders: ids.map((id: SessionId) => `${cookieName()}=${id}`) };
}

function keysOf(slot: string, secret: string): [signIn: string, session: string] {
  const digest = hash('sha256', `${slot}.${secret}`, 'base64url').slice(0, 22);
  return [`lk:{${slot}}`, `lk:{${slot}}:${digest}`];
}
