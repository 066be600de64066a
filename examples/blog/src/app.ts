import {
  createFamilyApp,
  type Family,
  type FamilyMember,
  type Handshake,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { latchkey, requireSignIn } from '@latchkey/session/fastify';

import { type Health, live, readiness } from '@latchkey-example/family/health';
import { linkTo } from '@latchkey-example/family/links';
import {
  homePage,
  notFoundPage,
  type Page,
  signedInPage,
  type Visit,
} from '@latchkey-example/family/page';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { articleList } from './articles.ts';

export interface BlogOptions {
  readonly family: Family;
  /** Default: `LATCHKEY_APP_KEY`. */
  readonly appKey?: string;
  readonly platform?: Partial<Platform>;
}

/** The blog, and the store that its sessions are in. */
export interface Blog {
  readonly app: FastifyInstance;
  readonly store: SessionStore;
}

const name = 'blog';

/** The blog as a Fastify app; see `main.ts` for how it is started. */
export async function createBlog(options: BlogOptions): Promise<Blog> {
  const handler = createFamilyApp({ ...options, app: name });
  const { store } = handler;
  const app = fastify({ forceCloseConnections: true });
  addHealth(app, store);
  // A scope of its own: the health paths above stay without session.
  await app.register(async (pages) => {
    await pages.register(latchkey(handler));
    addPages(pages, options.family, handler.handshake);
  });
  return { app, store };
}

/** Outside the sessions: a health check must not depend on what it checks. */
function addHealth(app: FastifyInstance, store: SessionStore): void {
  app.get('/health/live', (_request, reply) => sendHealth(reply, live));
  app.get('/health/ready', async (_request, reply) => sendHealth(reply, await readiness(store)));
}

function addPages(app: FastifyInstance, family: Family, handshake: Handshake): void {
  const visitOf = (request: FastifyRequest): Visit => {
    const { account, access } = request.session;
    const links = (member: FamilyMember) => linkTo(member, request, handshake);
    return { family, app: name, account, access, linkTo: links };
  };

  app.get('/', (request, reply) => {
    const lead = 'Notes from under the sofa. A Fastify app with the same sessions as the shop.';
    const content = articleList(request.session.data['cart']);
    return sendPage(reply, homePage(visitOf(request), { lead, content }));
  });

  app.get('/me', ({ session: { account, access } }, reply) => {
    reply.header('cache-control', 'no-store');
    if (account !== null) return reply.send({ signedIn: true, account, app: name });
    return access === 'denied'
      ? reply.code(403).send({ signedIn: false, reason: 'no-access' })
      : reply.code(401).send({ signedIn: false });
  });

  app.get('/private', { onRequest: requireSignIn() }, (request, reply) => {
    const lead = 'Only people who are signed in and may enter the blog see this.';
    return sendPage(reply, signedInPage(visitOf(request), 'Your drafts', { lead }));
  });

  app.setNotFoundHandler((request, reply) => sendPage(reply, notFoundPage(visitOf(request))));
}

function sendPage(reply: FastifyReply, { status, headers, body }: Page): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

function sendHealth(reply: FastifyReply, { status, body }: Health): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(body);
}
