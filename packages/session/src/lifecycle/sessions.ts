// Owns the life of a session: it opens, is saved, rotates, is signed in, ends. A file for each; this one joins
// them. Cookies are read by `cookie/`, records kept by a store; requests and routes are left to `app/` and
// `adapters/`.

import { createAccountView } from '../app-account.ts';
import type { OpenSession } from '../http/http-exchange.ts';
import type { MaybePromise } from '../platform.ts';
import type { RealmKey } from '../realm.ts';
import {
  type CsrfForm,
  createCsrfSecret,
  createCsrfToken,
  isCsrfSecret,
} from '../request-guard/csrf-token.ts';
import { csrfSecretKey } from '../session-object/carry-over.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { type SessionStore, type Slot, slotOf } from '../session-store.ts';
import { AnswerCookies } from './answer-cookies.ts';
import { endDevice, endOthers, listDevices } from './devices.ts';
import { endSession, signOut } from './end.ts';
import { EndWatch } from './end-watch.ts';
import { reportFailedCall } from './failed-call.ts';
import { type Joined, type JoinOptions, joinSignIn } from './join-sign-in.ts';
import { type FlowActions, Opening } from './open.ts';
import { type EarlierSignIn, findEarlier, isRetired } from './retired-ids.ts';
import { rotate } from './rotate.ts';
import { commit, save } from './save.ts';
import type { EndSignInEverywhere, SessionsConfig, SessionsOptions } from './sessions-config.ts';
import { startSignIn } from './start-sign-in.ts';

export type {
  EndSignInEverywhere,
  FormerScopes,
  NoSignIns,
  SessionsOptions,
  SignInLimits,
} from './sessions-config.ts';

/** Sessions of one cookie scope: cookie header -> session id -> record and sign-in -> session, and back. */
export interface Sessions {
  /** Opens what a `Cookie` header brings. Rejects with `store_unavailable`, never because of the header. */
  open(cookieHeader: string | undefined): MaybePromise<OpenSession>;
  /** Joins the session to the sign-in of `slot`, by a handshake or at the login host; see {@link joinSignIn}. */
  signIn(session: SessionObject, slot: Slot, how?: JoinOptions): Promise<Joined>;
  /** The live sign-in that the answer to another request with the same session id has handed this browser meanwhile. */
  findEarlier(session: SessionObject): Promise<EarlierSignIn | null>;
  /**
   * Ends the sign-in that the session belongs to, in every app; see `SessionObject.signOut`. Gives the login host's ticket for the
   * browser to bring there, or null.
   */
  signOut(session: SessionObject): Promise<string | null>;
  /** The `Set-Cookie` line that makes the browser drop the session cookie. */
  readonly clearLine: string;
  /** The same for the session cookie and every former one, for a sign-out. */
  readonly clearLines: readonly string[];
  /** The same for the answer to a request; none where that brought a retired id, for the browser may have a newer one. */
  clearLinesFor(session: SessionObject): Promise<readonly string[]>;
  /** The realm that sessions and sign-ins are made in. */
  readonly realm: RealmKey;
}

/** The flow of a request, whole: open, hand over, save. */
export function createSessions(options: SessionsOptions): Sessions {
  const config = configOf(options);
  const steps = actionsIn(config);
  const actions = {
    ...steps,
    signOut: async (session: SessionObject) => void (await steps.signOut(session)),
  };
  const opening = new Opening(config, actions);
  const { clearLine, clearLines } = config.cookies;
  return {
    clearLine,
    clearLines,
    realm: config.realm.present,
    open: (cookieHeader) => opening.open(cookieHeader),
    signOut: steps.signOut,
    signIn: (session, slot, how) =>
      session.inTurn(() => joinSignIn(config, session, { ...how, slot })),
    findEarlier: (session) => findEarlier(config, session),
    clearLinesFor: async (session) => ((await isRetired(config, session)) ? [] : clearLines),
  };
}

function configOf(options: SessionsOptions): SessionsConfig {
  const { cookie, former, store, realm } = options;
  return {
    ...options,
    cookies: new AnswerCookies(cookie, former?.cookies ?? []),
    longestSignInSeconds: longestSignIn(options),
    endSignIn: options.endSignIn ?? endingInStore(store, realm.present),
  };
}

function endingInStore(store: SessionStore, realm: RealmKey): EndSignInEverywhere {
  return async (slot, cause) => {
    await store.endSignIn(slot, cause, { realm });
    return null;
  };
}

function longestSignIn(options: SessionsOptions): number {
  const { absoluteSeconds, longestSignInSeconds = absoluteSeconds, signIns } = options;
  if (signIns === undefined || 'refused' in signIns) return longestSignInSeconds;
  return Math.max(signIns.absoluteSeconds, signIns.remembered.absoluteSeconds);
}

/** As an app asks for it, and with what only Latchkey's own routes need. */
type SessionSteps = Omit<FlowActions, 'signOut'> & Pick<Sessions, 'signOut'>;

/** What a session can do, one at a time for each session. */
function actionsIn(config: SessionsConfig): SessionSteps {
  const watch = new EndWatch(config);
  // Whoever waits in this process is told at once.
  const telling = async <T>(session: SessionObject, work: () => Promise<T>): Promise<T> => {
    const before = session.backing();
    const outcome = await session.inTurn(work);
    if (before !== null) await watch.look(slotOf(before.key));
    return outcome;
  };
  return {
    commit: (session) => commit(config, session),
    save: (session) => save(config, session),
    rotate: (session) => session.inTurn(() => rotate(config, session)),
    end: (session) => telling(session, () => endSession(config, session)),
    signIn: (session, account, choices) =>
      telling(session, () => startSignIn(config, session, { account, choices })),
    signOut: (session) => telling(session, () => signOut(config, session)),
    devices: (session) => listDevices(config, session),
    endOthers: (session) => telling(session, () => endOthers(config, session)),
    endSignIn: (session, id) => telling(session, () => endDevice(config, session, id)),
    csrfToken: (session, form) => csrfTokenOf(config, session, form),
    signalOf: (session) => watch.signalOf(session),
    releaseSignal: (signal) => watch.release(signal),
    failed: (name, cause) => reportFailedCall(config, name, cause),
    accountOf: createAccountView(config.app),
  };
}

function csrfTokenOf(
  { platform }: SessionsConfig,
  { data }: SessionObject,
  form?: CsrfForm,
): string {
  const kept = data[csrfSecretKey];
  const secret = isCsrfSecret(kept) ? kept : createCsrfSecret(platform.randomBytes);
  const token = createCsrfToken(secret, platform.randomBytes, form);
  if (secret !== kept) data[csrfSecretKey] = secret;
  return token;
}
