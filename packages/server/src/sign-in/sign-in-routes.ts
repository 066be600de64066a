import {
  type Family,
  mayHaveEffect,
  type Platform,
  requestOrigin,
  type Slot,
} from '@latchkey/session';
import type { Accounts } from '../accounts/accounts.ts';
import { readForm } from '../browser/form.ts';
import { afterForm } from '../browser/onward-route.ts';
import { type Destination, judgeReturnTo, single } from '../browser/return-to.ts';
import type { LoginSessions } from '../browser/sessions.ts';
import { type Person, silently, type Visitor } from '../browser/visitor.ts';
import { limited, messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { shownField, signInPage } from '../pages/sign-in-page.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import type { KnownBrowser, KnownBrowsers } from './known-browsers.ts';
import type { Limiter } from './limiter.ts';
import type { RenewedProof } from './renew-proof.ts';
import type { StartSignIn } from './start-sign-in.ts';
import type { WaitingRequests } from './waiting-request.ts';

/** What the sign-in page and its form need. */
export interface SignInRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly sessions: LoginSessions;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly accounts: Pick<Accounts, 'provePassword' | 'findByEmail'>;
  readonly limiter: Limiter;
  readonly platform: Pick<Platform, 'onEvent'>;
  readonly startSignIn: StartSignIn;
  readonly endSignIn: SignInEndings['endSignIn'];
  /** `renew-proof.ts`, with the time of now. */
  readonly renewProof: (proof: Omit<RenewedProof, 'provedAt'>) => Promise<boolean>;
  readonly waiting: WaitingRequests;
  readonly knownBrowsers: KnownBrowsers;
}

/** What a right password stands for. */
interface Proof {
  readonly accountId: string;
  /** The account's epoch, read before the proof began. */
  readonly epoch: number;
  readonly clientAddress: string;
  /** The person asked to be kept signed in. */
  readonly remember: boolean;
}

/** What the form says. */
interface SignInFields {
  readonly email: string;
  readonly password: string;
  readonly returnTo: string;
  readonly remember: boolean;
}

/** `GET /sign-in`: shows no page to someone already signed in. */
export async function showSignIn(deps: SignInRoutesDeps, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const returnTo = single(searchParams, 'return_to');
  const target = returnTo === 'repeated' ? null : judgeReturnTo(deps.family, returnTo);
  if (target === null) return deps.page(messages.badDestination);
  const visitor = await deps.recognise(request);
  const { opened, person } = visitor;
  const cookies = await opened.commit();
  if (silently(visitor) !== null) return afterForm(deps.family, target, cookies);
  // Who proves once more goes on under the sign-in that there is.
  const form = signInPage({ returnTo: target.returnTo, mayRemember: person === null });
  return deps.page({ ...form, cookies: [...cookies, ...deps.waiting.formCookies(request)] });
}

/** `POST /sign-in`: the proof. Only failed proofs count against the limits; a new sign-in means a new session id. */
export async function takeSignIn(
  deps: SignInRoutesDeps,
  request: Request,
  clientAddress: string,
): Promise<Response> {
  const { family, page } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const form = await readForm(request);
  const fields = form === null ? null : signInFields(form);
  if (fields === null) return page(messages.badRequest);
  const target = judgeReturnTo(family, fields.returnTo);
  if (target === null) return page(messages.badDestination);
  // Before any proof: no sign-in is made for a browser that would not keep its cookie.
  if (form?.has(shownField) && !deps.waiting.hasFormCookie(request)) {
    return page(messages.cookiesRefused);
  }
  const browser = await findKnownBrowser(deps, request, fields.email);
  const attempt = await deps.limiter.take({
    ...{ email: fields.email, address: clientAddress },
    ...(browser !== null && { browser }),
  });
  if (attempt.kind === 'limited') {
    if (attempt.by === 'browser' && browser !== null) await deps.knownBrowsers.burn(browser);
    deps.platform.onEvent({ type: 'sign-in.limited', reason: attempt.by });
    return page(limited(attempt.retryAfterSeconds));
  }
  const proof = await deps.accounts.provePassword(fields.email, fields.password);
  if (proof.kind === 'busy') {
    await attempt.abandoned();
    return page(messages.busy);
  }
  if (proof.kind === 'refused') {
    await tellRefused(deps, proof.why, fields.email);
    if (proof.why !== 'wrong') {
      await attempt.succeeded();
      return page(messages[proof.why]);
    }
    const { email, remember } = fields;
    const { returnTo } = target;
    return page(signInPage({ returnTo, email, remember, isRefused: true, mayRemember: true }));
  }
  await attempt.succeeded();
  const { account, epoch } = proof;
  const { remember } = fields;
  const proved = { accountId: account.id, epoch, clientAddress, remember };
  const answer = await enter(deps, request, proved, target);
  const isEntered = answer.status < 400;
  if (isEntered) {
    answer.headers.append(
      'set-cookie',
      deps.knownBrowsers.remember(request, { ...account, epoch }),
    );
  }
  return answer;
}

/** Nothing is looked up for a browser without the cookie: the time taken tells a stranger nothing about who exists. */
async function findKnownBrowser(
  deps: SignInRoutesDeps,
  request: Request,
  email: string,
): Promise<KnownBrowser | null> {
  if (!deps.knownBrowsers.isBrought(request)) return null;
  const account = await deps.accounts.findByEmail(email);
  return account === null ? null : deps.knownBrowsers.find(request, account);
}

/** What was typed is told only where it is somebody's address: it may be a password in the wrong field. */
async function tellRefused(deps: SignInRoutesDeps, reason: string, typed: string): Promise<void> {
  const found = await deps.accounts.findByEmail(typed);
  const whom = found === null ? {} : { account: { id: found.id, email: found.email } };
  deps.platform.onEvent({ type: 'sign-in.refused', reason, ...whom });
}

/**
 * Proved: the sign-in, then the cookies. Somebody else who was signed in here is signed out everywhere first; so is the
 * same person who asks only now to be kept signed in, since what is stored of a sign-in never gets other limits.
 */
async function enter(
  deps: SignInRoutesDeps,
  request: Request,
  proof: Proof,
  target: Destination,
): Promise<Response> {
  const { opened, session, person } = await deps.recognise(request);
  const isSame = person?.accountId === proof.accountId;
  const isKept = !proof.remember || session.signInRecord?.remembered === true;
  if (person !== null && isSame && isKept) {
    return prove(deps, { opened, session, person }, proof, target);
  }
  if (person !== null) {
    const cause = isSame ? 'replaced' : 'account-switched';
    await deps.endSignIn({ signInId: person.signInId, cause });
  }
  const started = await deps.startSignIn({
    ...proof,
    methods: ['pwd'],
    userAgent: request.headers.get('user-agent') ?? '',
  });
  if (started.kind === 'refused') {
    const account = { id: proof.accountId };
    deps.platform.onEvent({ type: 'sign-in.refused', reason: started.why, account });
    return deps.page(messages.changed);
  }
  const outcome = await deps.sessions.own.signIn(session, started.slot);
  if (outcome !== 'signed-in') return deps.page(messages.changed);
  const shared = await enterShared(deps.sessions, request, started.slot);
  return afterForm(deps.family, target, [...(await opened.commit()), ...shared]);
}

/** The same person proved again: the sign-in goes on under a new session id, with the time of this proof. */
async function prove(
  deps: SignInRoutesDeps,
  { opened, session, person }: Pick<Visitor, 'opened' | 'session'> & { readonly person: Person },
  { accountId, epoch }: { readonly accountId: string; readonly epoch: number },
  target: Destination,
): Promise<Response> {
  const slot = session.slot();
  const isRenewed =
    slot !== null && (await deps.renewProof({ signInId: person.signInId, accountId, epoch }));
  if (!isRenewed) return deps.page(messages.changed);
  await session.end();
  const outcome = await deps.sessions.own.signIn(session, slot);
  if (outcome !== 'signed-in') return deps.page(messages.changed);
  return afterForm(deps.family, target, await opened.commit());
}

/** Hangs the browser's shared session off the sign-in, unless that is paused; what it stored anonymously is carried over. */
export async function enterShared(
  sessions: LoginSessions,
  request: Request,
  slot: Slot,
): Promise<readonly string[]> {
  if (sessions.shared === null || sessions.isSharedPaused()) return [];
  const opened = await sessions.shared.open(request.headers.get('cookie') ?? undefined);
  await sessions.shared.signIn(opened.session, slot);
  return opened.commit();
}

function signInFields(form: URLSearchParams): SignInFields | null {
  const names = ['email', 'password', 'return_to', 'remember'] as const;
  if (names.some((name) => form.getAll(name).length > 1)) return null;
  const [email, password, returnTo, remember] = names.map((name) => form.get(name));
  if (typeof email !== 'string' || typeof password !== 'string') return null;
  return { email: email.trim(), password, returnTo: returnTo ?? '', remember: remember === 'yes' };
}
