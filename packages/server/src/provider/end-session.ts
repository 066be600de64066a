import { mayHaveEffect, onwardPage, type Platform, requestOrigin } from '@latchkey/session';
import { html } from 'hono/html';
import type { Client, Provider } from 'oidc-provider';
import { readForm } from '../browser/form.ts';
import { seeOther } from '../browser/return-to.ts';
import { messages } from '../pages/messages.ts';
import type { Page, PageMaker } from '../pages/page.ts';
import type { SignIns, StoredSignIn } from '../sign-in/sign-ins.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { endSessionConfirmPath } from './routes.ts';

/** What {@link answerEndSession} needs. */
export interface EndSessionDeps {
  readonly provider: Provider;
  readonly signIns: Pick<SignIns, 'findLive' | 'joinedApps'>;
  /** The login host's own origin. */
  readonly origin: string;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly page: PageMaker;
  readonly onEvent: Platform['onEvent'];
}

/** What a request asks for, checked. */
interface Wish {
  readonly client: Client | null;
  /** Claims of a valid hint. An expired ID token is one. */
  readonly hint: Readonly<Record<string, unknown>> | null;
  /** Registered for the client, with `state`; null when there is none or it is not registered. */
  readonly redirect: URL | null;
  /** The parameters, for the form of the page. */
  readonly fields: readonly (readonly [string, string])[];
}

const parameterNames = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'] as const;
const ignoredNames = ['logout_hint', 'ui_locales'];

/**
 * RP-Initiated Logout 1.0, in place of the provider's own pages: the sign-in is ended by the one ending function before
 * anything else happens. A valid hint of this very sign-in ends it at once; everything else, a hint of another sign-in
 * included, shows a button, and only the button (a POST from our own page) has an effect. A redirect goes only to a
 * registered URI, and only after a valid hint or the button.
 */
export async function answerEndSession(
  deps: EndSessionDeps,
  request: Request,
  signInId: string | null,
): Promise<Response> {
  const isConfirmation = new URL(request.url).pathname === endSessionConfirmPath;
  const isAllowed = request.method === 'POST' || (request.method === 'GET' && !isConfirmation);
  if (!isAllowed) return deps.page(messages.method);
  const wish = await readWish(deps.provider, await readParameters(request));
  if (wish === null) return deps.page(messages.badRequest);
  const signIn = signInId === null ? null : await deps.signIns.findLive(signInId);
  if (isConfirmation) {
    const isOurs = mayHaveEffect(requestOrigin(request), [deps.origin]);
    if (!isOurs) return deps.page(messages.crossSite);
    const done = await end(deps, signIn, wish, true);
    // After a form: browsers hold a redirect against `form-action` of the page with the button.
    const to = done.headers.get('location');
    return to === null ? done : onwardPage({ to });
  }
  if (signIn !== null && (await isHintOf(deps, wish, signIn))) {
    return end(deps, signIn, wish, true);
  }
  // A form sent from another site brings no cookie: somebody may be signed in all the same.
  if (signIn === null && request.method === 'GET') {
    return end(deps, null, wish, wish.hint !== null);
  }
  return deps.page(askPage(wish));
}

async function readParameters(request: Request): Promise<URLSearchParams | null> {
  if (request.method === 'GET') return new URL(request.url).searchParams;
  return readForm(request);
}

/** Null when the request is broken: repeated parameters, or a client id that the hint contradicts. */
async function readWish(
  provider: Provider,
  parameters: URLSearchParams | null,
): Promise<Wish | null> {
  if (parameters === null) return null;
  const known = [...parameterNames, ...ignoredNames];
  if (known.some((name) => parameters.getAll(name).length > 1)) return null;
  const hint = await readHint(provider, parameters.get('id_token_hint'));
  const clientId = parameters.get('client_id');
  if (hint !== null && clientId !== null && hint.client.clientId !== clientId) return null;
  const client = hint?.client ?? (await findClient(provider, clientId)) ?? null;
  return {
    client,
    hint: hint?.claims ?? null,
    redirect: redirectOf(client, parameters),
    fields: parameterNames.flatMap((name) => {
      const value = parameters.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  };
}

/** A hint that is not a token of ours counts as none: then the person is asked. */
async function readHint(
  provider: Provider,
  token: string | null,
): Promise<{ client: Client; claims: Readonly<Record<string, unknown>> } | null> {
  const audience = audienceOf(token ?? '');
  const client = await findClient(provider, audience);
  if (token === null || client === undefined) return null;
  try {
    const { payload } = await provider.IdToken.validate(token, client);
    return { client, claims: payload };
  } catch {
    return null;
  }
}

/** Unverified: only says whose keys and rules to verify the token by. */
function audienceOf(token: string): string | null {
  try {
    const part = token.split('.')[1] ?? '';
    const payload: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const { aud } = payload as { aud?: unknown };
    return typeof aud === 'string' ? aud : null;
  } catch {
    return null;
  }
}

async function findClient(provider: Provider, id: string | null): Promise<Client | undefined> {
  return id === null ? undefined : provider.Client.find(id);
}

function redirectOf(client: Client | null, parameters: URLSearchParams): URL | null {
  const uri = parameters.get('post_logout_redirect_uri');
  if (client === null || uri === null || !client.postLogoutRedirectUriAllowed(uri)) return null;
  const url = new URL(uri);
  const state = parameters.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return url;
}

async function isHintOf(
  deps: EndSessionDeps,
  { client, hint }: Wish,
  signIn: StoredSignIn,
): Promise<boolean> {
  if (client === null || hint === null || hint['sub'] !== signIn.accountId) return false;
  const joined = await deps.signIns.joinedApps(signIn.id);
  return joined.some(({ app, sid }) => app === client.clientId && sid === hint['sid']);
}

async function end(
  deps: EndSessionDeps,
  signIn: StoredSignIn | null,
  wish: Wish,
  mayRedirect: boolean,
): Promise<Response> {
  try {
    if (signIn !== null) await deps.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
  } catch (cause) {
    deps.onEvent({ type: 'provider.sign-out-unconfirmed', reason: 'end-session', cause });
    return deps.page(messages.signOutRecorded);
  }
  if (!mayRedirect || wish.redirect === null) return deps.page(donePage);
  return seeOther(wish.redirect.href);
}

function askPage(wish: Wish): Page {
  const who = wish.client === null ? 'An app' : html`The app <b>${wish.client.clientId}</b>`;
  return {
    title: 'Sign out?',
    body: html`<p>${who} asks to sign you out. This signs you out of every app.</p>
<form method="post" action="${endSessionConfirmPath}">
${wish.fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button>Sign out</button>
</form>
<p><a href="/">Stay signed in</a></p>`,
  };
}

const donePage: Page = {
  title: 'Signed out',
  body: html`<p>You are signed out of every app.</p><a class="button" href="/">Home page</a>`,
};
