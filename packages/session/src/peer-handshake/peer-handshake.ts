// Owns the hop between two apps that share a store and have no login host: one asks, the
// other answers. The arrival is that of every hop, in `hop/`; what travels is sealed by
// `handshake/`.

import { refusalPage } from '../answers/refusal-page.ts';
import { deriveAppKey, derivePurposeKey, type KeyPurpose } from '../app-key.ts';
import type { CookieScope } from '../cookie/scope.ts';
import type { InvitationRefusal } from '../event-reasons.ts';
import { isSameAddress } from '../handshake/address-facts.ts';
import {
  type InvitationBinding,
  judgeTime,
  openInvitation,
  sourceOf,
} from '../handshake/invitation.ts';
import { invitationParameter, readInvitedPath } from '../handshake/invitation-parameter.ts';
import { Arrivals, arrivalPath } from '../hop/arrival.ts';
import { createFlowCookies, type FlowCookies } from '../hop/flow-cookies.ts';
import { createHandshake, type Handshake } from '../hop/handshake-calls.ts';
import { hopTo, wrongMethod } from '../hop/hop-answers.ts';
import type { InvitedRequest, OpenSession } from '../http/http-exchange.ts';
import { createTrustedProxies, type TrustedProxies } from '../http/trusted-proxies.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import type { Platform } from '../platform.ts';
import { realmKey } from '../realm.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore } from '../session-store.ts';
import { answerHop, answerPath, type PeerKeys } from './answer.ts';
import {
  type PeerConfig,
  type PeerHandshakeOptions,
  type PeerHost,
  resolvePeerOptions,
} from './options.ts';

/** What a handshake between peers is made of. */
export interface PeerHandshakeParts {
  readonly origin: string;
  readonly cookie: CookieScope;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly platform: Platform;
}

/** Both sides of a handshake without a login host: sending people to peers, and taking those who come. */
export interface PeerHandshake {
  readonly calls: Handshake;
  owns(path: string): boolean;
  respond(request: Request, opened: OpenSession): Promise<Response>;
  takeInvitation(request: InvitedRequest, session: SessionObject): Response | null;
}

/**
 * The handshake of an app alone, as its option `handshake` says; without it there are no routes, no link is followed and the
 * calls know no app. Throws `option_invalid`.
 */
export function joinPeers(
  options: {
    readonly handshake?: PeerHandshakeOptions;
    readonly secrets?: readonly (string | undefined)[];
    readonly cookie?: PeerHost['cookie'];
  },
  parts: PeerHandshakeParts,
): PeerHandshake {
  const { handshake, secrets = [], cookie = {} } = options;
  if (handshake === undefined) return withoutPeers(parts);
  const host = {
    origin: parts.origin,
    cookie,
    secrets: secrets.filter((secret) => secret !== undefined),
  };
  return new Peers(resolvePeerOptions(handshake, host), parts);
}

function withoutPeers({ origin, store, platform }: PeerHandshakeParts): PeerHandshake {
  return {
    calls: createHandshake({
      app: '',
      origin,
      targets: new Map(),
      invitationKey: Buffer.alloc(0),
      proxies: createTrustedProxies([]),
      store,
      platform,
    }),
    owns: () => false,
    respond: () => Promise.resolve(refusalPage('not-found')),
    takeInvitation: () => null,
  };
}

class Peers implements PeerHandshake {
  readonly calls: Handshake;
  readonly #setting: PeerConfig;
  readonly #parts: PeerHandshakeParts;
  readonly #keys: PeerKeys;
  readonly #proxies: TrustedProxies;
  readonly #flows: FlowCookies;
  readonly #arrivals: Arrivals;

  constructor(setting: PeerConfig, parts: PeerHandshakeParts) {
    const { name: app, origins: targets, onFailure } = setting;
    const { origin, cookie, sessions, store, platform } = parts;
    this.#setting = setting;
    this.#parts = parts;
    this.#keys = keysOf(setting);
    this.#proxies = createTrustedProxies(setting.trustedProxies);
    this.#flows = createFlowCookies(cookie, app, platform.randomBytes);
    this.#arrivals = new Arrivals({
      app,
      origin,
      cookie,
      flows: this.#flows,
      sessions,
      store,
      platform,
      onFailure,
      tokenKeys: this.#keys.token(app),
      // An app alone has a sign-in page of its own, or none: nobody knows where.
      refusal: 'link-not-followed',
      // Nobody asked for a sign-in here: a link does not put another account in the place of the one that is.
      maySwitch: false,
      onArrived: () => undefined,
      startOver: null,
      endReplaced: () => Promise.resolve(),
    });
    const [invitationKey] = this.#keys.invitation(app) as readonly [Buffer, ...Buffer[]];
    this.calls = createHandshake({
      app,
      origin,
      targets,
      invitationKey,
      proxies: this.#proxies,
      store,
      platform,
    });
  }

  owns(path: string): boolean {
    return path === arrivalPath || path === answerPath;
  }

  async respond(request: Request, opened: OpenSession): Promise<Response> {
    // HEAD would use a token up, and POST could be sent by any site's form.
    if (request.method !== 'GET') return wrongMethod('GET');
    const url = new URL(request.url);
    if (url.pathname === arrivalPath) return this.#arrivals.arrive(request, url, opened);
    if (url.pathname !== answerPath) return refusalPage('not-found');
    return answerHop(
      { setting: this.#setting, parts: this.#parts, keys: this.#keys },
      url,
      opened.session,
    );
  }

  /** A page with an invitation: nobody signed in here, opens, is for this app, is fresh -> the source is asked. */
  takeInvitation(request: InvitedRequest, session: SessionObject): Response | null {
    const { name: app, origins } = this.#setting;
    const { origin } = this.#parts;
    const invited = readInvitedPath(request.path, origin);
    if (invited === null || request.method !== 'GET') return null;
    const { values, cleanPath } = invited;
    if (session.signInRecord !== null) return hopTo(`${origin}${cleanPath}`);
    const [invitation] = values;
    const source = invitation && values.length === 1 ? sourceOf(invitation) : null;
    const sourceOrigin = source === null ? undefined : origins.get(source);
    if (!invitation || source === null || sourceOrigin === undefined) {
      return this.#arrivals.turnDown('malformed', cleanPath);
    }
    const why = this.#judge(invitation, { source, sourceOrigin }, request);
    if (why !== null) return this.#arrivals.turnDown(why, cleanPath);
    const destination = { returnPath: cleanPath, isSecond: false };
    const { state, cookieLine } = this.#flows.begin(request.cookieHeader, destination);
    const hop = new URL(answerPath, sourceOrigin);
    const parameters = { app, state, [invitationParameter]: invitation };
    hop.search = new URLSearchParams(parameters).toString();
    return hopTo(hop.href, [cookieLine]);
  }

  #judge(
    invitation: string,
    from: Pick<InvitationBinding, 'source' | 'sourceOrigin'>,
    { connection }: InvitedRequest,
  ): InvitationRefusal | null {
    const { name: target, lifetimeSeconds, addressCheck } = this.#setting;
    const { origin: targetOrigin, store, platform } = this.#parts;
    const keys = this.#keys.invitation(from.source);
    const opened = openInvitation(keys, invitation, { ...from, target, targetOrigin });
    if (opened.kind === 'refused') return opened.why;
    const late = judgeTime(opened, lifetimeSeconds, store.now());
    if (late !== null) return late;
    const forwarded = connection.header('x-forwarded-for') ?? null;
    const address = this.#proxies.clientAddress(connection.remoteAddress, forwarded);
    // Honest people change addresses. The hop asks the source anyway whose browser this is, so it only starts afresh.
    if (!isSameAddress(addressCheck, opened.address, address)) {
      platform.onEvent({ type: 'handshake.address-differs', app: target, reason: addressCheck });
    }
    return null;
  }
}

/** Keys of every app that this one knows, newest first: peers have the same secrets. What they seal names both origins. */
function keysOf({ name, origins, secrets }: PeerConfig): PeerKeys {
  const realm = realmKey('handshake between peers');
  const derive = (purpose: KeyPurpose): ((app: string) => readonly Buffer[]) => {
    const keys = new Map(
      [name, ...origins.keys()].map((app) => [
        app,
        secrets.map((secret) => derivePurposeKey(deriveAppKey(secret, app), purpose, realm)),
      ]),
    );
    return (app) => keys.get(app) ?? [];
  };
  return { token: derive('handshake token'), invitation: derive('handshake invitation') };
}
