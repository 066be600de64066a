import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Family } from '@latchkey/session';
import { hopTo } from '@latchkey/session/parts';
import type { Context, Hono } from 'hono';
import { readForm } from './browser/form.ts';
import { type Person, silently } from './browser/visitor.ts';
import { answerWithoutEffect } from './browser/without-effect.ts';
import { messages } from './pages/messages.ts';
import { otherPersonPage } from './pages/other-person-page.ts';
import type { PageMaker } from './pages/page.ts';
import type { LoginProvider } from './provider/create-provider.ts';
import type { AuthorizeOutcome } from './provider/request-context.ts';
import { clientSignOutPath, endSessionConfirmPath, providerRoutes } from './provider/routes.ts';
import { toNoAccess } from './sign-in/no-access-route.ts';
import { formInPlace } from './sign-in/show-form.ts';
import { type WaitingRequests, wishParameter } from './sign-in/waiting-request.ts';
import { type EndInBrowserDeps, endInBrowser } from './sign-out/end-in-browser.ts';
import type { OutcomeCookie } from './sign-out/outcome-cookie.ts';

/** What mounting the OpenID Provider needs. */
export interface ProviderMountDeps extends EndInBrowserDeps {
  readonly provider: LoginProvider;
  readonly family: Family;
  readonly page: PageMaker;
  readonly waiting: WaitingRequests;
  readonly outcome: OutcomeCookie;
}

type Env = { Bindings: HttpBindings };

/**
 * The routes of the OpenID Provider. Last of all, and outside of anything that adds headers or reads bodies: the provider
 * answers on the raw Node response.
 */
export function mountProvider(app: Hono<Env>, deps: ProviderMountDeps): void {
  const { provider } = deps;
  app.post(clientSignOutPath, (c) => provider.clientSignOut(c.req.raw));
  for (const path of [providerRoutes.end_session, endSessionConfirmPath]) {
    app.on(['GET', 'POST'], path, async (c) => {
      const bare = answerWithoutEffect(deps.page, c.req.raw);
      if (bare !== null) return bare;
      const { opened, person } = await deps.recognise(c.req.raw);
      return provider.endSession(c.req.raw, {
        signInId: person?.signInId ?? null,
        outcome: deps.outcome,
        endInBrowser: (ending) => endInBrowser(deps, c.req.raw, ending),
        commit: () => opened.commit(),
      });
    });
  }
  app.get(providerRoutes.authorization, (c) => authorize(deps, c));
  app.post(providerRoutes.authorization, (c) => authorizeByGet(deps, c.req.raw));
  app.all('*', async (c, next) => {
    if (!provider.owns(c.req.path)) return next();
    // Asked for by programs, which bring no cookie: the session store has no part in it.
    await provider.callback(c.env.incoming, c.env.outgoing);
    return alreadySent();
  });
}

/**
 * OpenID Connect Core 1.0, 3.1.2.1: a request may be posted. A form of another site brings no cookie of ours, the request
 * that follows it does.
 */
async function authorizeByGet(deps: ProviderMountDeps, request: Request): Promise<Response> {
  const form = await readForm(request);
  if (form === null) return deps.page(messages.badRequest);
  return hopTo(`${deps.family.loginHost.origin}${providerRoutes.authorization}?${form}`);
}

/** `GET /oidc/authorize`: the provider's answer, or the page in its place on which somebody does what is needed first. */
async function authorize(deps: ProviderMountDeps, c: Context<Env>): Promise<Response> {
  const request = c.req.raw;
  const bare = answerWithoutEffect(deps.page, request);
  if (bare !== null) return bare;
  const visitor = await deps.recognise(request);
  const { opened, person } = visitor;
  const cookies = await opened.commit();
  const { incoming, outgoing } = c.env;
  const outcome = await deps.provider.authorize(incoming, outgoing, {
    ...deps.waiting.read(request),
    signInId: silently(visitor)?.signInId ?? null,
    cookies,
  });
  return answerInPlace(deps, request, { outcome, person, cookies });
}

function answerInPlace(
  deps: ProviderMountDeps,
  request: Request,
  found: {
    readonly outcome: AuthorizeOutcome;
    readonly person: Person | null;
    readonly cookies: readonly string[];
  },
): Response | Promise<Response> {
  const { outcome, person, cookies } = found;
  switch (outcome.kind) {
    case 'answered':
      return alreadySent();
    case 'redirect':
      return hopTo(outcome.location, cookies);
    case 'no-access':
      return toNoAccess(deps.family, outcome.app, cookies);
    case 'proof-needed':
      return formInPlace(deps, request, { person, cookies });
    case 'other-person': {
      const { path } = deps.waiting.read(request);
      const { meant } = outcome;
      const title = outcome.app;
      const app = deps.family.apps.get(title) ?? { title, description: null, icon: null };
      const present = person?.email ?? '';
      return deps.page({
        ...otherPersonPage({ app, meant, present, path, wishParameter }),
        cookies,
      });
    }
  }
}

/**
 * A new one each time: the adapter's own constant is one object for the life of the process. A clone of it and not a
 * `new Response(...)`: the adapter sends its own light-weight responses without looking at their headers.
 */
function alreadySent(): Response {
  return RESPONSE_ALREADY_SENT.clone();
}
