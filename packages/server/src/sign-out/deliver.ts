import { hasCode } from '@latchkey/session';
import type { NoticeDeadReason, NoticeRefusal, NoticeRetryReason } from '@latchkey/session/parts';
import type { ServerErrorCode } from '../errors.ts';

/** Calls other servers; follows no redirects and connects to allowed addresses alone (`address-guard.ts`). */
export type OutgoingFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** How one try went. `reason` is a named reason: nothing of the answer's text. */
export type DeliveryResult =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'retry';
      readonly reason: NoticeRetryReason;
      /** What the app asked for with `Retry-After`, or null. */
      readonly retryAfterMilliseconds: number | null;
    }
  /** Another answer of the app: perhaps its clock, or a key that it has not fetched yet. */
  | { readonly kind: 'refused'; readonly reason: NoticeRefusal }
  /** The address is not allowed here (`address-guard.ts`): the configuration decides. */
  | { readonly kind: 'blocked'; readonly reason: NoticeRefusal }
  | { readonly kind: 'dead'; readonly reason: NoticeDeadReason };

/** One logout token on its way to one app. */
export interface Delivery {
  readonly uri: string;
  readonly logoutToken: string;
  readonly fetch: OutgoingFetch;
  /** For the whole try: connecting, the answer and its body. */
  readonly timeoutMilliseconds: number;
  /** Aborts the try; the result is then `retry` with the reason `stopped`. */
  readonly stop: AbortSignal;
  readonly now: () => number;
}

/** Bytes of an answer's body that are read, and thrown away, so that the connection can be used again. */
const maxBodyBytes = 16_384;

/**
 * Posts one back-channel logout token (OpenID Connect Back-Channel Logout 1.0, 2.5). 200 and 204 are success. No connection,
 * a time-out, 429 and 5xx are `retry`, other answers and redirects `refused`, a refused address `blocked`. Never rejects.
 */
export async function deliver(delivery: Delivery): Promise<DeliveryResult> {
  const timeout = AbortSignal.timeout(delivery.timeoutMilliseconds);
  const signal = AbortSignal.any([timeout, delivery.stop]);
  try {
    const response = await delivery.fetch(delivery.uri, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ logout_token: delivery.logoutToken }).toString(),
      signal,
    });
    await discardBody(response);
    return judge(response, delivery.now());
  } catch (error) {
    if (delivery.stop.aborted) return retry('stopped');
    if (timeout.aborted) return retry('timeout');
    return isRefusedAddress(error)
      ? { kind: 'blocked', reason: 'address-refused' }
      : retry('unreachable');
  }
}

function judge(response: Response, now: number): DeliveryResult {
  const { status } = response;
  if (status === 200 || status === 204) return { kind: 'delivered' };
  if (response.type === 'opaqueredirect') return { kind: 'refused', reason: 'redirected' };
  if (status >= 300 && status < 400) return { kind: 'refused', reason: `redirected-${status}` };
  if (status === 429 || status >= 500) {
    const wait = parseRetryAfter(response.headers.get('retry-after'), now);
    return { kind: 'retry', reason: `status-${status}`, retryAfterMilliseconds: wait };
  }
  return { kind: 'refused', reason: `refused-${status}` };
}

/** `Retry-After` (RFC 9110, 10.2.3) in milliseconds from now, or null when it is missing or has no such form. */
export function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function retry(reason: NoticeRetryReason): DeliveryResult {
  return { kind: 'retry', reason, retryAfterMilliseconds: null };
}

// The app has answered by its status: what is wrong with the body changes nothing.
async function discardBody(response: Response): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let bytes = 0;
  try {
    while (bytes <= maxBodyBytes) {
      const chunk = await reader.read();
      if (chunk.done) return;
      bytes += chunk.value.byteLength;
    }
    await reader.cancel();
  } catch {
    return;
  }
}

function isRefusedAddress(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (hasCode<ServerErrorCode>(cause, 'address_refused')) return true;
  }
  return false;
}
