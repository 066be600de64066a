import { stringifySetCookie } from 'cookie';
import type { CookieAttributes, Cookie as CookieShape } from './shapes.ts';

/** What makes a {@link Cookie}: `new Cookie({ maxAge: 60_000 })`. Throws TypeError for options that are no object. */
export interface CookieConstructor {
  new (options?: unknown): CookieShape;
  readonly prototype: CookieShape;
}
export type Cookie = CookieShape;

/** Not taken over from options: they are of the class, or would change what the object is. */
const notOptions = new Set(['data', 'serialize', 'toJSON', 'constructor', '__proto__']);

class SessionCookie {
  // `_expires` is how store packages that look into the object know it.
  _expires: unknown = null;
  originalMaxAge: unknown = null;
  path: unknown = '/';
  httpOnly: unknown = true;
  secure?: unknown;
  domain?: unknown;
  sameSite?: unknown;
  partitioned?: unknown;
  priority?: unknown;

  constructor(options?: unknown) {
    if (!options) return;
    if (typeof options !== 'object') throw new TypeError('argument options must be a object');
    // Options with a prototype of their own keep what that says, as a record made by another class of cookie.
    for (const key in options) {
      if (!notOptions.has(key)) Reflect.set(this, key, Reflect.get(options, key));
    }
    this.originalMaxAge ??= this.maxAge;
  }

  get expires(): unknown {
    return this._expires;
  }

  set expires(date: unknown) {
    this._expires = date;
    this.originalMaxAge = this.maxAge;
  }

  get maxAge(): unknown {
    return this._expires instanceof Date ? this._expires.valueOf() - Date.now() : this._expires;
  }

  set maxAge(milliseconds: unknown) {
    if (milliseconds && typeof milliseconds !== 'number' && !(milliseconds instanceof Date)) {
      throw new TypeError('maxAge must be a number or Date');
    }
    this.expires =
      typeof milliseconds === 'number' ? new Date(Date.now() + milliseconds) : milliseconds;
  }

  get data(): CookieAttributes {
    // The order of express-session: records that both write are the same text.
    return {
      originalMaxAge: this.originalMaxAge,
      partitioned: this.partitioned,
      priority: this.priority,
      expires: this._expires,
      secure: this.secure,
      httpOnly: this.httpOnly,
      domain: this.domain,
      path: this.path,
      sameSite: this.sameSite,
    } as CookieAttributes;
  }

  serialize(name: string, value: string): string {
    return cookieLine(name, value, this.data);
  }

  toJSON(): CookieAttributes {
    return this.data;
  }
}

/** The cookie of a session, also for making cookies of one's own as express-session allows. */
export const Cookie: CookieConstructor = SessionCookie as unknown as CookieConstructor;

/** A `Set-Cookie` line as express-session writes it: value percent-encoded, no `Max-Age`. Throws TypeError. */
export function cookieLine(name: string, value: string, attributes: CookieAttributes): string {
  const { originalMaxAge: _, ...rest } = attributes;
  return stringifySetCookie({ name, value, ...rest } as Parameters<typeof stringifySetCookie>[0], {
    encode: encodeURIComponent,
  });
}

/** The attributes that stay as they are while time goes by. */
const lasting = [
  'originalMaxAge',
  'domain',
  'path',
  'secure',
  'httpOnly',
  'sameSite',
  'partitioned',
  'priority',
] as const;

/** What {@link haveSameAttributes} compares with later: attributes without the instant at which the cookie runs out. */
export type LastingAttributes = Readonly<Partial<Record<(typeof lasting)[number], unknown>>>;

/** A copy, for a comparison once the request is over. */
export function lastingAttributes(cookie: LastingAttributes): LastingAttributes {
  const { originalMaxAge, domain, path, secure, httpOnly, sameSite, partitioned, priority } =
    cookie;
  return { originalMaxAge, domain, path, secure, httpOnly, sameSite, partitioned, priority };
}

/** Whether two cookies differ in nothing but the instant they run out. */
export function haveSameAttributes(one: LastingAttributes, other: LastingAttributes): boolean {
  return lasting.every((name) => one[name] === other[name]);
}

/** When a record was written, as far as its cookie tells: one that says when it runs out, and after how long. */
export function writtenAt({ expires, originalMaxAge }: CookieShape): number | null {
  if (!(expires instanceof Date) || typeof originalMaxAge !== 'number') return null;
  const at = expires.valueOf() - originalMaxAge;
  return Number.isNaN(at) ? null : at;
}
