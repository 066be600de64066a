import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { type CookieScope, clearCookieLine, type Platform, setCookieLine } from '@latchkey/session';

/** One sign-in under way in one tab: what the authorization request says, and what only this browser knows. */
export interface Flow {
  /** Stands in the URL; a hash of the secret, never the secret. */
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636), S256. */
  readonly codeVerifier: string;
  readonly returnPath: string;
}

/** The flow cookies of one app. Each flow has a cookie of its own: tabs do not disturb one another. */
export interface FlowCookies {
  /**
   * A new flow, with the `Set-Cookie` lines that bind it to this browser and drop the oldest beyond what it may keep.
   * `isNavigation` false: asked for in the background. Where such a flow finds no room it gets no cookie and does not come
   * back; that of a person who is typing a password is never dropped for it.
   */
  begin(
    cookieHeader: string | undefined,
    returnPath: string,
    isNavigation: boolean,
  ): { readonly flow: Flow; readonly lines: readonly string[] };
  /** The flow of a `state` that this browser began and that is younger than ten minutes, or null. */
  find(cookieHeader: string | undefined, state: string): Flow | null;
  /** The line that drops the cookie of a flow. */
  clearLine(state: string): string;
}

/** What {@link createFlowCookies} needs. */
export interface FlowCookiesOptions {
  /** The session cookie: flow cookies are named after it, and as secure. */
  readonly cookie: CookieScope;
  /** 32 bytes. */
  readonly key: Buffer;
  /** Names issuer and client, so that a cookie of one client opens nothing for another. */
  readonly about: string;
  readonly platform: Pick<Platform, 'now' | 'randomBytes'>;
}

/** Seconds a person may take to sign in. */
export const flowSeconds = 600;
const statePattern = /^[A-Za-z0-9_-]{43}$/;
const idLength = 16;
/** What one browser may keep for one app; node:http takes 16 KiB of headers in all. */
const maxFlows = 12;
const maxBytes = 8_000;

interface Kept {
  readonly name: string;
  readonly bytes: number;
  readonly begunAt: number;
}

export function createFlowCookies(options: FlowCookiesOptions): FlowCookies {
  const { now, randomBytes } = options.platform;
  const prefix = `${options.cookie.name}_flow_`;
  const scopeOf = (state: string): CookieScope => ({
    ...options.cookie,
    name: `${prefix}${state.slice(0, idLength)}`,
    domain: null,
    sameSite: 'lax',
  });

  function read(name: string, value: string): { begunAt: number; flow: Flow } | null {
    const text = open(options.key, value, `${options.about}\n${name}`);
    const [begunAt, secret, returnPath] = text?.split('\n') ?? [];
    if (begunAt === undefined || secret === undefined || returnPath === undefined) return null;
    return { begunAt: Number(begunAt), flow: flowOf(secret, returnPath) };
  }

  return {
    begin(cookieHeader, returnPath, isNavigation) {
      const secret = randomBytes(32).toString('base64url');
      const flow = flowOf(secret, returnPath);
      const scope = scopeOf(flow.state);
      const text = `${now()}\n${secret}\n${returnPath}`;
      const value = seal(options.key, text, `${options.about}\n${scope.name}`, randomBytes(12));
      const kept = pairs(cookieHeader, prefix).map(([name, given]) => ({
        name,
        bytes: name.length + given.length,
        begunAt: read(name, given)?.begunAt ?? 0,
      }));
      const dropped = tooMany(kept, value.length + scope.name.length).map((name) =>
        clearCookieLine({ ...scope, name }),
      );
      if (!isNavigation && dropped.length > 0) return { flow, lines: [] };
      return { flow, lines: [setCookieLine(scope, value, flowSeconds), ...dropped] };
    },
    find(cookieHeader, state) {
      if (!statePattern.test(state)) return null;
      const { name } = scopeOf(state);
      for (const [given, value] of pairs(cookieHeader, prefix)) {
        const found = given === name ? read(name, value) : null;
        if (found === null || found.flow.state !== state) continue;
        if (Math.abs(now() - found.begunAt) <= flowSeconds * 1000) return found.flow;
      }
      return null;
    },
    clearLine: (state) => clearCookieLine(scopeOf(state)),
  };
}

function flowOf(secret: string, returnPath: string): Flow {
  const part = (use: string): string =>
    createHash('sha256').update(`latchkey ${use}\n${secret}`).digest('base64url');
  return { state: part('state'), nonce: part('nonce'), codeVerifier: part('verifier'), returnPath };
}

/** Name and value of the cookies whose names begin so. Names are compared as bytes, never decoded. */
function pairs(
  cookieHeader: string | undefined,
  prefix: string,
): readonly (readonly [string, string])[] {
  return (cookieHeader ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix) && /^[\w.-]+=[A-Za-z0-9_-]*$/.test(pair))
    .map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
}

/** The names of the oldest flows that go, so that what stays fits beside the new one. */
function tooMany(kept: readonly Kept[], newBytes: number): readonly string[] {
  let bytes = newBytes;
  let count = 1;
  const dropped: string[] = [];
  for (const flow of [...kept].sort((a, b) => b.begunAt - a.begunAt)) {
    count += 1;
    bytes += flow.bytes;
    if (count > maxFlows || bytes > maxBytes) dropped.push(flow.name);
  }
  return dropped;
}

function seal(key: Buffer, text: string, about: string, iv: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

function open(key: Buffer, sealed: string, about: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 28) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
