import {
  createFamilyApp,
  type Family,
  type FamilyMember,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { csrf, latchkey, requireSignIn } from '@latchkey/session/express';

import { type Health, live, readiness } from '@latchkey-example/family/health';
import { linkTo } from '@latchkey-example/family/links';
import {
  homePage,
  noAccessPage,
  notFoundPage,
  type Page,
  signedInPage,
  type Visit,
} from '@latchkey-example/family/page';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from 'express';
import { cartIn, cartLimit, goods } from './cart.ts';
import { shopShelf } from './shelf.ts';

export interface ShopOptions {
  readonly family: Family;
  /** Default: `LATCHKEY_APP_KEY`. */
  readonly appKey?: string;
  readonly platform?: Partial<Platform>;
}

/** The shop, and the store that its sessions are in. */
export interface Shop {
  readonly app: Express;
  readonly store: SessionStore;
}

const name = 'shop';

/** The shop as an Express app; see `main.ts` for how it is started. */
export function createShop(options: ShopOptions): Shop {
  const handler = createFamilyApp({ ...options, app: name });
  const { store } = handler;
  const visitOf = (request: Request): Visit => {
    const { account, access } = request.session;
    const links = (member: FamilyMember) => linkTo(member, request, handler.handshake);
    return { family: options.family, app: name, account, access, linkTo: links };
  };
  const app = express().disable('x-powered-by');

  // Before the sessions: a health check must not depend on what it checks.
  app.get('/health/live', (_request, response) => sendHealth(response, live));
  app.get('/health/ready', async (_request, response) => {
    sendHealth(response, await readiness(store));
  });

  app.use(latchkey(handler));

  app.get('/', (request, response) => {
    const content = shopShelf(cartIn(request.session.data));
    const lead = 'Everything a kitten needs, and the box it came in. An Express app.';
    sendPage(response, homePage(visitOf(request), { lead, content }));
  });

  app.get('/me', ({ session: { account, access } }, response) => {
    response.set('cache-control', 'no-store');
    if (account !== null) response.json({ signedIn: true, account, app: name });
    else if (access === 'denied')
      response.status(403).json({ signedIn: false, reason: 'no-access' });
    else response.status(401).json({ signedIn: false });
  });

  app.get('/private', requireSignIn(), (request, response) => {
    const lead = 'Only people who are signed in and may enter the shop see this.';
    sendPage(response, signedInPage(visitOf(request), 'Your orders', { lead }));
  });

  app.get('/cart', ({ session }, response) => {
    response.set('cache-control', 'no-store').json(cartIn(session.data));
  });
  app.post('/cart', express.urlencoded({ limit: '1kb' }), csrf());
  app.post('/cart', (request, response) => {
    const { session } = request;
    if (session.access === 'denied') {
      sendPage(response, noAccessPage(visitOf(request)));
      return;
    }
    const item: unknown = request.body?.item;
    if (typeof item !== 'string' || !goods.has(item)) {
      response.status(400).type('text').send('The shop does not sell that.');
      return;
    }
    session.data['cart'] = [...cartIn(session.data), item].slice(-cartLimit);
    response.redirect(303, '/');
  });

  app.use((request, response) => sendPage(response, notFoundPage(visitOf(request))));
  app.use(answerError);
  return { app, store };
}

/** Express would show the stack of an error to the visitor. */
// biome-ignore lint/complexity/useMaxParams: Express knows error handlers by their four parameters.
const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  const given: unknown = error?.status;
  const status = typeof given === 'number' && given >= 400 && given < 500 ? given : 500;
  if (status === 500) console.error(error);
  if (response.headersSent) next(error);
  else
    response
      .status(status)
      .type('text')
      .send(status === 500 ? 'Internal server error.' : 'Bad request.');
};

function sendPage(response: Response, { status, headers, body }: Page): void {
  response.status(status).set(headers).send(body);
}

function sendHealth(response: Response, { status, body }: Health): void {
  response.status(status).set('cache-control', 'no-store').json(body);
}
