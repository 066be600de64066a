import { createHmac } from 'node:crypto';
import type { Family, Platform } from '@latchkey/session';
import {
  type CookieScope,
  equalSecrets,
  readCookieValues,
  setCookieLine,
} from '@latchkey/session/parts';
import { createSealKeys } from '../family-keys.ts';
import type { Limits, TakenTry } from '../limits/limits.ts';

/**
 * Browsers in which somebody has signed in before: strangers who try passwords lock nobody out of them. Their cookie holds,
 * for each of the last four accounts, a random nonce and a seal over it, the account and its epoch; so it ends with a
 * password reset. It lifts the limits on wrong passwords for its account alone, is made at a right proof alone, and proves
 * nothing.
 */
export interface KnownBrowsers {
  /**
   * A try of the request's browser, if the account knows it; null: it has not signed in to it, or ten wrong passwords have
   * burnt it. It counts as a wrong one until it is given back. Nothing is looked up for a browser without the cookie.
   */
  take(request: Request, account: KnownAccount): Promise<TakenTry | null>;
  /** The cookie line after a right proof. */
  remember(request: Request, account: KnownAccount): string;
}

/** An account and its state, as both go into the seal. */
export interface KnownAccount {
  readonly id: string;
  readonly epoch: number;
}

export interface KnownBrowsersDeps {
  readonly limits: Limits;
  readonly family: Pick<Family, 'secrets' | 'realm'>;
  /** The login host's own cookie. */
  readonly cookie: CookieScope;
  readonly platform: Pick<Platform, 'now' | 'randomBytes'>;
}

const entriesAtMost = 4;
const lifeSeconds = 400 * 86_400;
const nonceBytes = 16;
/** A nonce (16 bytes) and a seal (16 bytes of HMAC-SHA256), base64url. */
const entryPattern = /^[A-Za-z0-9_-]{44}$/;
const nonceCharacters = 22;

export function createKnownBrowsers(deps: KnownBrowsersDeps): KnownBrowsers {
  const { limits, cookie, platform } = deps;
  const keys = createSealKeys(deps.family, 'known browser');
  const scope: CookieScope = {
    ...cookie,
    name: `${cookie.name}_browser`,
    domain: null,
    expireAfter: lifeSeconds,
  };

  const entriesIn = (request: Request): readonly string[] => {
    const [value = ''] = readCookieValues(request.headers.get('cookie') ?? '', scope.name, 1);
    const entries = value.split('.', entriesAtMost + 1);
    return entries.length > entriesAtMost ? [] : entries.filter((one) => entryPattern.test(one));
  };
  const isOf = (account: KnownAccount) => (entry: string) =>
    keys.some((key) => equalSecrets(entry, entryOf(key, nonceOf(entry), account)));

  return {
    async take(request, account) {
      const entry = entriesIn(request).find(isOf(account));
      if (entry === undefined) return null;
      const taken = await limits.take({ kind: 'known-browser', key: nonceOf(entry) });
      return taken.kind === 'taken' ? taken : null;
    },
    remember(request, account) {
      const [key] = keys;
      if (key === undefined) throw new Error('The login host has at least one secret.');
      const others = entriesIn(request).filter((entry) => !isOf(account)(entry));
      const nonce = platform.randomBytes(nonceBytes).toString('base64url');
      const entries = [entryOf(key, nonce, account), ...others].slice(0, entriesAtMost);
      return setCookieLine(scope, entries.join('.'));
    },
  };
}

function entryOf(key: Buffer, nonce: string, { id, epoch }: KnownAccount): string {
  const mac = createHmac('sha256', key).update(`${nonce}\n${id}\n${epoch}`).digest();
  return nonce + mac.subarray(0, 16).toString('base64url');
}

function nonceOf(entry: string): string {
  return entry.slice(0, nonceCharacters);
}
