import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kysely } from 'kysely';
import type { AdapterPayload, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Database } from '../database/schema.ts';
import { otherPersonReason } from './interaction-policy.ts';
import { prolongPushedRequest, spendPushedRequest } from './pushed-request.ts';
import type { AuthorizeOutcome, RequestContext } from './request-context.ts';
import type { RequestViews } from './request-view.ts';
import { sessionPayload } from './session-adapter.ts';

/** Authorization requests: what the provider asks of the browser, and what becomes of its answer. */
export interface Authorizations {
  contextOf(incoming: IncomingMessage): RequestContext;
  /** Has the provider answer a request; where somebody must do something first, nothing is written and it says what. */
  answer(
    exchange: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
    context: RequestContext,
    callback: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
  ): Promise<AuthorizeOutcome>;
  /** Gives a provider this browser's sign-in as its session, and takes its answers. */
  attach(provider: Provider): void;
}

export interface AuthorizationsDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly views: Pick<RequestViews, 'of'>;
}

/** The parts of the provider's class that its types leave out. */
interface SessionClass {
  get(ctx: KoaContextWithOIDC): Promise<unknown>;
  instantiate(payload?: AdapterPayload): unknown;
}

const nobody: RequestContext = { path: '', signIn: null, askedAt: null, wish: null, cookies: [] };
const answered: AuthorizeOutcome = { kind: 'answered' };

export function createAuthorizations(deps: AuthorizationsDeps): Authorizations {
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  const outcomes = new WeakMap<IncomingMessage, AuthorizeOutcome>();
  const contextOf = (incoming: IncomingMessage): RequestContext => contexts.get(incoming) ?? nobody;
  return {
    contextOf,
    async answer({ incoming, outgoing }, context, callback) {
      contexts.set(incoming, context);
      incoming.url = context.path;
      await callback(incoming, outgoing);
      return outcomes.get(incoming) ?? answered;
    },
    attach(provider) {
      const Session = provider.Session as unknown as SessionClass;
      Session.get = async (ctx) => {
        const { signIn } = contextOf(ctx.req);
        // Read at the start of this very request. Should it end meanwhile, no code is written (`record-adapter.ts`).
        const overview = signIn === null ? null : await deps.views.of(ctx.req, signIn.id);
        const session = Session.instantiate(
          overview === null ? undefined : sessionPayload(overview),
        );
        ctx.oidc.entity('Session', session);
        return session;
      };
      provider.use(async (ctx, next) => {
        const context = contexts.get(ctx.req);
        await next();
        if (context === undefined) return;
        const outcome = await outcomeOf(deps, ctx as KoaContextWithOIDC, context);
        outcomes.set(ctx.req, outcome);
        if (outcome.kind === 'answered') keepOwnCookies(ctx.res, context.cookies);
        else takeBack(ctx);
      });
    },
  };
}

async function outcomeOf(
  deps: AuthorizationsDeps,
  ctx: KoaContextWithOIDC,
  context: RequestContext,
): Promise<AuthorizeOutcome> {
  const { Interaction: interaction, PushedAuthorizationRequest: pushed } = ctx.oidc?.entities ?? {};
  const location = ctx.res.getHeader('location');
  if (interaction === undefined) {
    // The provider spends it with a code alone.
    if (pushed !== undefined && ctx.res.statusCode < 400)
      await spendPushedRequest(deps, pushed.jti);
    return typeof location === 'string' ? { kind: 'redirect', location } : answered;
  }
  const app = String(interaction.params['client_id']);
  const { name, reasons } = interaction.prompt;
  if (name === 'access') return { kind: 'no-access', app };
  // The person may take as long as at any form; the app pushed it for a minute.
  if (pushed !== undefined) await prolongPushedRequest(deps, pushed.jti);
  if (reasons.includes(otherPersonReason) && context.wish !== 'other-account') {
    const meant = ctx.oidc.entities['IdTokenHint']?.['payload']?.['email'];
    return { kind: 'other-person', app, meant: typeof meant === 'string' ? meant : null };
  }
  return { kind: 'proof-needed' };
}

function keepOwnCookies(outgoing: ServerResponse, lines: readonly string[]): void {
  outgoing.removeHeader('set-cookie');
  for (const line of lines) outgoing.appendHeader('set-cookie', line);
}

/** The answer is given elsewhere: nothing of this one may be left. */
function takeBack(ctx: Pick<KoaContextWithOIDC, 'res' | 'respond'>): void {
  ctx.respond = false;
  for (const name of ctx.res.getHeaderNames()) ctx.res.removeHeader(name);
}
