import type { IncomingMessage } from 'node:http';
import { Provider } from 'oidc-provider';
import type { SignInOverview } from '../sign-in/sign-in-overview.ts';

/** What requests of the provider see of a sign-in, or null where it is not live. */
export interface RequestViews {
  of(incoming: IncomingMessage, signInId: string): Promise<SignInOverview | null>;
  /** The same for the request under way: an adapter of oidc-provider is not told which one that is. Read again outside of any. */
  current(signInId: string): Promise<SignInOverview | null>;
}

/**
 * Each request reads a sign-in once, when it is first asked for. oidc-provider asks the same thing at several steps; what may have
 * changed between them is found where it counts: a code or token is written in a transaction that asks again
 * (`record-adapter.ts`), and never from a view.
 */
export function createRequestViews(
  read: (signInId: string) => Promise<SignInOverview | null>,
): RequestViews {
  const views = new WeakMap<IncomingMessage, Map<string, Promise<SignInOverview | null>>>();
  const of: RequestViews['of'] = (incoming, signInId) => {
    const view = views.get(incoming) ?? new Map<string, Promise<SignInOverview | null>>();
    views.set(incoming, view);
    const overview = view.get(signInId) ?? read(signInId);
    view.set(signInId, overview);
    return overview;
  };
  return {
    of,
    current(signInId) {
      const incoming = Provider.ctx?.req;
      return incoming === undefined ? read(signInId) : of(incoming, signInId);
    },
  };
}
