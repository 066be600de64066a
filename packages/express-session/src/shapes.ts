import type { CipherKey } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { LatchkeyEvent } from '@latchkey/session';
import type { Request } from 'express';

/**
 * A callback that is told of an error first. A method's type, because callbacks in existing code say `Error` or `any`
 * where this says `unknown`.
 */
export type Done = { done(error?: unknown): void }['done'];
/** As {@link Done}, with what was found. */
export type Found<Value> = { found(error?: unknown, value?: Value): void }['found'];

/** What `cookie` may say: attributes of the session cookie. */
export interface CookieOptions {
  /** Milliseconds until the cookie runs out; null or left out: when the browser closes. */
  maxAge?: number | null | undefined;
  /** Attribute `Partitioned`. */
  partitioned?: boolean | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
  /** Accepted and not used, as in express-session: every cookie is signed. */
  signed?: boolean | undefined;
  /** Rather use `maxAge`. Where both are given the later of the two members counts. */
  expires?: Date | null | undefined;
  /** Default true. */
  httpOnly?: boolean | undefined;
  /** Default `/`. Requests to other paths get no session. */
  path?: string | undefined;
  domain?: string | undefined;
  /** `'auto'`: as the connection is. Where true, no cookie is set over a plain connection. Default false. */
  secure?: boolean | 'auto' | undefined;
  /** Accepted and not used, as in express-session. */
  encode?: ((value: string) => string) | undefined;
  /** `'auto'`: `none` over a secure connection, else `lax`. Default: not set. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined;
}

/** The attributes as a record holds them. */
export interface CookieAttributes {
  originalMaxAge: number | null;
  partitioned: boolean | undefined;
  priority: 'low' | 'medium' | 'high' | undefined;
  expires: Date | null | undefined;
  secure: boolean | 'auto' | undefined;
  httpOnly: boolean | undefined;
  domain: string | undefined;
  path: string | undefined;
  sameSite: boolean | 'lax' | 'strict' | 'none' | undefined;
}

/** The cookie of one session. Setting `maxAge` or `expires` sets the other, and `originalMaxAge`. */
export interface Cookie extends Omit<CookieOptions, 'maxAge' | 'sameSite'> {
  /** Milliseconds that the session lives after each use; null: as long as the store keeps it. */
  originalMaxAge: number | null;
  /** Milliseconds that are left; null without an end. */
  maxAge?: number | undefined;
  sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  readonly data: CookieAttributes;
  /** A `Set-Cookie` line with these attributes. Throws TypeError for what a cookie cannot hold. */
  serialize(name: string, value: string): string;
  toJSON(): CookieAttributes;
}

/** What sessions hold. Augment it in your app: `interface SessionData { views: number }`. */
export interface SessionData {
  cookie: Cookie;
}

/** `req.session`: the app's data as own properties, and these. */
export interface Session {
  readonly id: string;
  cookie: Cookie;
  /** Ends this session and puts a new, empty one in its place. */
  regenerate(callback: Done): this;
  /** Ends this session and takes it off the request. */
  destroy(callback?: Done): this;
  /** Reads the record again. Calls back with an error where there is none. */
  reload(callback: Done): this;
  /**
   * Saves now instead of when the response ends: what this request changed, key by key, over what the store has by then.
   * A session that ended meanwhile is not written back; that is no error, and told as the event `session.save-lost`.
   */
  save(callback?: Done): this;
  /** The same as `resetMaxAge`. */
  touch(): this;
  /** Starts the cookie's `originalMaxAge` again. */
  resetMaxAge(): this;
}

/** What the middleware needs of a request; every framework on node:http has it. */
export interface SessionRequest extends IncomingMessage {
  session?: (Session & Partial<SessionData>) | null;
  sessionID?: unknown;
  sessionStore?: StoreInUse;
  originalUrl?: string;
  secure?: boolean;
  secret?: CipherKey;
  cookies?: Record<string, unknown>;
  signedCookies?: Record<string, unknown>;
}

/** What `store.createSession` takes: the middleware's request, or the little that `store.load` makes. */
export interface SessionOwner {
  session?: unknown;
  sessionID?: unknown;
  sessionStore?: unknown;
}

/** The type of `Store`, which cannot be a class: store packages call it as a function. */
export declare abstract class StoreShape extends EventEmitter {
  constructor(options?: unknown);
  regenerate(request: SessionOwner, callback: Done): void;
  load(id: string, callback: Found<SessionData>): void;
  createSession(request: SessionOwner, data: SessionData): Session & SessionData;
  abstract get(id: string, callback: Found<SessionData | null>): void;
  abstract set(id: string, session: SessionData, callback?: Done): void;
  abstract destroy(id: string, callback?: Done): void;
  all?(callback: Found<SessionData[] | { [id: string]: SessionData } | null>): void;
  length?(callback: Found<number>): void;
  clear?(callback?: Done): void;
  touch?(id: string, session: SessionData, callback?: () => void): void;
}

/** A store of any package that was made for express-session, whichever types it comes with. */
export interface AnyStore {
  get(id: string, callback: Found<object | null>): void;
  set(id: string, session: never, callback?: Done): void;
  destroy(id: string, callback?: Done): void;
  on(event: string, listener: () => void): unknown;
}

/** A store that a middleware uses, which puts `generate` there: it gives a request a new session. */
export type StoreInUse = StoreShape & { generate(request: SessionOwner): void };

/** The type of `MemoryStore`. */
export declare class MemoryStoreShape extends StoreShape {
  /** Records as JSON, by session id. */
  sessions: Record<string, string>;
  get(id: string, callback: Found<SessionData | null>): void;
  set(id: string, session: SessionData, callback?: Done): void;
  destroy(id: string, callback?: Done): void;
  override all(callback: Found<{ [id: string]: SessionData } | null>): void;
  override length(callback: Found<number>): void;
  override clear(callback?: Done): void;
  override touch(id: string, session: SessionData, callback?: () => void): void;
}

/** The options of express-session 1.19, and two of ours at the end. */
export interface SessionOptions {
  /** Signs the cookie. Of several the first signs and all are accepted. At least 32 random bytes; not checked. */
  secret: CipherKey | readonly CipherKey[];
  /** Attributes of the cookie, or a function that gives them for a request. */
  cookie?: CookieOptions | ((request: Request) => CookieOptions) | undefined;
  /** Makes session ids. Default: 24 random bytes. */
  genid?: ((request: Request) => string) | undefined;
  /** Name of the cookie. Default `connect.sid`. */
  name?: string | undefined;
  /** An older word for `name`. */
  key?: string | undefined;
  /** Whether `X-Forwarded-Proto` says if a connection is secure. Default: what Express says (`trust proxy`). */
  proxy?: boolean | undefined;
  /** Saves also sessions that did not change; see `renewAfterSeconds`. Default true. */
  resave?: boolean | undefined;
  /** Sets the cookie in every response. Default false. */
  rolling?: boolean | undefined;
  /** Saves also new sessions that nothing was put in. Default true. */
  saveUninitialized?: boolean | undefined;
  /** Default a new `MemoryStore`. */
  store?: AnyStore | undefined;
  /** What `req.session = null` does to the record: `'keep'` (default) or `'destroy'`. */
  unset?: 'destroy' | 'keep' | undefined;
  /**
   * Seconds for which a session that did not change is neither written nor touched again by this process. 0: with
   * every request, as express-session does. Default: a twentieth of the lifetime that session or store give it, at most 60;
   * half a second for a store whose lifetime is not known.
   */
  renewAfterSeconds?: number | undefined;
  /** Told of events: `session.save-lost`, `store.unavailable`. Default: does nothing. */
  onEvent?: ((event: LatchkeyEvent) => void) | undefined;
}
