import type { FamilyApp } from '@latchkey/session';
import { type LatchkeyEnv, latchkey } from '@latchkey/session/hono';
import { Hono } from 'hono';
import { app, person } from '../family.ts';

/**
 * GET /me on Hono. Without a shop nobody is asked: everybody is the same person. `isHooked`: then with a middleware that
 * does nothing but wait for the answer, as one must that may add a header.
 */
export function createHonoApp(shop: FamilyApp | null, isHooked: boolean): Hono<LatchkeyEnv> {
  const server = new Hono<LatchkeyEnv>();
  const somebody = person(0);
  if (shop === null) {
    if (isHooked) server.use(async (_c, next) => next());
    return server.get('/me', (c) => c.json({ signedIn: true, account: somebody, app }));
  }
  server.use(latchkey(shop));
  return server.get('/me', (c) => {
    const { account } = c.get('session');
    if (account === null) return c.json({ signedIn: false }, 401);
    return c.json({ signedIn: true, account, app });
  });
}
