import { LatchkeyError } from '../errors.ts';
import { type InvitationFacts, sealInvitation } from '../handshake/invitation.ts';
import { invitationParameter, withInvitation } from '../handshake/invitation-parameter.ts';
import { headerOf, type RequestHeaders } from '../http/navigation.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { Platform } from '../platform.ts';
import type { Session } from '../session-object/session.ts';
import { sessionObject } from '../session-object/session-object.ts';
import type { SessionStore } from '../session-store.ts';
import { isInvitationLifetime, maxInvitationSeconds } from './invitation-limits.ts';

/**
 * What the calls read of a request. Requests of node:http, Express and Fastify and the context of Koa have it; elsewhere:
 * `{ session, url: request.url, headers: request.headers }`.
 */
export interface HandshakeRequest {
  readonly session: Session;
  readonly url?: string | undefined;
  /** Counts before `url`, which frameworks shorten below a mount point. */
  readonly originalUrl?: string | undefined;
  readonly headers?: RequestHeaders;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
}

/** What a sender may ask for. */
export interface InvitationOptions {
  /** Seconds the link may be old, 1 to 600. Only tightens what the receiver allows. Default: what the receiver allows. */
  readonly lifetimeSeconds?: number;
}

/**
 * Carries a sign-in to another app by a link or a redirect. What these put into a URL names this app and the target and
 * opens nothing: the target then asks, by a hop that nobody sees. Where nobody is signed in they change nothing. All throw
 * `app_unknown` for a target that is not among the apps this one may send people to, and `option_invalid`.
 */
export interface Handshake {
  /** An invitation to the target, at most 131 characters of base64url, `-` and `.`; null where nobody is signed in. */
  token(request: HandshakeRequest, target: string, options?: InvitationOptions): string | null;
  /** The same as `name=value`, for the query of a link; empty where nobody is signed in. Needs no encoding. */
  parameter(request: HandshakeRequest, target: string, options?: InvitationOptions): string;
  /** The URL with the parameter in its place where it leads to one of the apps, else as it is. Never throws for a URL. */
  link(request: HandshakeRequest, url: string, options?: InvitationOptions): string;
  /**
   * Has the `Location` of this request's answer decorated, if it leads to the target's origin and nowhere else. The answer
   * then is `Cache-Control: no-store`. Who is signed in is asked when the answer leaves.
   */
  propagate(request: HandshakeRequest, target: string, options?: InvitationOptions): void;
}

/** What the calls of an app are made of. */
export interface HandshakeConfig {
  readonly app: string;
  readonly origin: string;
  /** Origins of the apps that people may be sent to, by name. */
  readonly targets: ReadonlyMap<string, string>;
  /** Key of this app's invitations, the newest. */
  readonly invitationKey: Buffer;
  readonly proxies: TrustedProxies;
  readonly store: Pick<SessionStore, 'now'>;
  readonly platform: Pick<Platform, 'randomBytes'>;
}

/** The calls of an app. */
export function createHandshake(config: HandshakeConfig): Handshake {
  const { targets } = config;
  const token: Handshake['token'] = (request, target, options) =>
    invite(config, request, {
      target,
      targetOrigin: originOf(config, target),
      lifetimeSeconds: lifetimeOf(options),
    });
  const link: Handshake['link'] = (request, url, options) => {
    const lifetimeSeconds = lifetimeOf(options);
    for (const [target, targetOrigin] of targets) {
      // First whether it leads there: sealing is the dearer question.
      if (withInvitation(url, targetOrigin, '') === null) continue;
      const invitation = invite(config, request, { target, targetOrigin, lifetimeSeconds });
      return (invitation === null ? null : withInvitation(url, targetOrigin, invitation)) ?? url;
    }
    return url;
  };
  return {
    token,
    parameter(request, target, options) {
      const invitation = token(request, target, options);
      return invitation === null ? '' : `${invitationParameter}=${invitation}`;
    },
    link,
    propagate(request, target, options) {
      const origin = originOf(config, target);
      const only = createHandshake({ ...config, targets: new Map([[target, origin]]) });
      lifetimeOf(options);
      sessionObject(request.session).stageRedirect((location) =>
        only.link(request, location, options),
      );
    },
  };
}

function invite(
  config: HandshakeConfig,
  request: HandshakeRequest,
  to: Pick<InvitationFacts, 'target' | 'targetOrigin' | 'lifetimeSeconds'>,
): string | null {
  const { app: source, origin: sourceOrigin, invitationKey, proxies, store, platform } = config;
  const session = sessionObject(request.session);
  const slot = session.signedIn ? session.slot() : null;
  if (slot === null) return null;
  const forwarded = headerOf(request.headers ?? {}, 'x-forwarded-for');
  const address = proxies.clientAddress(request.socket?.remoteAddress, forwarded);
  const from = { source, sourceOrigin, slot, at: store.now(), path: pathOf(request), address };
  return sealInvitation(invitationKey, { ...from, ...to }, platform.randomBytes);
}

function originOf({ targets }: HandshakeConfig, target: string): string {
  const origin = targets.get(target);
  if (origin !== undefined) return origin;
  const names = [...targets.keys()].join(', ');
  throw new LatchkeyError(
    'app_unknown',
    `People cannot be sent to '${target}' by a handshake from here. They can to: ${names || 'no app'}.`,
  );
}

function lifetimeOf({ lifetimeSeconds }: InvitationOptions = {}): number | null {
  if (lifetimeSeconds === undefined) return null;
  if (isInvitationLifetime(lifetimeSeconds)) return lifetimeSeconds;
  throw new LatchkeyError(
    'option_invalid',
    `lifetimeSeconds must be a whole number from 1 to ${maxInvitationSeconds}.`,
  );
}

/** Path and query of the page; of a URL that is whole, its part behind the host. */
function pathOf({ originalUrl, url }: HandshakeRequest): string {
  const text = originalUrl ?? url ?? '';
  if (text.startsWith('/') || !URL.canParse(text)) return text;
  const { pathname, search } = new URL(text);
  return `${pathname}${search}`;
}
