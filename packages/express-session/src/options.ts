import { type CipherKey, randomBytes } from 'node:crypto';
import type { LatchkeyEvent } from '@latchkey/session';
import { createPlatform } from '@latchkey/session';
import type { Request } from 'express';
import { MemoryStore } from './memory-store.ts';
import type { CookieOptions, SessionOptions, SessionRequest, StoreInUse } from './shapes.ts';

/** Options with nothing left open, but what each request decides. */
export interface ResolvedOptions {
  readonly name: string;
  /** Null: the request brings one (`request.secret`, from cookie-parser). */
  readonly secrets: readonly CipherKey[] | null;
  readonly store: StoreInUse;
  readonly cookieOptions: (request: SessionRequest) => CookieOptions;
  readonly generateId: (request: SessionRequest) => string;
  readonly proxy: boolean | undefined;
  readonly resave: boolean;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  readonly destroyUnset: boolean;
  readonly renewAfterMilliseconds: number | null;
  readonly onEvent: (event: LatchkeyEvent) => void;
}

/** Throws the TypeErrors of express-session for options that cannot be; those that are ours are checked as well. */
export function resolveOptions(given: Partial<SessionOptions> | null): ResolvedOptions {
  const options = given ?? {};
  const { genid, unset, secret, renewAfterSeconds } = options;
  const cookie = options.cookie || {};
  if (genid && typeof genid !== 'function') throw new TypeError('genid option must be a function');
  if (unset && unset !== 'destroy' && unset !== 'keep') {
    throw new TypeError('unset option must be "destroy" or "keep"');
  }
  if (Array.isArray(secret) && secret.length === 0) {
    throw new TypeError('secret option array must contain one or more strings');
  }
  // The original signs with an empty key, which anybody can do.
  if (Array.isArray(secret) && secret.some((one) => !one)) {
    throw new TypeError('secret option array has an empty secret: is a variable not set?');
  }
  if (renewAfterSeconds != null && !(renewAfterSeconds >= 0)) {
    throw new TypeError('renewAfterSeconds option must be a number of seconds, 0 or more');
  }
  return {
    name: options.name || options.key || 'connect.sid',
    secrets: listSecrets(secret),
    store: (options.store || new MemoryStore()) as unknown as StoreInUse,
    cookieOptions: (request) =>
      typeof cookie === 'function' ? cookie(request as unknown as Request) : cookie,
    generateId: genid ? (request) => genid(request as unknown as Request) : generateId,
    proxy: options.proxy ?? undefined,
    // As the original reads them: only what is left out has the default, and null is false.
    resave: options.resave === undefined || Boolean(options.resave),
    rolling: Boolean(options.rolling),
    saveUninitialized:
      options.saveUninitialized === undefined || Boolean(options.saveUninitialized),
    destroyUnset: unset === 'destroy',
    renewAfterMilliseconds: renewAfterSeconds == null ? null : renewAfterSeconds * 1000,
    onEvent: options.onEvent ?? createPlatform().onEvent,
  };
}

function listSecrets(secret: SessionOptions['secret'] | undefined): readonly CipherKey[] | null {
  if (!secret) return null;
  return Array.isArray(secret) ? (secret as readonly CipherKey[]) : [secret as CipherKey];
}

function generateId(): string {
  return randomBytes(24).toString('base64url');
}
