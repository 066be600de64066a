import type { SignInRecord } from '../session-store.ts';

/** For one that is remembered: many requests are given it, and apps hold the account. What one of them changed the others would see. */
export function freezeSignIn(signIn: SignInRecord): void {
  const { account, methods, apps, roles, groups } = signIn;
  for (const part of [signIn, account, methods, apps]) Object.freeze(part);
  if (groups !== undefined) Object.freeze(groups);
  if (roles !== undefined) for (const part of [roles, ...Object.values(roles)]) Object.freeze(part);
}
