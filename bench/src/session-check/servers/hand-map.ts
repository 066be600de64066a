import type { Account } from '@latchkey/session';
import express, { type Express } from 'express';
import { app, person } from '../family.ts';

/** What a request is found to be of. */
interface Found {
  readonly account: Account;
  readonly cart: readonly string[];
}

/**
 * GET /me on Express with the least that can be called sessions: the cookie is read, a `Map` is asked, the request is given
 * one object. It ends nothing, saves nothing and asks nobody.
 */
export function createHandMapApp(cookieName: string, ids: readonly string[]): Express {
  const people = new Map<string, Found>();
  for (const [number, id] of ids.entries()) {
    people.set(id, { account: person(number), cart: ['yarn'] });
  }
  const server = express();
  server.use((request, response, next) => {
    const found = people.get(cookieOf(request.headers.cookie ?? '', cookieName) ?? '');
    response.locals['session'] = { account: found?.account ?? null, cart: found?.cart ?? [] };
    next();
  });
  server.get('/me', (_request, response) => {
    const { account } = response.locals['session'] as { readonly account: Account | null };
    if (account === null) response.status(401).json({ signedIn: false });
    else response.json({ signedIn: true, account, app });
  });
  return server;
}

function cookieOf(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}
