import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Account, FamilyApp } from '@latchkey/session';
import { latchkey } from '@latchkey/session/node';
import { app, person } from '../family.ts';

/** GET /me on node:http. Without a shop nobody is asked: everybody is the same person. */
export function createNodeServer(shop: FamilyApp | null): Server {
  const somebody = person(0);
  if (shop === null) return createServer((_request, response) => tell(response, somebody));
  const withSession = latchkey(shop);
  return createServer(withSession(({ session }, response) => tell(response, session.account)));
}

/** The answer to GET /me. */
export function tell(response: ServerResponse, account: Account | null): void {
  const answer = account === null ? { signedIn: false } : { signedIn: true, account, app };
  const body = JSON.stringify(answer);
  response.writeHead(account === null ? 401 : 200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
