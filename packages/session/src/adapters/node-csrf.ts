import type { IncomingMessage } from 'node:http';
import type { GuardedRequest } from '../csrf-guard.ts';

/** What the guard asks of a Node request. */
export function guardedRequest(
  { method = 'GET', headers }: IncomingMessage,
  url: string,
): GuardedRequest {
  return {
    method,
    path: url,
    secFetchSite: only(headers['sec-fetch-site']),
    origin: only(headers.origin),
    referer: only(headers.referer),
    token: only(headers['x-csrf-token']),
    accept: headers.accept,
  };
}

/** Of a header sent several times all values, as web requests have them: then it says nothing good. */
function only(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}
