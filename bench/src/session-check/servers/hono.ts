import type { FamilyApp } from '@latchkey/session';
import { type LatchkeyEnv, latchkey } from '@latchkey/session/hono';
import { Hono } from 'hono';
import { app, person } from '../family.ts';

/** GET /me on Hono. Without a shop nobody is asked: everybody is the same person. */
export function createHonoApp(shop: FamilyApp | null): Hono<LatchkeyEnv> {
  const server = new Hono<LatchkeyEnv>();
  const somebody = person(0);
  if (shop === null) {
    return server.get('/me', (c) => c.json({ signedIn: true, account: somebody, app }));
  }
  server.use(latchkey(shop));
  return server.get('/me', (c) => {
    const { account } = c.get('session');
    if (account === null) return c.json({ signedIn: false }, 401);
    return c.json({ signedIn: true, account, app });
  });
}
