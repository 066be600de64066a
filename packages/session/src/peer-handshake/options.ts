import { type InvitationLimits, resolveLimits } from '../hop/invitation-limits.ts';
import {
  invalidOption,
  refuseUnknown,
  requireOrigin,
  requireSecrets,
  requireTexts,
} from '../option-rules.ts';

/** A handshake between apps that share a store and have no login host. */
export interface PeerHandshakeOptions extends InvitationLimits {
  /** This app's name among its peers: lower-case letters, digits and `-`, at most 32. */
  readonly name: string;
  /** The apps that people are sent to and come from, by the name that each calls itself. */
  readonly peers: Readonly<Record<string, Peer>>;
  /** Secrets of at least 32 bytes, newest first, the same at every peer. Default: `secrets` of the app. */
  readonly secrets?: readonly string[];
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[];
}

/** Another app of the same team. */
export interface Peer {
  /** Where browsers find it, compared letter by letter: `https://toys.example`. http only under `.localhost`. */
  readonly origin: string;
}

/** The options, checked, with nothing left out. */
export interface PeerConfig extends Required<InvitationLimits> {
  readonly name: string;
  readonly origins: ReadonlyMap<string, string>;
  readonly secrets: readonly string[];
  readonly trustedProxies: readonly string[];
}

const names = [
  'name',
  'peers',
  'secrets',
  'lifetimeSeconds',
  'addressCheck',
  'trustedProxies',
  'onFailure',
];
const namePattern = /^[a-z][a-z0-9-]{0,31}$/;

/** What the app itself says, that a handshake rests on. */
export interface PeerHost {
  readonly origin: string;
  readonly cookie: { readonly sameSite?: string; readonly path?: string };
  readonly secrets: readonly unknown[];
}

/** Checks the options once. Throws `option_invalid`, without any secret in its message. */
export function resolvePeerOptions(options: PeerHandshakeOptions, host: PeerHost): PeerConfig {
  refuseUnknown(options, names, 'handshake');
  const { name } = options;
  refuseName(name, 'name');
  refuseCookie(host);
  const { trustedProxies = [] } = options;
  requireTexts(trustedProxies, 'handshake.trustedProxies');
  return {
    name,
    trustedProxies,
    ...resolveLimits(options, 'handshake'),
    origins: peerOrigins(options, host.origin),
    secrets: requireSecrets(options.secrets ?? host.secrets, 'handshake.secrets'),
  };
}

function peerOrigins(
  { name, peers }: PeerHandshakeOptions,
  ownOrigin: string,
): ReadonlyMap<string, string> {
  if (typeof peers !== 'object' || peers === null || Array.isArray(peers)) {
    throw invalid("peers must be an object such as { toys: { origin: 'https://toys.example' } }.");
  }
  const origins = new Map<string, string>();
  for (const [peer, options] of Object.entries(peers)) {
    const where = `peers.${peer}`;
    refuseName(peer, where);
    if (peer === name) throw invalid(`${where} has the name of this app itself.`);
    refuseUnknown(options, ['origin'], `handshake.${where}`);
    requireOrigin(options.origin, `handshake.${where}.origin`);
    const taken = options.origin === ownOrigin || [...origins.values()].includes(options.origin);
    if (taken) throw invalid(`${where}.origin is the same as that of another app.`);
    origins.set(peer, options.origin);
  }
  if (origins.size === 0) throw invalid('peers must name at least one app.');
  return origins;
}

/** Browsers hide a Strict cookie from whoever arrives from another site, and send a cookie of a path nowhere else. */
function refuseCookie({ cookie }: PeerHost): void {
  if (cookie.sameSite === 'strict') {
    throw invalid("cookie.sameSite 'strict' hides the session from whoever comes by a hop.");
  }
  if (cookie.path !== undefined && cookie.path !== '/') {
    throw invalid("cookie.path must be '/': the hop arrives at /_latchkey/handshake.");
  }
}

function refuseName(name: unknown, where: string): void {
  if (typeof name === 'string' && namePattern.test(name)) return;
  throw invalid(
    `${where} must have lower-case letters, digits and -, begin with a letter, at most 32.`,
  );
}

function invalid(message: string): Error {
  return invalidOption(`handshake: ${message}`);
}
