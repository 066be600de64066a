import { LatchkeyError } from '../errors.ts';
import { type InvitationLimits, resolveLimits } from '../hop/invitation-limits.ts';

/** A handshake between apps that share a store and have no login host. */
export interface PeerHandshakeOptions extends InvitationLimits {
  /** This app's name among its peers: small letters, digits and `-`, at most 32. */
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
/** Bytes a secret has at least, and how many different characters: 32 random bytes in any spelling have more. */
const minSecretBytes = 32;
const minDifferentCharacters = 10;

/** What the app itself says, that a handshake rests on. */
export interface PeerHost {
  readonly origin: string;
  readonly cookie: { readonly sameSite?: string; readonly path?: string };
  readonly secrets: readonly unknown[];
}

/** Checks the options once. Throws `option_invalid`, without any secret in its message. */
export function resolvePeerOptions(options: PeerHandshakeOptions, host: PeerHost): PeerConfig {
  if (typeof options !== 'object' || options === null) throw invalid('it must be an object.');
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid(`there is no option '${unknown}'. There are: ${names.join(', ')}.`);
  }
  const { name } = options;
  refuseName(name, 'name');
  refuseCookie(host);
  const { trustedProxies = [] } = options;
  if (!Array.isArray(trustedProxies)) throw invalid('trustedProxies must be a list.');
  return {
    ...{ name, trustedProxies, ...resolveLimits(options, invalid) },
    origins: peerOrigins(options, host.origin),
    secrets: checkSecrets(options.secrets ?? host.secrets),
  };
}

function peerOrigins(
  { name, peers }: PeerHandshakeOptions,
  ownOrigin: string,
): ReadonlyMap<string, string> {
  refuseOrigin(ownOrigin, 'origin');
  if (typeof peers !== 'object' || peers === null || Array.isArray(peers)) {
    throw invalid("peers must be an object such as { toys: { origin: 'https://toys.example' } }.");
  }
  const origins = new Map<string, string>();
  for (const [peer, options] of Object.entries(peers)) {
    const where = `peers.${peer}`;
    refuseName(peer, where);
    if (peer === name) throw invalid(`${where} has the name of this app itself.`);
    const more = Object.keys(options ?? {}).find((key) => key !== 'origin');
    if (more !== undefined) throw invalid(`${where} has no option '${more}'. It has: origin.`);
    refuseOrigin(options?.origin, `${where}.origin`);
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
  throw invalid(`${where} must have small letters, digits and -, begin with a letter, at most 32.`);
}

function refuseOrigin(value: unknown, where: string): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const isLocal = url?.hostname === 'localhost' || url?.hostname.endsWith('.localhost') === true;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal);
  if (url !== null && url.origin === value && isSecure && !value.includes('*')) return;
  throw invalid(
    `${where} must be https with a host in small letters and nothing behind it, such as https://toys.example; http is for hosts under .localhost alone.`,
  );
}

function checkSecrets(secrets: unknown): readonly string[] {
  const isGood = Array.isArray(secrets) && secrets.length > 0 && !secrets.some(isWeak);
  if (isGood) return secrets as string[];
  throw invalid(
    `secrets must be a list, newest first, of at least one secret of ${minSecretBytes} random bytes or more, the same at every peer: \`openssl rand -base64 48\` makes one.`,
  );
}

function isWeak(secret: unknown): boolean {
  if (typeof secret !== 'string') return true;
  return (
    Buffer.byteLength(secret) < minSecretBytes || new Set(secret).size < minDifferentCharacters
  );
}

function invalid(message: string): LatchkeyError {
  return new LatchkeyError('option_invalid', `handshake: ${message}`);
}
