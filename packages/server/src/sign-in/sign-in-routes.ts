// Owns the way in: the form, the limits on wrong passwords, a new sign-in, the login host's side of a
// handshake. Passwords are checked by `accounts/`, permission by `access/`; what ends a sign-in belongs to
// `sign-out/`.

import type { Family, Platform } from '@latchkey/session';
import type { EventReasons, SessionObject } from '@latchkey/session/parts';
import { mayHaveEffect, requestOrigin, type Slot } from '@latchkey/session/parts';
import type { Accounts } from '../accounts/accounts.ts';
import { parseEmail } from '../accounts/email.ts';
import { readForm } from '../browser/form.ts';
import { afterForm } from '../browser/onward-route.ts';
import { type Destination, judgeReturnTo, single } from '../browser/return-to.ts';
import type { LoginSessions } from '../browser/sessions.ts';
import { silently, type Visitor } from '../browser/visitor.ts';
import { limited, messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { shownField, signInPage } from '../pages/sign-in-page.ts';
import { waitingPage } from '../pages/waiting-page.ts';
import { forgotPath } from '../password-reset/password-reset.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { formKey } from './form-id.ts';
import type { KnownBrowsers } from './known-browsers.ts';
import type { Limiter, LimitResult } from './limiter.ts';
import type { RenewedProof } from './renew-proof.ts';
import { formFor, proofAgain } from './show-form.ts';
import type { StartSignIn } from './start-sign-in.ts';
import type { WaitingRequests } from './waiting-request.ts';

/** What the sign-in page and its form need. */
export interface SignInRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly sessions: LoginSessions;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly accounts: Pick<Accounts, 'provePassword' | 'findByEmail'>;
  /** Titles of the apps that an account asked for, where nobody has decided yet. */
  readonly askedApps: (accountId: string) => Promise<readonly string[]>;
  readonly limiter: Limiter;
  readonly platform: Pick<Platform, 'now' | 'onEvent'>;
  readonly startSignIn: StartSignIn;
  readonly endSignIn: SignInEndings['endSignIn'];
  /** `renew-proof.ts`, with the time of now. */
  readonly renewProof: (proof: Omit<RenewedProof, 'provedAt'>) => Promise<boolean>;
  readonly waiting: WaitingRequests;
  readonly knownBrowsers: Pick<KnownBrowsers, 'remember'>;
  /** Where mails of development are read, or null. */
  readonly mailboxPath: string | null;
}

/** What a right password stands for. */
export interface Proof {
  readonly accountId: string;
  /** The account's epoch, read before the proof began. */
  readonly epoch: number;
  readonly clientAddress: string;
  /** The person asked to be kept signed in. */
  readonly remember: boolean;
  /** Of the form that was posted, or null. */
  readonly formId: string | null;
}

/** What the form says. */
interface SignInFields {
  readonly email: string;
  readonly password: string;
  readonly returnTo: string;
  readonly remember: boolean;
  readonly formId: string | null;
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
  const { formId, cookies: formCookies } = deps.waiting.form(request);
  const form = signInPage({
    ...formFor(deps, target),
    ...proofAgain(deps.waiting, request, person),
    formId,
    mayRemember: person === null,
  });
  return deps.page({ ...form, cookies: [...cookies, ...formCookies] });
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
  const attempt = await takeLeave(deps, request, { email: fields.email, clientAddress });
  if (attempt.kind === 'limited') return page(limited({ ...attempt, ...resetByMail(deps) }));
  const proof = await deps.accounts.provePassword(fields.email, fields.password);
  // Only wrong passwords count.
  if (proof.kind === 'busy') await attempt.abandoned();
  else if (proof.kind === 'proved' || proof.why !== 'wrong') await attempt.succeeded();
  if (proof.kind === 'busy') return page(messages.busy);
  if (proof.kind === 'refused') {
    await tellRefused(deps, proof.why, fields.email);
    if (proof.why === 'pending') return tellWaiting(deps, fields.email);
    if (proof.why !== 'wrong') return page(messages[proof.why]);
    const { email, remember } = fields;
    const { formId } = deps.waiting.form(request);
    const shown = { ...formFor(deps, target), formId, email, remember };
    return page(signInPage({ ...shown, isRefused: true, mayRemember: true }));
  }
  const { account, epoch } = proof;
  const { remember, formId } = fields;
  const proved = { accountId: account.id, epoch, clientAddress, remember, formId };
  return enterAfterProof(deps, request, { proof: proved, target });
}

/** Only where mails are written. */
function resetByMail({ family, mailboxPath }: Pick<SignInRoutesDeps, 'family' | 'mailboxPath'>): {
  readonly resetHref?: string;
} {
  return family.mail === null && mailboxPath === null ? {} : { resetHref: forgotPath };
}

/**
 * Signs somebody in who has just proved who they are, and leads them on. The browser is known to their account from now on.
 * Where the account changed since the epoch was read nobody is signed in, and a page says so.
 */
export async function enterAfterProof(
  deps: SignInRoutesDeps,
  request: Request,
  { proof, target }: { readonly proof: Proof; readonly target: Destination },
): Promise<Response> {
  const cookies = await enter(deps, request, proof);
  if (cookies === null) return deps.page(messages.changed);
  const account = { id: proof.accountId, epoch: proof.epoch };
  const known = deps.knownBrowsers.remember(request, account);
  return afterForm(deps.family, target, [...cookies, known]);
}

/** To who has proved the right password alone. */
async function tellWaiting(
  { page, accounts, askedApps, platform }: SignInRoutesDeps,
  typed: string,
): Promise<Response> {
  const account = await accounts.findByEmail(typed);
  if (account === null) return page(messages.pending);
  const { id, email, createdAt } = account;
  const apps = await askedApps(id);
  return page(waitingPage(403, { email, askedAt: createdAt, now: platform.now(), apps }));
}

async function takeLeave(
  { accounts, limiter, platform }: SignInRoutesDeps,
  request: Request,
  { email, clientAddress }: { readonly email: string; readonly clientAddress: string },
): Promise<LimitResult> {
  const account = await accounts.findByEmail(email);
  const key = parseEmail(email)?.key ?? email;
  const attempt = await limiter.take({ request, email: key, account, clientAddress });
  if (attempt.kind === 'limited') {
    const reason = attempt.by === 'address' ? 'address' : 'account';
    platform.onEvent({ type: 'sign-in.limited', reason });
  }
  return attempt;
}

/** What was typed is told only where it is somebody's address: it may be a password in the wrong field. */
async function tellRefused(
  deps: SignInRoutesDeps,
  reason: EventReasons['sign-in.refused'],
  typed: string,
): Promise<void> {
  const found = await deps.accounts.findByEmail(typed);
  const whom = found === null ? {} : { account: { id: found.id, email: found.email } };
  deps.platform.onEvent({ type: 'sign-in.refused', reason, ...whom });
}

/** A live sign-in that a proof goes on under. */
interface KnownSignIn {
  readonly signInId: string;
  readonly slot: Slot;
}

/**
 * Proved: the sign-in, then the cookies. The same person goes on under the sign-in that there is, and the second post of a
 * form under that of the first. Null where the account or the sign-in changed meanwhile.
 */
async function enter(
  deps: SignInRoutesDeps,
  request: Request,
  proof: Proof,
): Promise<readonly string[] | null> {
  const visitor = await deps.recognise(request);
  const { opened, session } = visitor;
  const userAgent = request.headers.get('user-agent') ?? '';
  noteForm(deps, session, proof.formId);
  const known = signInHere(visitor, proof) ?? (await findEarlier(deps, session, proof));
  const slot =
    known === null
      ? await begin(deps, visitor, { ...proof, userAgent })
      : await goOn(deps, session, { ...proof, ...known });
  if (slot === null) return null;
  const shared = await enterShared(deps.sessions, request, slot);
  return [...(await opened.commit()), ...shared];
}

/** A browser that brought no session id is known by the form it posts. */
function noteForm(
  { sessions }: SignInRoutesDeps,
  session: SessionObject,
  formId: string | null,
): void {
  const key = formKey(sessions.own, formId);
  if (key === null || session.backing() !== null || session.unopened() !== null) return;
  session.noteUnopened({ keys: [key], began: Number.POSITIVE_INFINITY });
}

/** The sign-in that there is, unless only now the person asks to be kept: what is stored of one never gets other limits. */
function signInHere({ session, person }: Visitor, proof: Proof): KnownSignIn | null {
  const slot = session.slot();
  if (person?.accountId !== proof.accountId || slot === null) return null;
  const isKept = !proof.remember || session.signInRecord?.remembered === true;
  return isKept ? { signInId: person.signInId, slot } : null;
}

/** The sign-in that another post has led to, under the same session id or of the same form. */
async function findEarlier(
  { sessions }: SignInRoutesDeps,
  session: SessionObject,
  proof: Proof,
): Promise<KnownSignIn | null> {
  const earlier = await sessions.own.findEarlier(session);
  if (earlier?.signIn.account.id !== proof.accountId) return null;
  if (proof.remember && !earlier.signIn.remembered) return null;
  return { signInId: earlier.signIn.id, slot: earlier.slot };
}

/** The sign-in goes on under a session id of its own, with the time of this proof. Null where it or the account changed. */
async function goOn(
  deps: SignInRoutesDeps,
  session: SessionObject,
  { signInId, slot, accountId, epoch }: KnownSignIn & Proof,
): Promise<Slot | null> {
  if (!(await deps.renewProof({ signInId, accountId, epoch }))) return null;
  const how = { isProvedAgain: true };
  const outcome = await deps.sessions.own.signIn(session, slot, how);
  return outcome === 'signed-in' ? slot : null;
}

/**
 * A new sign-in. The one before, of somebody else or with other limits, ends first. Where another post of the form was
 * faster, its sign-in is joined and the new one ends. Null where the account changed.
 */
async function begin(
  deps: SignInRoutesDeps,
  { session, person }: Visitor,
  proof: Proof & { readonly userAgent: string },
): Promise<Slot | null> {
  const { own } = deps.sessions;
  const { accountId } = proof;
  if (person !== null) {
    const cause = person.accountId === accountId ? 'replaced' : 'account-switched';
    await deps.endSignIn({ signInId: person.signInId, cause });
  }
  const started = await deps.startSignIn({ ...proof, methods: ['pwd'] });
  if (started.kind === 'refused') {
    const account = { id: accountId };
    deps.platform.onEvent({ type: 'sign-in.refused', reason: started.why, account });
    return null;
  }
  const outcome = await own.signIn(session, started.slot, { accountId });
  const earlier = outcome === 'earlier' ? await findEarlier(deps, session, proof) : null;
  const joined = earlier && (await goOn(deps, session, { ...proof, ...earlier }));
  if (joined !== null) {
    await deps.endSignIn({ signInId: started.signInId, cause: 'replaced' });
    return joined;
  }
  const isIn = outcome === 'earlier' ? await own.signIn(session, started.slot) : outcome;
  return isIn === 'signed-in' ? started.slot : null;
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
  const names = ['email', 'password', 'return_to', 'remember', 'form'] as const;
  if (names.some((name) => form.getAll(name).length > 1)) return null;
  const [email, password, returnTo, remember, formId = null] = names.map((name) => form.get(name));
  if (typeof email !== 'string' || typeof password !== 'string') return null;
  const isRemembered = remember === 'yes';
  return {
    email: email.trim(),
    password,
    formId,
    returnTo: returnTo ?? '',
    remember: isRemembered,
  };
}
