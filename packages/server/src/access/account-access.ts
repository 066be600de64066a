import type { SignInRecord } from '@latchkey/session/parts';
import type { AccessState } from '../database/tables/access.ts';
import type { AppRule } from './access-rules.ts';

/** That an account may enter an app, and as what. */
export interface AppAccess {
  /** Until when, in milliseconds since 1970; null for good. */
  readonly until: number | null;
  /** Names that the config has for the app, sorted. */
  readonly roles: readonly string[];
  /** When somebody last decided on it, a group or a rule included: an app that was lost and given back has another one. */
  readonly decidedAt: number;
}

/** What an account may enter at an instant. */
export interface AccountAccess {
  /** By name. */
  readonly apps: ReadonlyMap<string, AppAccess>;
  /** Names of the groups that it is in, sorted, also of those that open no app. */
  readonly groups: readonly string[];
}

/** Of an account that is not there. */
export const noAccess: AccountAccess = { apps: new Map(), groups: [] };

/** As session records have it: what there is none of is left out. */
export function recorded(access: AccountAccess): Pick<SignInRecord, 'apps' | 'roles' | 'groups'> {
  const roles = [...access.apps].flatMap(([app, one]) =>
    one.roles.length > 0 ? [[app, one.roles] as const] : [],
  );
  return {
    apps: untilByApp(access),
    ...(roles.length > 0 ? { roles: Object.fromEntries(roles) } : {}),
    ...(access.groups.length > 0 ? { groups: access.groups } : {}),
  };
}

/** The apps, each with the instant its access runs out, or null. */
export function untilByApp({ apps }: AccountAccess): Record<string, number | null> {
  return Object.fromEntries([...apps].map(([app, { until }]) => [app, until]));
}

/** What SQL says of an account that bears on its access. */
export interface AccessFacts {
  /** Lower case; the domain in A-labels. */
  readonly emailKey: string;
  /** When its address was confirmed, or null. */
  readonly emailConfirmedAt: number | null;
  readonly decisions: readonly AccessDecision[];
  readonly memberships: readonly GroupMembership[];
}

/** What was decided about the account itself. */
export interface AccessDecision {
  readonly app: string;
  readonly state: AccessState;
  readonly until: number | null;
  readonly role: string | null;
  readonly decidedAt: number;
}

/** A group of the account, with one app that it opens. */
export interface GroupMembership {
  readonly group: string;
  /** Null: the group opens no app. */
  readonly app: string | null;
  readonly role: string | null;
  /** The later of: the account came into the group, the group got the app. */
  readonly decidedAt: number;
}

type Source = readonly [app: string, access: AppAccess];

/**
 * What an account may enter: what it was granted, what its groups open and what the config opens for its like, less what was
 * denied or revoked explicitly. The one function that says so. Knows nothing of account states: who is not active has no
 * sign-in that could ask.
 */
export function resolveAccess(
  facts: AccessFacts,
  rules: ReadonlyMap<string, AppRule>,
  at: number,
): AccountAccess {
  const refused = new Set(
    facts.decisions.flatMap((one) => (one.state === 'granted' ? [] : one.app)),
  );
  const sources = [
    ...facts.decisions.flatMap((one) => granted(one, at)),
    ...facts.memberships.flatMap(openedByGroup),
    ...[...rules].flatMap(([app, rule]) => openedByRule(app, rule, facts)),
  ].filter(([app]) => !refused.has(app));
  const byApp = Map.groupBy(sources, ([app]) => app);
  const apps = [...byApp].map(
    ([app, several]): Source => [app, joined(several, rules.get(app)?.roles ?? [])],
  );
  return {
    apps: new Map(apps.sort(([one], [other]) => (one < other ? -1 : 1))),
    groups: [...new Set(facts.memberships.map(({ group }) => group))].sort(),
  };
}

function granted({ app, state, until, role, decidedAt }: AccessDecision, at: number): Source[] {
  if (state !== 'granted' || (until !== null && until <= at)) return [];
  return [[app, { until, roles: rolesOf(role), decidedAt }]];
}

function openedByGroup({ app, role, decidedAt }: GroupMembership): Source[] {
  return app === null ? [] : [[app, { until: null, roles: rolesOf(role), decidedAt }]];
}

function openedByRule(app: string, { access, changedAt }: AppRule, facts: AccessFacts): Source[] {
  if (access === 'request') return [];
  if (access === 'everyone') return [[app, { until: null, roles: [], decidedAt: changedAt }]];
  const { emailConfirmedAt, emailKey } = facts;
  const domain = emailKey.slice(emailKey.lastIndexOf('@') + 1);
  if (emailConfirmedAt === null || !access.domains.includes(domain)) return [];
  const decidedAt = Math.max(changedAt, emailConfirmedAt);
  return [[app, { until: null, roles: [], decidedAt }]];
}

function joined(sources: readonly Source[], known: readonly string[]): AppAccess {
  const several = sources.map(([, access]) => access);
  const ends = several.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const until = Math.max(...ends);
  const roles = new Set(several.flatMap((access) => access.roles));
  return {
    until: until === Number.POSITIVE_INFINITY ? null : until,
    roles: [...roles].filter((role) => known.includes(role)).sort(),
    decidedAt: Math.max(...several.map(({ decidedAt }) => decidedAt)),
  };
}

function rolesOf(role: string | null): readonly string[] {
  return role === null ? [] : [role];
}
