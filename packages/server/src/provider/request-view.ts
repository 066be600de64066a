import type { IncomingMessage } from 'node:http';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { JoinedApp } from '../sign-in/sign-ins.ts';

/** What one request of the provider sees of SQL: each thing is read once, when it is first asked for. */
export interface RequestView {
  /** The account when it is active, else null. */
  account(id: string): Promise<StoredAccount | null>;
  /** Also false for an account that is not active. */
  mayEnter(accountId: string, app: string): Promise<boolean>;
  joinedApps(signInId: string): Promise<readonly JoinedApp[]>;
}

export interface RequestViewDeps {
  readonly findAccount: (id: string) => Promise<StoredAccount | null>;
  readonly mayEnter: (accountId: string, app: string) => Promise<boolean>;
  readonly joinedApps: (signInId: string) => Promise<readonly JoinedApp[]>;
}

/**
 * The view of each request, gone with the request. oidc-provider asks the same thing at several steps; what may have changed
 * between them is found where it counts: a code or token is written in a transaction that asks again (`record-adapter.ts`),
 * and never from a view.
 */
export function createRequestViews(
  deps: RequestViewDeps,
): (incoming: IncomingMessage) => RequestView {
  const views = new WeakMap<IncomingMessage, RequestView>();
  return (incoming) => {
    const known = views.get(incoming);
    if (known !== undefined) return known;
    const view = createView(deps);
    views.set(incoming, view);
    return view;
  };
}

function createView(deps: RequestViewDeps): RequestView {
  const account = once(async (id: string) => {
    const found = await deps.findAccount(id);
    return found?.state === 'active' ? found : null;
  });
  const mayEnter = once(
    async (accountId: string, app: string) =>
      (await account(accountId)) !== null && (await deps.mayEnter(accountId, app)),
  );
  return { account, mayEnter, joinedApps: once(deps.joinedApps) };
}

function once<A extends readonly string[], R>(
  read: (...names: A) => Promise<R>,
): (...names: A) => Promise<R> {
  const answers = new Map<string, Promise<R>>();
  return (...names) => {
    const key = JSON.stringify(names);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = read(...names);
    answers.set(key, answer);
    return answer;
  };
}
