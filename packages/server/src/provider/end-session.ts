import { hasCode, type Platform } from '@latchkey/session';
import {
  loginSignedOutPath,
  type MaybePromise,
  mayHaveEffect,
  requestOrigin,
} from '@latchkey/session/parts';
import { html } from 'hono/html';
import type { Client, Provider } from 'oidc-provider';
import { readForm } from '../browser/form.ts';
import { seeOther } from '../browser/return-to.ts';
import { actions } from '../pages/actions.ts';
import { messages } from '../pages/messages.ts';
import type { Page, PageMaker } from '../pages/page.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';
import type { BrowserEnding } from '../sign-out/end-in-browser.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { maxNextLength, type OutcomeCookie } from '../sign-out/outcome-cookie.ts';
import { endSessionConfirmPath } from './routes.ts';

/** What {@link answerEndSession} needs. */
export interface EndSessionDeps {
  readonly provider: Provider;
  readonly signIns: Pick<SignIns, 'findLive' | 'findBySid'>;
  /** The login host's own origin. */
  readonly origin: string;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly page: PageMaker;
  /** What people call an app of that client id. */
  readonly titleOf: (clientId: string) => string;
  readonly now: () => number;
  readonly onEvent: Platform['onEvent'];
}

/** The browser that asks. */
export interface EndSessionBrowser {
  /** The sign-in that the login host's own cookie opens, or null. */
  readonly signInId: string | null;
  /** Ends its sign-ins of an account; gives the cookie lines for the answer. */
  endInBrowser(ending: BrowserEnding): Promise<readonly string[]>;
  readonly outcome: OutcomeCookie;
  /** The cookie lines of an answer that ends nothing. */
  commit(): MaybePromise<readonly string[]>;
}

/** What a request asks for, checked. */
interface Wish {
  readonly client: Client | null;
  /** Whether there is a valid hint. An expired ID token is one. */
  readonly isHinted: boolean;
  /** The sign-in that the hint names, ended or not; null where there is no hint, or the sign-in is forgotten. */
  readonly hinted: StoredSignIn | null;
  /** Registered for the client, with `state`; null when there is none, or it is not registered or too long. */
  readonly redirect: URL | null;
  /** The parameters, for the form of the page. */
  readonly fields: readonly (readonly [string, string])[];
}

const parameterNames = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'] as const;
const ignoredNames = ['logout_hint', 'ui_locales'];

/**
 * RP-Initiated Logout 1.0, in place of the provider's own pages: the sign-in is ended by the one ending function before
 * anything else happens. A valid hint names a sign-in by client and `sid`. Where it is the browser's own, it ends
 * immediately; a hint of another one, also in a browser that the login host does not know, and everything else shows a
 * button, and only the button (a POST from our own page) has an effect. Ended is what the hint names, and what this browser is
 * signed in by. A redirect goes only to a registered URI, and only after a valid hint or the button.
 */
export async function answerEndSession(
  deps: EndSessionDeps,
  request: Request,
  browser: EndSessionBrowser,
): Promise<Response> {
  const isConfirmation = new URL(request.url).pathname === endSessionConfirmPath;
  const isRead = request.method === 'GET';
  if (request.method !== 'POST' && (!isRead || isConfirmation)) return deps.page(messages.method);
  const wish = await readWish(deps, await readParameters(request));
  if (wish === null) return deps.page(messages.badRequest);
  const { signInId } = browser;
  const own = signInId === null ? null : await deps.signIns.findLive(signInId);
  if (isConfirmation) {
    const isOurs = mayHaveEffect(requestOrigin(request), [deps.origin]);
    return isOurs ? end(deps, { wish, own, browser, isRead }) : deps.page(messages.crossSite);
  }
  if (own !== null && own.id === wish.hinted?.id) return end(deps, { wish, own, browser, isRead });
  const isLive = wish.hinted !== null && (await isStillLive(deps, wish.hinted));
  // A form sent from another site brings no cookie: somebody may be signed in all the same.
  if (own === null && !isLive && isRead) return nothingToEnd(deps, wish, await browser.commit());
  return deps.page({ ...askPage(deps, wish), cookies: await browser.commit() });
}

async function readParameters(request: Request): Promise<URLSearchParams | null> {
  if (request.method === 'GET') return new URL(request.url).searchParams;
  return readForm(request);
}

/** Null when the request is broken: repeated parameters, or a client id that the hint contradicts. */
async function readWish(
  { provider, signIns }: EndSessionDeps,
  parameters: URLSearchParams | null,
): Promise<Wish | null> {
  if (parameters === null) return null;
  const known = [...parameterNames, ...ignoredNames];
  if (known.some((name) => parameters.getAll(name).length > 1)) return null;
  const hint = await readHint(provider, parameters.get('id_token_hint'));
  const clientId = parameters.get('client_id');
  if (hint !== null && clientId !== null && hint.client.clientId !== clientId) return null;
  const client = hint?.client ?? (await findClient(provider, clientId)) ?? null;
  const sid = hint?.claims['sid'];
  const named =
    hint === null || typeof sid !== 'string'
      ? null
      : await signIns.findBySid(hint.client.clientId, sid);
  return {
    client,
    isHinted: hint !== null,
    hinted: named?.accountId === hint?.claims['sub'] ? named : null,
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
  // A longer one would not pass a proxy: the page stays and says what happened.
  return url.href.length <= maxNextLength ? url : null;
}

async function isStillLive({ signIns }: EndSessionDeps, { id }: StoredSignIn): Promise<boolean> {
  return (await signIns.findLive(id)) !== null;
}

/** What ends, and how the answer goes on. */
interface Ending {
  readonly wish: Wish;
  readonly own: StoredSignIn | null;
  readonly browser: EndSessionBrowser;
  readonly isRead: boolean;
}

async function end(deps: EndSessionDeps, ending: Ending): Promise<Response> {
  const { wish, own, browser, isRead } = ending;
  const { hinted, redirect } = wish;
  const moment = deps.now();
  const accounts = new Set([hinted, own].flatMap((signIn) => signIn?.accountId ?? []));
  const lines: string[] = [];
  try {
    if (hinted !== null) await deps.endSignIn({ signInId: hinted.id, cause: 'sign-out' });
    for (const accountId of accounts) {
      lines.push(...(await browser.endInBrowser({ accountId, moment })));
    }
  } catch (cause) {
    if (!hasCode(cause, 'store_unavailable')) throw cause;
    deps.onEvent({ type: 'provider.sign-out-unconfirmed', reason: 'end-session', cause });
    return deps.page(messages.signOutRecorded);
  }
  if (isRead && redirect !== null) return seeOther(redirect.href, lines);
  const signInId = hinted?.id ?? own?.id ?? null;
  const outcome = browser.outcome.line({ signInId, next: redirect?.href ?? null });
  return seeOther(`${deps.origin}${loginSignedOutPath}`, [...lines, outcome]);
}

/** Nobody to sign out: back to the app that brought a valid hint, else a page that claims nothing. */
async function nothingToEnd(
  deps: EndSessionDeps,
  { isHinted, redirect, client }: Wish,
  cookies: readonly string[],
): Promise<Response> {
  if (isHinted && redirect !== null) return seeOther(redirect.href, cookies);
  const app = redirect === null || client === null ? null : deps.titleOf(client.clientId);
  return deps.page({
    content: (t) => {
      const home = { label: t.actions.home, href: '/' };
      const ways =
        app === null || redirect === null
          ? actions(home)
          : actions({ label: t.actions.backTo(app), href: redirect.href }, home);
      return {
        title: t.endSession.nobodyTitle,
        body: html`<p class="lead">${t.endSession.nobody}</p>${ways}`,
      };
    },
    cookies,
  });
}

function askPage({ titleOf }: EndSessionDeps, { client, fields }: Wish): Page {
  const app = client === null ? null : titleOf(client.clientId);
  return {
    content: (t) => ({
      title: t.endSession.askTitle,
      body: html`<p class="lead">${t.endSession.ask(app)}</p>
${actions(
  {
    label: t.actions.signOut,
    post: endSessionConfirmPath,
    hidden: Object.fromEntries(fields),
  },
  { label: t.endSession.stay, href: '/' },
)}`,
    }),
  };
}
