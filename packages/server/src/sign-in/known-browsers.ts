import { createHash, createHmac } from 'node:crypto';
import type { Family, Platform } from '@latchkey/session';
import {
  type CookieScope,
  equalSecrets,
  readCookieValues,
  setCookieLine,
} from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { createSealKeys } from '../family-keys.ts';

/**
 * Browsers in which somebody has signed in before: strangers who try passwords lock nobody out of them. Their cookie holds,
 * for each of the last four accounts, a random nonce and a seal over it, the account and its epoch; so it ends with a
 * password reset. It lifts the limit of failed proofs of its account alone, is made at a right proof alone, and proves nothing.
 */
export interface KnownBrowsers {
  /** Whether the request brings such a cookie at all. */
  isBrought(request: Request): boolean;
  /**
   * The request's browser, if the account knows it, for one try; null: it has not signed in to it, or is burnt. A try counts
   * as a wrong one until it is given back, so parallel guesses count exactly; the tenth is the last.
   */
  take(request: Request, account: KnownAccount): Promise<KnownBrowser | null>;
  /** The password was right, or no proof took place: the try does not count. */
  giveBack(browser: KnownBrowser): Promise<void>;
  /** The cookie line after a right proof. */
  remember(request: Request, account: KnownAccount): string;
}

/** An account and its state, as both go into the seal. */
export interface KnownAccount {
  readonly id: string;
  readonly epoch: number;
}

/** Names a browser that is known to an account: a hash of its nonce. */
export type KnownBrowser = string & { readonly brand?: 'known browser' };

export interface KnownBrowsersDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'secrets' | 'realm'>;
  /** The login host's own cookie. */
  readonly cookie: CookieScope;
  readonly platform: Pick<Platform, 'now' | 'randomBytes'>;
}

const entriesAtMost = 4;
/** Wrong passwords that burn a browser. */
const triesAtMost = 10;
const lifeSeconds = 400 * 86_400;
const nonceBytes = 16;
/** A nonce (16 bytes) and a seal (16 bytes of HMAC-SHA256), base64url. */
const entryPattern = /^[A-Za-z0-9_-]{44}$/;
const nonceCharacters = 22;

export function createKnownBrowsers(deps: KnownBrowsersDeps): KnownBrowsers {
  const { db, cookie, platform } = deps;
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
    keys.some((key) => equalSecrets(entry, entryOf(key, entry.slice(0, nonceCharacters), account)));

  return {
    isBrought: (request) => entriesIn(request).length > 0,
    async take(request, account) {
      const entry = entriesIn(request).find(isOf(account));
      if (entry === undefined) return null;
      const name = nameOf(entry);
      const forgetAt = platform.now() + lifeSeconds * 1000;
      const { tries } = await db
        .insertInto('known_browsers')
        .values({ name, tries: 1, forget_at: forgetAt })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet((eb) => ({ tries: eb('known_browsers.tries', '+', 1) })),
        )
        .returning('tries')
        .executeTakeFirstOrThrow();
      return tries > triesAtMost ? null : name;
    },
    async giveBack(browser) {
      await db
        .updateTable('known_browsers')
        .set((eb) => ({ tries: eb('tries', '-', 1) }))
        .where('name', '=', browser)
        .where('tries', '>', 0)
        .execute();
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

function nameOf(entry: string): KnownBrowser {
  return createHash('sha256').update(entry.slice(0, nonceCharacters)).digest('base64url');
}
