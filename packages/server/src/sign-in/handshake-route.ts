import type { Family, Platform, SessionStore } from '@latchkey/session';
import {
  type AppKey,
  arrivalAt,
  askParameter,
  derivePurposeKey,
  hopTo,
  type InvitationRefusal,
  invitationParameter,
  isState,
  judgeInvitation,
  keyFor,
  keysParameter,
  mintToken,
} from '@latchkey/session/parts';
import { single } from '../browser/return-to.ts';
import type { LoginSessions } from '../browser/sessions.ts';
import { type Person, silently, type Visitor } from '../browser/visitor.ts';
import { answerWithoutEffect } from '../browser/without-effect.ts';
import { toPaused } from '../exposure-guard/paused-route.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { toNoAccess } from './no-access-route.ts';
import { formInPlace } from './show-form.ts';
import { enterShared } from './sign-in-routes.ts';
import type { SignIns } from './sign-ins.ts';
import type { ReadRequest, WaitingRequests } from './waiting-request.ts';

/** What the handshake endpoint needs. */
export interface HandshakeDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly platform: Platform;
  readonly store: SessionStore;
  readonly sessions: LoginSessions;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly signIns: Pick<SignIns, 'join'>;
  readonly waiting: WaitingRequests;
  /** Newest first. */
  readonly appKeysOf: (app: string) => readonly AppKey[];
}

interface Hop {
  readonly app: string;
  readonly origin: string;
  readonly reach: 'shared' | 'handshake';
  readonly state: string;
  /** Of the app that sent the person here by a link; null where the person asked for a sign-in. */
  readonly invitation: string | null;
  /** Which keys the app has; null where it does not say. */
  readonly keyIds: string | null;
  /** Somebody signed out there while the login host was away: the app wants the person asked. */
  readonly mustAsk: boolean;
}

/**
 * `GET /handshake?app&state&keys[&ask]`: carries the sign-in of this browser to an app. Signed in? Access granted? Then a
 * one-time token to the app's arrival path, at its configured origin and nowhere else. Nobody is signed in, or is to be asked: the
 * form, in the place of this request. The page to go back to stands in `state`, for the app alone. With `latchkey_invitation` the
 * person followed a link and asked for nothing: then no page is shown here, and the app is told why there is no token.
 */
export async function handshake(
  deps: HandshakeDeps,
  request: Request,
  address: string,
): Promise<Response> {
  const { family } = deps;
  const hop = readHop(family, new URL(request.url).searchParams);
  if (hop === null) return deps.page(messages.badDestination);
  const bare = answerWithoutEffect(deps.page, request);
  if (bare !== null) return bare;
  const key = keyFor(deps.appKeysOf(hop.app), hop.keyIds);
  if (key === null) return refuseKeys(deps, hop.app);
  const visitor = await deps.recognise(request);
  const { opened, session } = visitor;
  const isAsked = hop.mustAsk && !isProvedFor(deps.waiting.read(request), visitor.person);
  const person = isAsked ? null : silently(visitor);
  const cookies = await opened.commit();
  const slot = person === null ? null : session.slot();
  const { invitation } = hop;
  if (invitation !== null) {
    const judge = { ...deps, now: () => deps.store.now() };
    const refused = judgeInvitation(judge, { invitation, target: hop, slot, address });
    if (refused !== null) return turnBack(hop, refused, cookies);
  }
  const refuse = async (
    why: InvitationRefusal,
    otherwise: () => Response | Promise<Response>,
  ): Promise<Response> => (invitation === null ? otherwise() : turnBack(hop, why, cookies));
  const askFirst = (): Promise<Response> =>
    formInPlace(deps, request, { person: visitor.person, cookies });
  if (hop.reach === 'shared' && deps.sessions.isSharedPaused())
    return refuse('paused', () => toPaused(family, hop.app, cookies));
  if (person === null || slot === null) return refuse('nobody', askFirst);
  // The join is durable before the token leaves: whoever ends this sign-in later knows that the app took part.
  const { app, reach } = hop;
  const joined = await deps.signIns.join({ signInId: person.signInId, app, reach, sid: null });
  if (joined === 'ended') return refuse('nobody', askFirst);
  if (joined === 'no-access')
    return refuse('no-access', () => toNoAccess(family, hop.app, cookies));
  const shared = hop.reach === 'shared' ? await enterShared(deps.sessions, request, slot) : [];
  const tokenKey = derivePurposeKey(key, 'handshake token', family.realm.present);
  const facts = { ...hop, slot, at: deps.store.now() };
  const token = mintToken(tokenKey, facts, deps.platform.randomBytes);
  return hopTo(arrivalAt(hop.origin, { token, state: hop.state }), [...cookies, ...shared]);
}

function readHop(family: Family, parameters: URLSearchParams): Hop | null {
  const [app, state] = ['app', 'state'].map((name) => {
    const value = single(parameters, name);
    return value === 'repeated' ? null : value;
  });
  const member = app ? family.apps.get(app) : undefined;
  if (member === undefined || !state || !isState(state)) return null;
  if (member.reach !== 'shared' && member.reach !== 'handshake') return null;
  const invitation = single(parameters, invitationParameter);
  if (invitation === 'repeated') return null;
  const mustAsk = parameters.has(askParameter);
  const { name, origin, reach } = member;
  const keyIds = single(parameters, keysParameter);
  if (keyIds === 'repeated') return null;
  return { app: name, origin, reach, state, invitation, keyIds, mustAsk };
}

/** Nothing that is sealed here would be opened there: said before anybody types a password. */
function refuseKeys({ platform, page }: HandshakeDeps, app: string): Promise<Response> {
  platform.onEvent({ type: 'handshake.refused', app, reason: 'app-key' });
  return page(messages.appKey);
}

/** Whether the form was shown in the place of this request, and answered. */
function isProvedFor({ askedAt }: ReadRequest, person: Person | null): boolean {
  return askedAt !== null && person !== null && person.provedAt >= askedAt;
}

/** Back to the app, which shows its page without a sign-in. */
function turnBack(
  { origin, state }: Hop,
  why: InvitationRefusal,
  cookies: readonly string[],
): Response {
  return hopTo(arrivalAt(origin, { refused: why, state }), cookies);
}
