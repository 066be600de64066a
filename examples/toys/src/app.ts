import {
  createFamilyApp,
  type Family,
  type FamilyMember,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { type LatchkeyEnv, latchkey, requireSignIn } from '@latchkey/session/hono';

import { live, readiness } from '@latchkey-example/family/health';
import { linkTo } from '@latchkey-example/family/links';
import {
  homePage,
  notFoundPage,
  type Page,
  signedInPage,
  type Visit,
} from '@latchkey-example/family/page';
import { type Context, Hono } from 'hono';
import { toyBox } from './toy-box.ts';

export interface ToysOptions {
  readonly family: Family;
  /** Default: `LATCHKEY_APP_KEY`. */
  readonly appKey?: string;
  readonly platform?: Partial<Platform>;
}

/** The toys, and the store that their sessions are in. */
export interface Toys {
  readonly app: Hono<LatchkeyEnv>;
  readonly store: SessionStore;
}

const name = 'toys';

/** The toys as a Hono app; see `main.ts` for how it is started. */
export function createToys(options: ToysOptions): Toys {
  const handler = createFamilyApp({ ...options, app: name });
  const { store } = handler;
  const visitOf = (c: Context<LatchkeyEnv>): Visit => {
    const session = c.get('session');
    const { account, access } = session;
    const request = { session, url: c.req.url, headers: c.req.raw.headers };
    const links = (member: FamilyMember) => linkTo(member, request, handler.handshake);
    return { family: options.family, app: name, account, access, linkTo: links };
  };
  const app = new Hono<LatchkeyEnv>();

  // Before the sessions: a health check must not depend on what it checks.
  const unkept = { 'cache-control': 'no-store' };
  app.get('/health/live', (c) => c.json(live.body, live.status, unkept));
  app.get('/health/ready', async (c) => {
    const { body, status } = await readiness(store);
    return c.json(body, status, unkept);
  });

  app.use(latchkey(handler));

  app.get('/', (c) => {
    const lead = 'Wind them up and let them go. A Hono app on a site of its own.';
    return sendPage(homePage(visitOf(c), { lead, content: toyBox() }));
  });

  app.get('/me', (c) => {
    const { account } = c.get('session');
    // Reach `handshake`: without access this app holds nobody's sign-in, so there is no 403 to give.
    return account === null
      ? c.json({ signedIn: false }, 401, unkept)
      : c.json({ signedIn: true, account, app: name }, 200, unkept);
  });

  app.get('/private', requireSignIn(), (c) => {
    const lead = 'Only people who are signed in and may enter the toys see this.';
    return sendPage(signedInPage(visitOf(c), 'Your toys', { lead }));
  });

  app.notFound((c) => sendPage(notFoundPage(visitOf(c))));
  app.onError((error, c) => {
    console.error(error);
    return c.text('Internal server error.', 500);
  });
  return { app, store };
}

function sendPage({ status, headers, body }: Page): Response {
  return new Response(body, { status, headers });
}
