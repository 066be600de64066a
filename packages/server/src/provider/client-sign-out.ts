import type { Platform } from '@latchkey/session';
import { readForm } from '../browser/form.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import type { Clients } from './clients.ts';

/** What {@link answerClientSignOut} needs. */
export interface ClientSignOutDeps {
  readonly signIns: Pick<SignIns, 'findBySid'>;
  readonly clients: Clients;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly onEvent: Platform['onEvent'];
}

/**
 * `POST /oidc/sign-out`: a relying party ends the sign-in that it knows by `sid`, with its client secret
 * (`client_secret_basic`). 204 when it has ended, had ended before or is not known: the answer tells nothing about
 * other people's `sid`s. 401 for another client, 400 for a malformed call, 503 when the ending was not confirmed. No cookie
 * is read: browsers have no part in this.
 */
export async function answerClientSignOut(
  deps: ClientSignOutDeps,
  request: Request,
): Promise<Response> {
  if (request.method !== 'POST') return answer(405, 'invalid_request', { allow: 'POST' });
  const app = deps.clients.authenticate(request.headers.get('authorization'));
  if (app === null) {
    deps.onEvent({ type: 'provider.sign-out-refused', reason: 'client-authentication' });
    return answer(401, 'invalid_client', { 'www-authenticate': 'Basic realm="oidc"' });
  }
  const sids = (await readForm(request))?.getAll('sid') ?? [];
  const [sid] = sids;
  if (sids.length !== 1 || sid === undefined || sid === '') return answer(400, 'invalid_request');
  const signIn = await deps.signIns.findBySid(app, sid);
  if (signIn === null) return answer(204, null);
  try {
    await deps.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
    return answer(204, null);
  } catch (cause) {
    deps.onEvent({ type: 'provider.sign-out-unconfirmed', app, cause });
    return answer(503, 'temporarily_unavailable', { 'retry-after': '2' });
  }
}

function answer(
  status: number,
  error: string | null,
  headers: Record<string, string> = {},
): Response {
  const body = error === null ? null : JSON.stringify({ error });
  return new Response(body, {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
}
