import type { Character } from './character.ts';
import { claimWords } from './claim.ts';
import type { HostKind, HostReport, Operator, Power } from './exposure-report.ts';
import type { FamilyGround } from './family.ts';
import type { Firms, KnownTarget } from './firms.ts';
import type { HostSurvey, Outcome } from './host-survey.ts';
import { hostMessage } from './labels.ts';
import { type CookieScope, isOnSite, powersOf, receivesCookie } from './receives.ts';
import type { RuleId } from './rules.ts';
import { cnameAway } from './safari-cap.ts';
import type { Severity } from './severity.ts';
import { icannSiteOf, liesUnder, siteOf } from './site.ts';

/** What a judgement needs beside the survey. */
export interface Bench {
  readonly scope: CookieScope;
  readonly ground: FamilyGround;
  readonly firms: Firms;
  /** Whether the family has a name at or below this one: a wildcard above does not reach past it (RFC 4592). */
  readonly isInUse: (name: string) => boolean;
  /** Operators of own hosts by site, filled as they are met: a large family shares a few. */
  readonly ownOperators: Map<string | null, Operator>;
}

/** A host judged; `rule` and `message` are null where there is nothing to say. */
export interface Judgement {
  readonly host: HostReport;
  readonly rule: RuleId | null;
  readonly message: string | null;
}

const failures: readonly Outcome[] = ['servfail', 'refused', 'timeout', 'loop', 'too-long'];
const nobody: readonly Power[] = Object.freeze([]);

/** Judges one name. Null for what is never reported: names without address, CNAME and delegation (mail-only, TXT, SRV). */
export function judgeHost(survey: HostSurvey, bench: Bench): Judgement | null {
  if (!isWebHost(survey)) return null;
  const character = characterOf(survey, bench);
  const subject = subjectOf(survey, bench);
  const isAnswered = character.kind !== 'unknown' && !isEmptyOwn(character);
  const receives = character.kind !== 'unknown' && receivesCookie(bench.scope, subject);
  const powers = isAnswered ? powersOf(bench.scope, subject) : nobody;
  const isSibling = (): boolean => isOnSite(bench.scope, subject);
  const severity = severityOf(character, powers, isSibling);
  const rule = severity === 'none' ? null : ruleOf(character, receives);
  const host: HostReport = {
    name: survey.name,
    receives,
    operator: character.operator,
    kind: character.kind,
    powers,
    severity,
    source: survey.source,
    outcome: survey.outcome,
    safariCap: cnameAway(survey) !== null,
    accepted: character.accepted,
  };
  if (rule === null) return { host, rule, message: null };
  const judged = { survey, character, rule };
  const message = hostMessage(judged, powers) + claimWords(judged, bench.ground);
  return { host, rule, message };
}

function isWebHost({ addresses, chain, delegation, proxied, outcome }: HostSurvey): boolean {
  const holdsSomething = addresses.length > 0 || chain.length > 0 || delegation !== null || proxied;
  return holdsSomething || outcome === 'unasked' || failures.includes(outcome);
}

/**
 * The name by which cookie rules are asked. A wildcard, a delegation or a DNAME above the cookie's own domain answers for
 * that domain too, so it is asked as that.
 */
function subjectOf(survey: HostSurvey, { scope, isInUse }: Bench): string {
  const places = scope.cookie.domain === null ? scope.homes : [scope.cookie.domain];
  return places.find((place) => answersFor(survey, place, isInUse)) ?? survey.name;
}

function answersFor(survey: HostSurvey, place: string, isInUse: Bench['isInUse']): boolean {
  const { name, wildcard, delegation, chain } = survey;
  if (wildcard) {
    const above = name.slice(2);
    return place !== above && liesUnder(place, above) && !isInUse(place);
  }
  if (delegation !== null && delegation.zone === name) return liesUnder(place, name);
  const [first] = chain;
  return first?.kind === 'dname' && place !== first.from && liesUnder(place, first.from);
}

function characterOf(survey: HostSurvey, bench: Bench): Character {
  const character = answeringCharacter(survey, bench);
  const isAccepted = survey.outcome !== 'nxdomain' && bench.ground.isAcceptedHost(survey.name);
  return isAccepted && character.kind !== 'unknown' ? { ...character, accepted: true } : character;
}

function answeringCharacter(survey: HostSurvey, bench: Bench): Character {
  return (
    delegatedCharacter(survey, bench) ??
    unknownCharacter(survey, bench) ??
    chainCharacter(survey, bench) ??
    addressCharacter(survey, bench) ??
    plain('own', ownOperator(survey, bench))
  );
}

function delegatedCharacter({ delegation }: HostSurvey, { ground }: Bench): Character | null {
  if (delegation === null) return null;
  const foreign = delegation.servers.filter((server) => !ground.isOurs(server));
  const [first] = foreign.filter((server) => !ground.isAccepted(server));
  const named = first ?? foreign[0];
  if (named === undefined) return null;
  const operator = operatorOf(named, delegation.servers, null);
  const accepted = first === undefined;
  return {
    kind: 'delegated',
    rule: 'delegated',
    whenRead: 'high',
    operator,
    known: null,
    accepted,
  };
}

function unknownCharacter(survey: HostSurvey, bench: Bench): Character | null {
  const { ground } = bench;
  const { outcome, chain, addresses } = survey;
  const isUnasked = outcome === 'unasked' && chain.length === 0 && addresses.length === 0;
  if (
    !failures.includes(outcome) &&
    !(isUnasked && survey.delegation === null && !survey.proxied)
  ) {
    return null;
  }
  const foreign = chain.find(({ to }) => !ground.isOurs(to) && !ground.isAccepted(to));
  const last = chain.at(-1)?.to;
  const operator =
    last === undefined
      ? ownOperator(survey, bench)
      : operatorOf(foreign?.to ?? last, targetsOf(survey), null);
  const whenRead = foreign === undefined ? 'low' : 'medium';
  return { kind: 'unknown', rule: 'unknown', whenRead, operator, known: null, accepted: false };
}

function chainCharacter(survey: HostSurvey, { ground, firms }: Bench): Character | null {
  const targets = targetsOf(survey);
  const last = targets.at(-1);
  if (last === undefined) return null;
  const isGone = survey.outcome === 'nxdomain';
  const foreign = targets.filter((target) => !ground.isOurs(target));
  const strange = foreign.filter((target) => !ground.isAccepted(target));
  const known = gravest(strange.length === 0 ? foreign : strange, firms);
  const end = ground.isOurs(last) ? foreign[0] : last;
  const operator = operatorOf(end ?? last, targets, known?.firm ?? null);
  if (isGone && (end === last || foreign.length === 0)) {
    const whenRead = foreign.length === 0 && ground.isOursAlone(last) ? 'low' : 'critical';
    return { kind: 'dangling', rule: 'dangling', whenRead, operator, known, accepted: false };
  }
  if (foreign.length === 0) return null;
  if (strange.length === 0) return { ...plain('third-party', operator), known, accepted: true };
  const isProxied = strange.every((target) =>
    firms.find(target).some(({ kind }) => kind === 'proxy'),
  );
  return strangeCharacter(survey, { operator, known, accepted: false }, isProxied);
}

/** `isProxied`: every strange target is a proxy's. */
function strangeCharacter(
  survey: HostSurvey,
  base: Pick<Character, 'operator' | 'known' | 'accepted'>,
  isProxied: boolean,
): Character {
  const { known } = base;
  const canBeTaken =
    known?.kind === 'takeover' && (!known.vanishes || survey.outcome === 'unasked');
  if (survey.wildcard) {
    const whenRead = known?.kind === 'tracker' ? 'critical' : 'high';
    return { kind: 'wildcard', rule: 'wildcard', whenRead, ...base };
  }
  // Critical is what is known to be free: a name that does not exist.
  if (canBeTaken) return { kind: 'dangling', rule: 'dangling', whenRead: 'high', ...base };
  if (isProxied && known?.kind === 'proxy') {
    return { kind: 'third-party', rule: 'proxy', whenRead: 'low', ...base };
  }
  const whenRead = known?.kind === 'tracker' ? 'critical' : 'high';
  return { kind: 'third-party', rule: 'third-party', whenRead, ...base };
}

function addressCharacter(survey: HostSurvey, { ground }: Bench): Character | null {
  if (survey.proxied) {
    const operator = operatorOf('cloudflare.com', targetsOf(survey), 'Cloudflare');
    const accepted = ground.isAccepted('cloudflare.com');
    return { ...plain('third-party', operator), rule: 'proxy', whenRead: 'low', accepted };
  }
  const last = survey.chain.at(-1)?.to;
  if (last !== undefined && ground.isOurTarget(last)) return null;
  if (survey.addresses.every((address) => ground.isOurAddress(address))) return null;
  const operator: Operator = {
    site: null,
    icannSite: null,
    chain: nothing,
    sites: nothing,
    firm: null,
  };
  return { ...plain('third-party', operator), rule: 'foreign-address', whenRead: 'medium' };
}

function plain(kind: HostKind, operator: Operator): Character {
  return { kind, rule: null, whenRead: 'none', operator, known: null, accepted: false };
}

/** A chain that ends in nothing inside the family: nobody answers, and nobody else can come to. */
function isEmptyOwn({ kind, whenRead }: Character): boolean {
  return kind === 'dangling' && whenRead === 'low';
}

function ruleOf({ kind, rule }: Character, receives: boolean): RuleId | null {
  return receives || kind === 'dangling' || kind === 'unknown' ? rule : 'sibling';
}

function severityOf(
  character: Character,
  powers: readonly Power[],
  isSibling: () => boolean,
): Severity {
  const { rule, whenRead, accepted, kind } = character;
  if (rule === null || accepted) return 'none';
  if (kind === 'unknown' || isEmptyOwn(character)) return isSibling() ? whenRead : 'none';
  if (powers.includes('read')) return whenRead;
  if (powers.length === 0) return 'none';
  if (kind === 'dangling') return 'medium';
  const isMild = rule === 'proxy' || rule === 'foreign-address';
  return powers.includes('shadow') && !isMild ? 'medium' : 'low';
}

function gravest(targets: readonly string[], firms: Firms): KnownTarget | null {
  const found = targets.flatMap((target) => firms.find(target));
  return (
    found.find(({ kind }) => kind === 'tracker') ??
    found.find(({ kind }) => kind === 'takeover') ??
    found[0] ??
    null
  );
}

function targetsOf({ chain }: HostSurvey): readonly string[] {
  return chain.map(({ to }) => to);
}

function ownOperator({ name }: HostSurvey, { ownOperators }: Bench): Operator {
  const site = siteOf(name.replace(/^\*\./, ''));
  const known = ownOperators.get(site);
  if (known !== undefined) return known;
  const operator: Operator = { site, icannSite: null, chain: nothing, sites: nothing, firm: null };
  ownOperators.set(site, operator);
  return operator;
}

const nothing: readonly string[] = Object.freeze([]);

function operatorOf(name: string, chain: readonly string[], firm: string | null): Operator {
  const site = siteOf(name) ?? name;
  const icannSite = icannSiteOf(name);
  const sites = chain.map((one) => siteOf(one) ?? one);
  return { site, icannSite: icannSite === site ? null : icannSite, chain, sites, firm };
}
