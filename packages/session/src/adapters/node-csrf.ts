import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CsrfGuard, type GuardedRequest, refusalOf } from '../csrf-guard.ts';
import { type NodeRequest, openedKey } from './node-door.ts';
import { sendWebResponse } from './node-web.ts';

/** What the guard needs of a request in frameworks on node:http. */
export interface NodeVisit {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** As in the request line, where the app is mounted included. */
  readonly url: string;
  /** As a body parser left it; undefined without one. */
  readonly body: unknown;
}

/** Answers an unsafe request that is refused, and says whether it did. */
export function refuseOnNode(
  guard: CsrfGuard,
  { incoming, outgoing, url, body }: NodeVisit,
  fail: (error: unknown) => void,
): boolean {
  const opened = (incoming as NodeRequest)[openedKey];
  if (opened === undefined) {
    fail(new Error('csrf() stands before latchkey(): put latchkey(...) first.'));
    return true;
  }
  const { handler, session } = opened;
  const visit = { handler, session, request: guardedRequest(incoming, url) };
  const refusal = refusalOf(guard, visit, body);
  if (refusal === null) return false;
  sendWebResponse(refusal, outgoing).catch(fail);
  return true;
}

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
