import type { Outcome, Source } from './host-survey.ts';
import type { KnownZone } from './inputs/dns-record.ts';
import type { RuleId } from './rules.ts';
import type { AuditAdvice } from './scope-choice.ts';
import type { Severity } from './severity.ts';

/** What stands at the end of a name. `unknown`: DNS gave no answer to judge by. */
export type HostKind = 'own' | 'third-party' | 'delegated' | 'dangling' | 'wildcard' | 'unknown';

/** What a host can do to the cookie, in the order of harm. */
export type Power = 'read' | 'overwrite' | 'shadow' | 'evict' | 'wipe';

/** Who answers for a host. */
export interface Operator {
  /** Registrable domain, private suffixes included; null where only an address is known. */
  readonly site: string | null;
  /** The registrable domain by ICANN suffixes alone, where it is another: `github.io` of `kittens.github.io`. */
  readonly icannSite: string | null;
  /** The names that the host's records lead through, in order, the host itself left out; name servers of a delegation. */
  readonly chain: readonly string[];
  /** The registrable domain of each name of `chain`; the name itself where it has none. */
  readonly sites: readonly string[];
  /** The firm's name, where a list has it. */
  readonly firm: string | null;
}

/** One name that holds an address, a CNAME or a delegation. */
export interface HostReport {
  readonly name: string;
  readonly receives: boolean;
  readonly operator: Operator;
  readonly kind: HostKind;
  readonly powers: readonly Power[];
  readonly severity: Severity;
  readonly source: Source | null;
  readonly outcome: Outcome;
  /** Its CNAMEs leave its site: Safari may keep cookies that it sets for seven days at most; `safari-cap` says when. */
  readonly safariCap: boolean;
  /** Its operator, or this finding, was accepted. */
  readonly accepted: boolean;
}

/** Receives the cookie, and somebody other than the family answers or may come to answer. */
export function isForeignReceiver({ kind, receives, powers }: HostReport): boolean {
  return receives && kind !== 'own' && powers.length > 0;
}

/** What is wrong, once a host and rule. */
export interface Finding {
  readonly ruleId: RuleId;
  readonly severity: Severity;
  readonly host: string;
  readonly message: string;
}

/** A finding that the baseline accepts. */
export interface AcceptedFinding extends Finding {
  readonly reason: string;
  /** The last day on which it is accepted, UTC. */
  readonly expires: string;
}

/** What became of a finding since an earlier report. */
export interface Changes {
  readonly since: string;
  readonly new: readonly Finding[];
  readonly gone: readonly Finding[];
  readonly changed: readonly ChangedFinding[];
}

export interface ChangedFinding {
  readonly before: Finding;
  readonly now: Finding;
}

/** A list that was used. */
export interface ListUse {
  readonly name: string;
  readonly kind: 'tracker' | 'takeover' | 'proxy';
  /** ISO date. */
  readonly date: string;
  readonly source: string;
  readonly licence: string;
  /** Older than a year. */
  readonly isOld: boolean;
}

/** What was looked at. */
export interface Coverage {
  /** The zones that were read, and from where. */
  readonly zones: readonly KnownZone[];
  /** Different names in the inputs. */
  readonly names: number;
  /** Of these, at or below the domain of the cookie; of a host-only cookie, on its sites. */
  readonly inside: number;
  readonly outside: number;
  /** Hosts inside of which something was learnt. */
  readonly judged: number;
  /** Why this is no check at all, as a sentence; null where it is one. */
  readonly gap: string | null;
}

/** The cookie as reported. */
export interface ReportedCookie {
  readonly name: string;
  /** The domain, or the host of a host-only cookie; null where that is not known. */
  readonly domain: string | null;
  readonly hostOnly: boolean;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none' | null;
  readonly path: string;
  /** False: browsers drop it, so nobody receives it. */
  readonly isKept: boolean;
}

/** The whole answer: JSON as `packages/exposure/schema/report-1.json` describes it. Worst hosts and findings first. */
export interface ExposureReport {
  readonly schemaVersion: 1;
  /** ISO instant. */
  readonly generatedAt: string;
  /** The run was interrupted: what is missing was not looked at. */
  readonly partial: boolean;
  /** What was asked: `offline`, or the resolver. */
  readonly resolver: string;
  readonly cookie: ReportedCookie;
  readonly coverage: Coverage;
  readonly hosts: readonly HostReport[];
  readonly findings: readonly Finding[];
  readonly accepted: readonly AcceptedFinding[];
  readonly advice: AuditAdvice;
  readonly changes: Changes | null;
  readonly lists: readonly ListUse[];
  /** Where public suffixes are from. */
  readonly publicSuffixes: { readonly from: 'tldts'; readonly version: string };
  /** What could not be seen, and warnings. */
  readonly notes: readonly string[];
}
