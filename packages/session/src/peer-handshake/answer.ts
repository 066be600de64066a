import { refusalPage } from '../answers/refusal-page.ts';
import type { InvitationRefusal } from '../event-reasons.ts';
import { flowSeconds, isState } from '../handshake/flow.ts';
import { isMarkOf, judgeTime, openInvitation } from '../handshake/invitation.ts';
import { invitationParameter } from '../handshake/invitation-parameter.ts';
import { mintToken } from '../handshake/token.ts';
import { arrivalAt } from '../hop/arrival.ts';
import { hopTo, only } from '../hop/hop-answers.ts';
import type { Platform } from '../platform.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore, Slot } from '../session-store.ts';
import type { PeerConfig } from './options.ts';

/** Where an app answers for its own session when a peer asks through the browser. */
export const answerPath = '/_latchkey/handshake/answer';

/** Keys by app and purpose, newest first. */
export interface PeerKeys {
  token(app: string): readonly Buffer[];
  invitation(app: string): readonly Buffer[];
}

/** What the answer needs. */
export interface AnswerDeps {
  readonly setting: Pick<PeerConfig, 'name' | 'origins'>;
  readonly parts: {
    readonly origin: string;
    readonly store: Pick<SessionStore, 'now'>;
    readonly platform: Pick<Platform, 'randomBytes'>;
  };
  readonly keys: PeerKeys;
}

interface Hop {
  readonly target: string;
  readonly targetOrigin: string;
  readonly state: string;
  readonly invitation: string;
}

/**
 * `GET /_latchkey/handshake/answer?app&state&latchkey_invitation`: a registered peer asks whose browser this is.
 * Only for an invitation of this app's own, and only for the sign-in that it was made for: a one-time token to the peer's
 * arrival path, at its configured origin and nowhere else. Changes nothing here.
 */
export function answerHop(deps: AnswerDeps, url: URL, session: SessionObject): Response {
  const hop = readHop(deps, url);
  if (hop === null) return refusalPage('link-not-followed');
  const { target, targetOrigin, state } = hop;
  const slot = session.signedIn ? session.slot() : null;
  const why = judge(deps, hop, slot);
  const [key] = deps.keys.token(target);
  if (why !== null || slot === null || key === undefined) {
    return hopTo(arrivalAt(targetOrigin, { refused: why ?? 'nobody', state }));
  }
  const { store, platform } = deps.parts;
  const facts = { app: target, origin: targetOrigin, state, slot, at: store.now() };
  const token = mintToken(key, facts, platform.randomBytes);
  return hopTo(arrivalAt(targetOrigin, { token, state }));
}

function readHop({ setting }: AnswerDeps, url: URL): Hop | null {
  const target = only(url, 'app');
  const [state, invitation] = [only(url, 'state'), only(url, invitationParameter)];
  const targetOrigin = target === null ? undefined : setting.origins.get(target);
  if (target === null || targetOrigin === undefined || state === null || !isState(state)) {
    return null;
  }
  return invitation === null ? null : { target, targetOrigin, state, invitation };
}

function judge(
  { setting, parts, keys }: AnswerDeps,
  { target, targetOrigin, invitation }: Hop,
  slot: Slot | null,
): InvitationRefusal | null {
  const binding = {
    source: setting.name,
    sourceOrigin: parts.origin,
    target,
    targetOrigin,
  };
  const opened = openInvitation(keys.invitation(setting.name), invitation, binding);
  if (opened.kind === 'refused') return opened.why;
  // The target has judged by its own limit already; here it is only no older than a hop may take.
  const late = judgeTime({ ...opened, lifetimeSeconds: null }, flowSeconds, parts.store.now());
  if (late !== null) return late;
  if (slot === null) return 'nobody';
  return isMarkOf(opened, slot) ? null : 'other-sign-in';
}
