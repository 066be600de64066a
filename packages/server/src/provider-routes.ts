import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Family } from '@latchkey/session';
import type { Context, Hono } from 'hono';
import { seeOther } from './browser/return-to.ts';
import type { Visitor } from './browser/visitor.ts';
import { messages } from './pages/messages.ts';
import type { PageMaker } from './pages/page.ts';
import type { LoginProvider } from './provider/create-provider.ts';
import {
  clientSignOutPath,
  endSessionConfirmPath,
  interactionPath,
  providerRoutes,
} from './provider/routes.ts';
import { toNoAccess } from './sign-in/no-access-route.ts';

/** What mounting the OpenID Provider needs. */
export interface ProviderMountDeps {
  readonly provider: LoginProvider;
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
}

type Env = { Bindings: HttpBindings };

/**
 * The routes of the OpenID Provider. Last of all, and outside of anything that adds headers or reads bodies: the provider
 * answers on the raw Node response.
 */
export function mountProvider(app: Hono<Env>, deps: ProviderMountDeps): void {
  const { provider } = deps;
  app.post(clientSignOutPath, (c) => provider.clientSignOut(c.req.raw));
  app.get(`${interactionPath}/:uid`, (c) => resume(deps, c));
  for (const path of [providerRoutes.end_session, endSessionConfirmPath]) {
    app.on(['GET', 'POST'], path, async (c) => {
      const { opened, person } = await deps.recognise(c.req.raw);
      appendCookies(c, await opened.commit());
      return provider.endSession(c.req.raw, person?.signInId ?? null);
    });
  }
  app.all('*', async (c, next) => {
    if (!provider.owns(c.req.path)) return next();
    // Keys and tokens are asked for by servers: they need no session store.
    const isAuthorize = c.req.path.startsWith(providerRoutes.authorization);
    const visitor = isAuthorize ? await deps.recognise(c.req.raw) : null;
    const { incoming, outgoing } = c.env;
    appendCookies(c, (await visitor?.opened.commit()) ?? []);
    await provider.callback(incoming, outgoing, visitor?.person?.signInId ?? null);
    return alreadySent();
  });
}

/** An authorization request that waited while somebody signed in. */
async function resume(deps: ProviderMountDeps, c: Context<Env>): Promise<Response> {
  const { opened, person } = await deps.recognise(c.req.raw);
  appendCookies(c, await opened.commit());
  const { incoming, outgoing } = c.env;
  const outcome = await deps.provider.resumeInteraction(
    incoming,
    outgoing,
    person?.signInId ?? null,
  );
  switch (outcome.kind) {
    case 'continue':
    case 'sign-in-needed':
      return seeOther(new URL(outcome.location, deps.family.loginHost.origin).href);
    case 'no-access':
      return toNoAccess(deps.family, outcome.app);
    case 'expired':
      return deps.page(messages.badRequest);
  }
}

/** On the raw answer, where the provider puts its own: lines on our `Response` would take their place. */
function appendCookies(c: Context<Env>, lines: readonly string[]): void {
  for (const line of lines) c.env.outgoing.appendHeader('set-cookie', line);
}

/**
 * A new one each time: the adapter's own constant is one object for the life of the process. A clone of it and not a
 * `new Response(...)`: the adapter sends its own light-weight responses without looking at their headers.
 */
function alreadySent(): Response {
  return RESPONSE_ALREADY_SENT.clone();
}
