import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform } from '@latchkey/session';
import type { Provider } from 'oidc-provider';
import type { SessionAdapter } from './session-adapter.ts';

/** What {@link alignSession} needs. */
export interface AlignSessionDeps {
  readonly provider: Provider;
  readonly sessions: SessionAdapter;
  readonly randomBytes: Platform['randomBytes'];
}

/**
 * Makes the provider see the sign-in that the login host's own cookie says, and no other, whatever cookies of the provider
 * the request brings: none, one of another sign-in, several. The request's `Cookie` header is rewritten; the provider
 * sets the cookie by itself when it answers. `signInId` null: nobody is signed in. Rejects with `SessionNotFound`
 * when the sign-in is not live.
 */
export async function alignSession(
  deps: AlignSessionDeps,
  exchange: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  signInId: string | null,
): Promise<void> {
  const { incoming, outgoing } = exchange;
  const name = deps.provider.cookieName('session');
  if (signInId === null) return replaceCookies(incoming, name, []);
  const context = deps.provider.createContext(incoming, outgoing);
  const session = await deps.provider.Session.get(context);
  if (session.uid === signInId && session.accountId !== undefined) return;
  // The cookie of another sign-in: that one lives or has ended by itself, only its key in this browser goes.
  if (session.accountId !== undefined) await session.destroy();
  const value = deps.randomBytes(32).toString('base64url');
  await deps.sessions.bind(value, signInId);
  context.cookies.set(name, value, {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    overwrite: true,
  });
  replaceCookies(incoming, name, pairsSet(outgoing, name));
}

/** Cookie and signature as they were just set on the answer. */
function pairsSet(outgoing: ServerResponse, name: string): string[] {
  const lines = [outgoing.getHeader('set-cookie') ?? []].flat().map(String);
  return lines
    .map((line) => line.slice(0, line.indexOf(';')))
    .filter((pair) => isNamed(pair, name));
}

function replaceCookies(incoming: IncomingMessage, name: string, pairs: readonly string[]): void {
  const others = (incoming.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !isNamed(pair, name));
  const cookies = [...others, ...pairs];
  if (cookies.length === 0) delete incoming.headers.cookie;
  else incoming.headers.cookie = cookies.join('; ');
}

function isNamed(pair: string, name: string): boolean {
  return pair.startsWith(`${name}=`) || pair.startsWith(`${name}.sig=`);
}
