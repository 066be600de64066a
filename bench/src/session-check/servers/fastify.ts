import type { FamilyApp } from '@latchkey/session';
import { latchkey } from '@latchkey/session/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { app, person } from '../family.ts';
import { hookWriteHead } from './hook-write-head.ts';

/**
 * GET /me on Fastify. Without a shop nobody is asked: everybody is the same person. `isHooked`: then with an `onRequest`
 * hook that does nothing but put itself before `writeHead`.
 */
export async function createFastifyApp(
  shop: FamilyApp | null,
  isHooked: boolean,
): Promise<FastifyInstance> {
  const server = Fastify();
  const somebody = person(0);
  if (shop === null) {
    if (isHooked) {
      server.addHook('onRequest', async (_request, reply) => hookWriteHead(reply.raw));
    }
    server.get('/me', async () => ({ signedIn: true, account: somebody, app }));
    return server;
  }
  await server.register(latchkey(shop));
  server.get('/me', async ({ session: { account } }, reply) => {
    if (account !== null) return { signedIn: true, account, app };
    reply.code(401);
    return { signedIn: false };
  });
  return server;
}
