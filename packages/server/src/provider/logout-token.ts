import type { Platform } from '@latchkey/session';
import type { Provider } from 'oidc-provider';

/** Whom a logout notice is about, and which app gets it. */
export interface LogoutNotice {
  readonly signInId: string;
  readonly app: string;
  readonly sid: string;
  readonly accountId: string;
}

const backChannelEvent = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * A logout token (OpenID Connect Back-Channel Logout 1.0, 2.4) for one try of a notice: fresh `jti`, good for 120 seconds, so
 * it is made when it is sent. Rejects when the family has no such relying party (any more).
 */
export async function mintLogoutToken(
  provider: Provider,
  notice: LogoutNotice,
  randomBytes: Platform['randomBytes'],
): Promise<string> {
  const client = await provider.Client.find(notice.app);
  if (client?.backchannelLogoutUri === undefined) {
    throw new Error('The family has no relying party of that name.');
  }
  const token: MaskedToken = new provider.IdToken({ sub: notice.accountId }, { client });
  token.mask = { sub: null };
  token.set('events', { [backChannelEvent]: {} });
  token.set('jti', randomBytes(16).toString('base64url'));
  token.set('sid', notice.sid);
  return token.issue({ use: 'logout' });
}

/** Which of the available claims go in; missing from the published types. */
type MaskedToken = InstanceType<Provider['IdToken']> & { mask?: Record<string, null> };
