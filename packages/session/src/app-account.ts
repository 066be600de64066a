import type { AppAccount, SignInRecord } from './session-store.ts';

/** Of whom nobody said anything. */
const none: readonly string[] = Object.freeze([]);

/**
 * How one app sees the account of a sign-in; null: an app in which nobody is anything. Made once for each record, so a record
 * that is remembered costs no request anything.
 */
export function createAccountView(app: string | null): (signIn: SignInRecord) => AppAccount {
  const views = new WeakMap<SignInRecord, AppAccount>();
  return (signIn) => {
    const known = views.get(signIn);
    if (known !== undefined) return known;
    const { account, roles = {}, groups = none } = signIn;
    const { id, email, name } = account;
    const own = app !== null && Object.hasOwn(roles, app) ? (roles[app] ?? none) : none;
    const made = Object.freeze({
      id,
      email,
      name,
      roles: Object.freeze(own),
      groups: Object.freeze(groups),
    });
    views.set(signIn, made);
    return made;
  };
}
