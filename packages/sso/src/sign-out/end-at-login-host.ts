import { ticketIn } from '@latchkey/session/parts';
import type { ResolvedOptions } from '../options.ts';

/** Where a relying party ends a sign-in at the login host of its family. */
const path = '/oidc/sign-out';
const timeoutMilliseconds = 5_000;

/** `replaced`: a later sign-in of the same person arrived in that browser. */
export type LocalEndCause = 'sign-out' | 'replaced';

/**
 * `ticket`: for the browser to bring to the login host, or null. `refused`: the login host does not take this app's secret;
 * trying again changes nothing until somebody mends that.
 */
export type EndedAtLoginHost =
  | { readonly kind: 'ended'; readonly ticket: string | null }
  | { readonly kind: 'refused' | 'unavailable' };

/** Ends the sign-in of a `sid` at the login host. Never rejects. */
export type EndAtLoginHost = (sid: string, cause: LocalEndCause) => Promise<EndedAtLoginHost>;

/** One call from server to server, with client authentication; no token in any URL, no page in between. */
export function createEndAtLoginHost(options: ResolvedOptions): EndAtLoginHost {
  const { clientId, clientSecret, issuer, platform } = options;
  // Both parts form-encoded before they are joined (RFC 6749, 2.3.1).
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return async (sid, cause) => {
    try {
      const response = await platform.fetch(`${issuer}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ sid, cause }).toString(),
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      if (response.status === 200) {
        return { kind: 'ended', ticket: ticketIn(await response.json()) };
      }
      await response.body?.cancel();
      const reason = `status-${response.status}` as const;
      platform.onEvent({ type: 'login-host.unavailable', app: clientId, reason });
      const isRefused = response.status === 401 || response.status === 400;
      return { kind: isRefused ? 'refused' : 'unavailable' };
    } catch (failure) {
      platform.onEvent({
        type: 'login-host.unavailable',
        app: clientId,
        reason: 'sign-out',
        cause: failure,
      });
      return { kind: 'unavailable' };
    }
  };
}
