import type { Platform } from '@latchkey/session';
import { readForm } from '../browser/form.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import type { Tickets } from '../sign-out/tickets.ts';
import type { Clients } from './clients.ts';

/** What {@link answerClientSignOut} needs. */
export interface ClientSignOutDeps {
  readonly signIns: Pick<SignIns, 'findBySid'>;
  readonly clients: Clients;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly issueTicket: Tickets['issue'];
  readonly onEvent: Platform['onEvent'];
}

/**
 * `POST /oidc/sign-out`: a relying party ends the sign-in that it knows by `sid`, with its client secret
 * (`client_secret_basic`). `cause=replaced`: a later sign-in of the same person arrived there. 200 with `{"ticket"}` when it has
 * ended, had ended before or is not known to this app; the ticket (`packages/server/src/sign-out/tickets.ts`) is null where none ended just now. 401 for another client, 400 for a malformed call, 503 when the ending was not confirmed. No cookie
 * is read: browsers have no part in this.
 */
export async function answerClientSignOut(
  deps: ClientSignOutDeps,
  request: Request,
): Promise<Response> {
  if (request.method !== 'POST') return refuse(405, 'invalid_request', { allow: 'POST' });
  const app = deps.clients.authenticate(request.headers.get('authorization'));
  if (app === null) {
    deps.onEvent({ type: 'provider.sign-out-refused', reason: 'client-authentication' });
    return refuse(401, 'invalid_client', { 'www-authenticate': 'Basic realm="oidc"' });
  }
  const form = await readForm(request);
  const sids = form?.getAll('sid') ?? [];
  const [sid] = sids;
  if (sids.length !== 1 || sid === undefined || sid === '') return refuse(400, 'invalid_request');
  const signIn = await deps.signIns.findBySid(app, sid);
  if (signIn === null) return answer(200, { ticket: null });
  const cause = form?.get('cause') === 'replaced' ? 'replaced' : 'sign-out';
  try {
    await deps.endSignIn({ signInId: signIn.id, cause });
    const ticket = cause === 'sign-out' ? await deps.issueTicket(signIn.id) : null;
    return answer(200, { ticket });
  } catch (cause) {
    deps.onEvent({ type: 'provider.sign-out-unconfirmed', app, cause });
    return refuse(503, 'temporarily_unavailable', { 'retry-after': '2' });
  }
}

function refuse(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, { error }, headers);
}

function answer(
  status: number,
  body: Readonly<Record<string, string | null>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json', ...headers },
  });
}
