import type { FamilyApp } from '@latchkey/session';
import { latchkey } from '@latchkey/session/express';
import express, { type Express } from 'express';
import { app, person } from '../family.ts';
import { hookWriteHead } from './hook-write-head.ts';

/**
 * GET /me on Express. Without a shop nobody is asked: everybody is the same person. `isHooked`: then with a middleware
 * that does nothing but put itself before `writeHead`.
 */
export function createExpressApp(shop: FamilyApp | null, isHooked: boolean): Express {
  const server = express();
  const somebody = person(0);
  if (shop === null) {
    if (isHooked) {
      server.use((_request, response, next) => {
        hookWriteHead(response);
        next();
      });
    }
    server.get('/me', (_request, response) => {
      response.json({ signedIn: true, account: somebody, app });
    });
    return server;
  }
  server.use(latchkey(shop));
  server.get('/me', ({ session: { account } }, response) => {
    if (account === null) response.status(401).json({ signedIn: false });
    else response.json({ signedIn: true, account, app });
  });
  return server;
}
