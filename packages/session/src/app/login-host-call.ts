import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AppKey, derivePurposeKey } from '../app-key.ts';
import { LatchkeyError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import type { RealmKey, Realms } from '../realm.ts';
import { parseSlot } from '../session-id/session-id.ts';
import type { Slot } from '../session-store.ts';

/** Where an app tells the login host, server to server, that somebody signed out. */
export const appSignOutPath = '/_latchkey/app-sign-out';
/** Header with the HMAC of the body under the app's call key. */
export const callSignatureHeader = 'latchkey-signature';

/** Milliseconds that the clocks of app and login host may differ. A call does no harm when repeated. */
const clockTolerance = 300_000;
/** Milliseconds an app waits for the login host before it ends the sign-in by itself. */
const callTimeoutMilliseconds = 5_000;

/**
 * Why an app may end a sign-in: because the person said so, or because a later one of the same person arrived in that
 * browser, and for nothing else.
 */
export type AppSignOutCause = (typeof causes)[number];
const causes = ['sign-out', 'revoked-by-person', 'replaced'] as const;

/** What the body of a call says. */
export interface AppSignOutCall {
  readonly app: string;
  readonly slot: Slot;
  /** `revoked-by-person`: on another device than the one that asks. A call without it is a sign-out. */
  readonly cause: AppSignOutCause;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How an app calls its login host. */
export interface LoginHostLine {
  readonly loginHost: { readonly origin: string };
  /** The realm that calls are signed for. */
  readonly realm: Realms;
  readonly key: AppKey;
  readonly platform: Pick<Platform, 'fetch'>;
}

/** A call as it was received. */
export interface SignedCall {
  readonly body: string;
  readonly signature: string | null;
}

/** What the login host answers when it has ended a sign-in. */
export interface AppSignOutAnswer {
  /** For the browser to bring to the login host's page after a sign-out; null where there is none. */
  readonly ticket: string | null;
}

/**
 * Asks the login host to end a sign-in everywhere; gives its ticket, or null. Rejects with `login_host_unavailable` when it
 * does not confirm.
 */
export async function callAppSignOut(
  { loginHost, realm, key, platform }: LoginHostLine,
  call: AppSignOutCall,
): Promise<string | null> {
  const body = JSON.stringify(call);
  const signature = sign(key, body, realm.present).toString('base64url');
  try {
    const response = await platform.fetch(`${loginHost.origin}${appSignOutPath}`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', [callSignatureHeader]: signature },
      body,
      signal: AbortSignal.timeout(callTimeoutMilliseconds),
    });
    if (response.status === 200) return ticketIn(await response.json());
    await response.body?.cancel();
    throw new Error(`The login host answered ${response.status}.`);
  } catch (cause) {
    throw new LatchkeyError(
      'login_host_unavailable',
      'The login host did not confirm the sign-out.',
      { cause },
    );
  }
}

/** The ticket in a login host's answer to a sign-out, or null. Throws for what is no such answer: nothing was confirmed. */
export function ticketIn(answer: unknown): string | null {
  const { ticket } = (answer ?? {}) as { readonly ticket?: unknown };
  if (ticket === null) return null;
  if (typeof ticket === 'string' && /^[A-Za-z0-9_-]{1,512}$/.test(ticket)) return ticket;
  throw new Error('The answer is not that of a login host.');
}

/** Checks a call at the login host: null unless it is whole, fresh and signed by the app it names. */
export function verifyAppSignOut(
  { body, signature }: SignedCall,
  { keysOf, realm }: { keysOf(app: string): readonly AppKey[]; readonly realm: RealmKey },
  now: number,
): AppSignOutCall | null {
  const call = parseCall(body);
  if (call === null || signature === null || Math.abs(now - call.at) > clockTolerance) return null;
  const given = Buffer.from(signature, 'base64url');
  const signed = keysOf(call.app).some((key) => {
    const wanted = sign(key, body, realm);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  });
  return signed ? call : null;
}

function parseCall(body: string): AppSignOutCall | null {
  try {
    const value = JSON.parse(body) as Partial<Record<keyof AppSignOutCall, unknown>> | null;
    if (value === null) return null;
    const { app, at, cause: given = 'sign-out' } = value;
    const cause = causes.find((known) => known === given);
    const slot = typeof value.slot === 'string' ? parseSlot(value.slot) : null;
    if (slot === null || typeof app !== 'string' || typeof at !== 'number') return null;
    if (cause === undefined) return null;
    return { app, slot, cause, at };
  } catch {
    return null;
  }
}

function sign(key: AppKey, body: string, realm: RealmKey): Buffer {
  return createHmac('sha256', derivePurposeKey(key, 'call to the login host', realm))
    .update(`POST ${appSignOutPath}\n${body}`)
    .digest();
}
