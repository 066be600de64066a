import type { ResolvedOptions } from '../options.ts';

/** Where a relying party ends a sign-in at the login host of its family. */
const path = '/oidc/sign-out';
const timeoutMilliseconds = 5_000;

/** `refused`: the login host does not take this app's secret; trying again changes nothing until somebody mends that. */
export type EndAtLoginHost = (sid: string) => Promise<'ended' | 'refused' | 'unavailable'>;

/** One call from server to server, with client authentication; no token in any URL, no page in between. */
export function createEndAtLoginHost(options: ResolvedOptions): EndAtLoginHost {
  const { clientId, clientSecret, issuer, platform } = options;
  // Both parts form-encoded before they are joined (RFC 6749, 2.3.1).
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return async (sid) => {
    try {
      const response = await platform.fetch(`${issuer}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ sid }).toString(),
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      await response.body?.cancel();
      if (response.status === 204) return 'ended';
      const reason = `status-${response.status}`;
      platform.onEvent({ type: 'login-host.unavailable', app: clientId, reason });
      return response.status === 401 || response.status === 400 ? 'refused' : 'unavailable';
    } catch (cause) {
      platform.onEvent({
        type: 'login-host.unavailable',
        app: clientId,
        reason: 'sign-out',
        cause,
      });
      return 'unavailable';
    }
  };
}
