import { invalidOption, refuseUnknown, requireOneOf, requireTexts } from '../option-rules.ts';
import { requireEmailDomains } from './email-domains.ts';

/** Who enters an app without being let in by anybody; see `docs/access.md`. */
export type AppAccessRule =
  /** Nobody: people ask, and an approver decides. */
  | 'request'
  /** Every active account. */
  | 'everyone'
  /** Accounts whose confirmed address is of one of these domains; subdomains are domains of their own. */
  | { readonly domains: readonly string[] };

/** Who enters an app, and as what; with every default. */
export interface AppAccess {
  readonly access: AppAccessRule;
  /** Names that a grant may carry. */
  readonly roles: readonly string[];
}

export const appAccessOptionNames: readonly (keyof AppAccess)[] = ['access', 'roles'];

const rolePattern = /^[a-z][a-z0-9_-]{0,31}$/;
const maxRoles = 32;

/** Fills in the defaults. Throws `option_invalid`. `where` names the app. */
export function resolveAppAccess(
  { access = 'request', roles = [] }: Partial<AppAccess>,
  where: string,
): AppAccess {
  return {
    access: resolveRule(access, `${where}.access`),
    roles: resolveRoles(roles, `${where}.roles`),
  };
}

function resolveRule(rule: AppAccessRule, where: string): AppAccessRule {
  if (typeof rule !== 'object' || rule === null) {
    return requireOneOf(rule, ['request', 'everyone'] as const, where);
  }
  refuseUnknown(rule, ['domains'], where);
  return Object.freeze({ domains: requireEmailDomains(rule.domains, `${where}.domains`) });
}

function resolveRoles(roles: readonly string[], where: string): readonly string[] {
  const names = requireTexts(roles, where);
  const isGood = names.every((name) => rolePattern.test(name)) && names.length <= maxRoles;
  if (isGood && new Set(names).size === names.length) return Object.freeze([...names]);
  throw invalidOption(
    `${where} must be at most ${maxRoles} different names, each of at most 32 lower-case letters, digits, - and _, such as 'editor'.`,
  );
}
