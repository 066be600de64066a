import type { Severity } from './severity.ts';

/** One kind of finding; `docs/exposure.md` has a row for each. */
export interface Rule {
  readonly title: string;
  /** The severity that it mostly has; hosts that do not receive the cookie have less. */
  readonly severity: Severity;
  readonly why: string;
  readonly remedy: string;
}

export type RuleId =
  | 'third-party'
  | 'wildcard'
  | 'dangling'
  | 'delegated'
  | 'foreign-address'
  | 'proxy'
  | 'sibling'
  | 'unknown'
  | 'plain-http'
  | 'safari-cap'
  | 'cookie-domain'
  | 'cookie-secure'
  | 'cookie-http-only'
  | 'cookie-same-site'
  | 'cookie-prefix'
  | 'cookie-size';

/** Every rule, by its id. Ids are stable. */
export const rules: Readonly<Record<RuleId, Rule>> = {
  dangling: {
    title: 'A record points at a name that nobody may hold any more',
    severity: 'high',
    why: 'Whoever takes the name next receives the cookie of everybody who opens the host.',
    remedy: 'Remove the record, or take the target back.',
  },
  'third-party': {
    title: 'Another firm answers for a host of yours',
    severity: 'high',
    why: 'A chain of records leaves your domains; every name on the way can decide who answers.',
    remedy:
      'Make the cookie host-only, move the host to a domain of its own, or remove the record. A target that is yours is declared by its whole name.',
  },
  wildcard: {
    title: 'A wildcard points outside',
    severity: 'high',
    why: 'Every name that you did not set up yourself leads there: an unlimited number of hosts receive the cookie.',
    remedy: 'Replace the wildcard by the names that are needed, on a domain of their own.',
  },
  delegated: {
    title: 'A zone is handed to name servers of others',
    severity: 'high',
    why: 'They decide who answers for every name in it, now and later.',
    remedy: 'Take the delegation back, or move the zone to a domain of its own.',
  },
  'foreign-address': {
    title: 'A host has an address outside your ranges',
    severity: 'medium',
    why: 'Who runs the machine cannot be told from DNS.',
    remedy: 'Declare the range if it is yours; otherwise move the host to another domain.',
  },
  proxy: {
    title: 'A delivery network or proxy answers for a host',
    severity: 'low',
    why: 'TLS ends there: it sees every cookie that goes through.',
    remedy:
      'Declare the one target or host that the finding names, if that is meant: the whole firm has every customer in it.',
  },
  sibling: {
    title: 'A foreign host on the site can disturb the cookie without receiving it',
    severity: 'low',
    why: 'Hosts of one site can evict and wipe the cookies of all others, and shadow those without __Host-.',
    remedy: 'Move the host to another domain. A name with __Host- keeps it from shadowing.',
  },
  unknown: {
    title: 'Nobody could say who answers',
    severity: 'low',
    why: 'DNS gave a failure, a loop or a chain without end: that is no answer, and no all-clear.',
    remedy: 'Mend or remove the record, then run the check again.',
  },
  'plain-http': {
    title: 'The cookie travels without encryption',
    severity: 'high',
    why: 'Without Secure, anybody on the way can have a browser open http:// on one of the hosts and read it.',
    remedy: 'Set Secure.',
  },
  'safari-cap': {
    title: 'Safari may keep the cookie for seven days only',
    severity: 'medium',
    why: 'It caps cookies set in answers to requests that a page of another host of the site makes, when CNAMEs lead this host to another site than that page, or, from 16.4, when the addresses of both are unrelated. Pages opened at the host itself are not meant to be capped; some versions of 2026 did.',
    remedy: 'Serve the host from the same provider and range as the site, without CNAME.',
  },
  'cookie-domain': {
    title: 'The Domain of the cookie cannot be used',
    severity: 'critical',
    why: 'A suffix, an address or a single label is nobody’s own.',
    remedy: 'Name a domain that you registered, or leave Domain out.',
  },
  'cookie-secure': {
    title: 'The cookie has no Secure',
    severity: 'medium',
    why: 'Browsers send it over plain http too.',
    remedy: 'Set Secure.',
  },
  'cookie-http-only': {
    title: 'The cookie has no HttpOnly',
    severity: 'low',
    why: 'Scripts of every page that receives it can read it.',
    remedy: 'Set HttpOnly.',
  },
  'cookie-same-site': {
    title: 'The cookie has no SameSite',
    severity: 'low',
    why: 'Browsers differ in what they assume.',
    remedy: 'Set SameSite=Lax.',
  },
  'cookie-prefix': {
    title: 'The prefix of the cookie does not do what it says',
    severity: 'medium',
    why: 'Browsers drop a cookie that breaks its prefix, and give a misspelt one no protection.',
    remedy: 'Write __Host- with Secure, Path=/ and no Domain, or __Secure- with Secure.',
  },
  'cookie-size': {
    title: 'The cookie is too large',
    severity: 'medium',
    why: 'Browsers ignore more than 4096 octets of name and value.',
    remedy: 'Keep an opaque id in the cookie and the rest on the server.',
  },
};

export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(rules, text);
}
