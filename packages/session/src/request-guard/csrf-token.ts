import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidOption } from '../option-rules.ts';
import { readBase64url } from '../sealed-envelope.ts';

/*
 * Tokens as ActionController::RequestForgeryProtection makes and takes them (Rails 5.2.4.3, 6.0.3.1 and later): a form of
 * a Rails app and one of ours are good for each other where both read the same session.
 */

/** The form a token is made for. */
export interface CsrfForm {
  /** Where it is sent: a path, or a whole URL; query and fragment do not count. */
  readonly action: string;
  readonly method: string;
}

/** The request a token came with. */
export interface TokenRequest {
  /** As in the request line; query and fragment do not count. */
  readonly path: string;
  readonly method: string;
}

type RandomBytes = (size: number) => Buffer;

const secretBytes = 32;
/** Base64 of 32 bytes (a bare secret) or of 64 (mask and masked), in either alphabet, with or without padding. */
const tokenPattern = /^(?:[A-Za-z0-9+/_-]{43}=?|[A-Za-z0-9+/_-]{86}(?:==)?)$/;

/** A new secret, as the session keeps it: 43 characters of base64url, the form of Rails 7.0 and later. */
export function createCsrfSecret(randomBytes: RandomBytes): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** Whether `value`, found in a session, is a secret that tokens can be made from. */
export function isCsrfSecret(value: unknown): value is string {
  return decode(value)?.length === secretBytes;
}

/**
 * A masked token of 86 characters of base64url, another one each time, so that compression of the page tells nothing of it
 * (BREACH). For `form`: good for requests to that path with that method alone. Throws `option_invalid` where the action is
 * neither a path nor an http(s) URL, and where `secret` is none.
 */
export function createCsrfToken(secret: string, randomBytes: RandomBytes, form?: CsrfForm): string {
  const key = decode(secret);
  if (key?.length !== secretBytes) throw invalidOption('The CSRF secret is not one of ours.');
  const inside =
    form === undefined ? globalToken(key) : formToken(key, actionPath(form.action), form.method);
  const mask = randomBytes(secretBytes);
  return Buffer.concat([mask, xor(mask, inside)]).toString('base64url');
}

/**
 * Whether `token`, of a form field or a header, was made from `secret` for any request or for this one. False for whatever
 * is no token. Tokens of Rails 5.1 and before, whose inside is the secret itself, and the bare secret are taken as Rails
 * takes them.
 */
export function isCsrfTokenFor(secret: unknown, token: unknown, request: TokenRequest): boolean {
  const key = decode(secret);
  const given = decode(token);
  if (key?.length !== secretBytes || given === null) return false;
  if (given.length === secretBytes) return timingSafeEqual(given, key);
  const inside = xor(given.subarray(0, secretBytes), given.subarray(secretBytes));
  // All three, whichever fits: how long it takes says nothing of which it was.
  const fits = [
    key,
    globalToken(key),
    formToken(key, requestPath(request.path), request.method),
  ].map((one) => timingSafeEqual(inside, one));
  return fits.includes(true);
}

function globalToken(key: Buffer): Buffer {
  return hmac(key, '!real_csrf_token');
}

function formToken(key: Buffer, path: string, method: string): Buffer {
  return hmac(key, `${path}#${method.toLowerCase()}`);
}

/** The path that a browser asks for when it sends the form. */
function actionPath(action: string): string {
  const isPathOrUrl =
    /^(?:\/|https?:)/i.test(action) && URL.canParse(action, 'http://form.invalid');
  if (isPathOrUrl) return withoutEndSlash(new URL(action, 'http://form.invalid').pathname);
  throw invalidOption(
    "The action of a form's CSRF token must be a path such as /posts, or a whole URL.",
  );
}

function requestPath(path: string): string {
  return withoutEndSlash(path.replace(/[?#].*$/s, ''));
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

/** The 32 or 64 bytes of a token or secret; null for all else, also for bits that a canonical spelling has not. */
function decode(value: unknown): Buffer | null {
  if (typeof value !== 'string' || !tokenPattern.test(value)) return null;
  return readBase64url(value.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
}
