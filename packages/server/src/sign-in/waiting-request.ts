import { createHash, createHmac } from 'node:crypto';
import type { Family, Platform } from '@latchkey/session';
import {
  type CookieScope,
  equalSecrets,
  readCookieValues,
  setCookieLine,
} from '@latchkey/session/parts';
import { createSealKeys } from '../family-keys.ts';
import { createFormId } from './form-id.ts';

/**
 * Requests that wait while somebody signs in. Nothing of them is kept: the form is shown in their place and carries the
 * request in its hidden field, with a seal. The seal says when the form was shown; it fits this very request, and this
 * browser's form cookie, alone. So `prompt=login` and `max_age` are met by a proof after that moment, and no app can write
 * one. Layout of a seal: milliseconds (6 bytes) | HMAC-SHA256 (16), base64url.
 */
export interface WaitingRequests {
  /** What the hidden field of a form says for a request, and the cookie lines of the form. */
  hold(request: Request): HeldRequest;
  /** A request that may come from such a form. */
  read(request: Request): ReadRequest;
  /** A form that holds no request: its id and its cookie lines. */
  form(request: Request): Pick<HeldRequest, 'formId' | 'cookies'>;
  /** Names the browser that brings the cookie of a form, to know it again; null without one. A hash: it opens nothing. */
  browser(request: Request): string | null;
  /** Whether the cookie of a form came back. */
  hasFormCookie(request: Request): boolean;
}

/** A request as a form holds it. */
export interface HeldRequest {
  /** Path and query at the login host, with the seal. */
  readonly returnTo: string;
  readonly formId: string;
  readonly cookies: readonly string[];
}

/** A request, less what is the login host's own in it. */
export interface ReadRequest {
  /** Path and query. */
  readonly path: string;
  /** The value of {@link wishParameter}, or null. */
  readonly wish: string | null;
  /** When the form was shown for it in this browser, in milliseconds since 1970; null where no seal says so. */
  readonly askedAt: number | null;
}

export interface WaitingRequestsDeps {
  readonly family: Pick<Family, 'secrets' | 'realm'>;
  /** The login host's own cookie; the form's is named after it. */
  readonly cookie: CookieScope;
  readonly platform: Pick<Platform, 'now' | 'randomBytes'>;
}

/** Carries the seal in a request. */
const sealParameter = 'latchkey_asked';
/** Says what the person chose on a page that stood in the place of a request. An app may write it too: it opens nothing. */
export const wishParameter = 'latchkey_wish';
/** Milliseconds a form may be open for its moment to count. A proof given later is one all the same. */
const formLifeMilliseconds: number = 3_600_000;
const browserPattern = /^[A-Za-z0-9_-]{22}$/;
const sealPattern = /^[A-Za-z0-9_-]{30}$/;
const timeBytes = 6;
const macBytes = 16;

export function createWaitingRequests(deps: WaitingRequestsDeps): WaitingRequests {
  const { cookie, platform } = deps;
  const { now, randomBytes } = platform;
  const keys = createSealKeys(deps.family, 'sign-in form');
  // Kept until the browser is closed: a form has no need of more.
  const scope: CookieScope = { ...cookie, name: `${cookie.name}_form`, domain: null };

  const browserOf = (request: Request): string | null => {
    const values = readCookieValues(request.headers.get('cookie') ?? '', scope.name, 4);
    return values.find((value) => browserPattern.test(value)) ?? null;
  };
  const begin = (request: Request): { browser: string; cookies: readonly string[] } => {
    const known = browserOf(request);
    if (known !== null) return { browser: known, cookies: [] };
    const browser = randomBytes(16).toString('base64url');
    return { browser, cookies: [setCookieLine(scope, browser)] };
  };

  return {
    hold(request) {
      const { browser, cookies } = begin(request);
      const { path } = splitOwn(request);
      const [key] = keys;
      if (key === undefined) throw new Error('The login host has at least one secret.');
      const seal = sealOf(key, { browser, path, at: now() });
      const separator = path.includes('?') ? '&' : '?';
      const returnTo = `${path}${separator}${sealParameter}=${seal}`;
      return { returnTo, formId: createFormId(randomBytes), cookies };
    },
    read(request) {
      const { path, seal, wish } = splitOwn(request);
      const browser = browserOf(request);
      if (seal === null || browser === null) return { path, wish, askedAt: null };
      const at = Buffer.from(seal, 'base64url').readUIntBE(0, timeBytes);
      const isOurs = keys.some((key) => equalSecrets(seal, sealOf(key, { browser, path, at })));
      const ageMilliseconds = now() - at;
      return { path, wish, askedAt: isOurs && ageMilliseconds <= formLifeMilliseconds ? at : null };
    },
    form: (request) => ({ formId: createFormId(randomBytes), cookies: begin(request).cookies }),
    browser(request) {
      const browser = browserOf(request);
      if (browser === null) return null;
      return createHash('sha256').update(`browser ${browser}`).digest('base64url').slice(0, 22);
    },
    hasFormCookie: (request) => browserOf(request) !== null,
  };
}

interface OwnParts {
  readonly path: string;
  readonly seal: string | null;
  readonly wish: string | null;
}

/**
 * The text of the query as it came: decoding and writing it again would make another request of it. The backslash alone is
 * escaped: browsers leave it as it is, and no `return_to` may have one (`parseReturnPath`).
 */
function splitOwn(request: Request): OwnParts {
  const { pathname, search } = new URL(request.url);
  const pieces = search.slice(1).split('&');
  const onlyOne = (name: string): string | null => {
    const [piece, ...more] = pieces.filter((text) => text.startsWith(`${name}=`));
    return piece === undefined || more.length > 0 ? null : piece.slice(name.length + 1);
  };
  const isOwn = (piece: string): boolean =>
    [sealParameter, wishParameter].some((name) => piece.startsWith(`${name}=`));
  const query = pieces
    .filter((piece) => !isOwn(piece))
    .join('&')
    .replaceAll('\\', '%5C');
  const seal = onlyOne(sealParameter);
  return {
    path: query === '' ? pathname : `${pathname}?${query}`,
    seal: seal !== null && sealPattern.test(seal) ? seal : null,
    wish: onlyOne(wishParameter),
  };
}

function sealOf(
  key: Buffer,
  { browser, path, at }: { readonly browser: string; readonly path: string; readonly at: number },
): string {
  const time = Buffer.alloc(timeBytes);
  time.writeUIntBE(at, 0, timeBytes);
  const request = createHash('sha256').update(path).digest();
  const mac = createHmac('sha256', key).update(browser).update(time).update(request).digest();
  return Buffer.concat([time, mac.subarray(0, macBytes)]).toString('base64url');
}
