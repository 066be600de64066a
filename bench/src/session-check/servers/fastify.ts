import type { FamilyApp } from '@latchkey/session';
import { latchkey } from '@latchkey/session/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { app, person } from '../family.ts';

/** GET /me on Fastify. Without a shop nobody is asked: everybody is the same person. */
export async function createFastifyApp(shop: FamilyApp | null): Promise<FastifyInstance> {
  const server = Fastify();
  const somebody = person(0);
  if (shop === null) {
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
