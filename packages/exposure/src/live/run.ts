// Owns what a survey learns by asking that no list of records says: wildcards, shared delegations, views
// that differ. The asking itself belongs to `dns/`, the order of the steps and the judgement to the files
// above.

import { randomBytes } from 'node:crypto';
import { getDomain } from 'tldts';
import { findDelegation, mergeDelegations } from '../dns/delegations.ts';
import type { AliasesOf, Walked } from '../dns/live-walk.ts';
import type { Lookups } from '../dns/lookups.ts';
import { isAtOrBelow, parentOf } from '../dns/name.ts';
import type { AbsentName, HostSurvey, Source } from '../host-survey.ts';
import type { ZoneIndex } from '../zone-index.ts';

/** A name for which the records and the resolver say different things: split horizon, or an old export. */
export interface ViewDifference {
  readonly name: string;
  /** `absent`: the resolver knows no such host. `other-target`: it points elsewhere. */
  readonly what: 'absent' | 'other-target';
}

/** One run of a live survey: what it asks with and what it has found. */
export interface Run {
  readonly index: ZoneIndex;
  readonly lookups: Lookups;
  readonly probeLabel: () => string;
  readonly aliasesOf: AliasesOf;
  /** By level: what a random label below it brought. */
  readonly probes: Map<string, HostSurvey>;
  /** By parent: the registrable domain of the names right below it. */
  readonly siteBelow: Map<string, string>;
  readonly hosts: HostSurvey[];
  readonly absent: AbsentName[];
  readonly differences: ViewDifference[];
}

export function createRun(index: ZoneIndex, lookups: Lookups, probeLabel?: () => string): Run {
  return {
    index,
    lookups,
    probeLabel: probeLabel ?? (() => randomBytes(10).toString('hex')),
    aliasesOf: (name) => index.node(name)?.aliases ?? [],
    probes: new Map(),
    siteBelow: new Map(),
    hosts: [],
    absent: [],
    differences: [],
  };
}

/** The zone below which names can be delegated away: a zone of the inputs, or else the registrable domain. */
export function familyZoneOf(run: Run, name: string): string | null {
  const known = run.index.familyZoneOf(name);
  if (known !== null) return known;
  const bare = name.startsWith('*.') ? name.slice(2) : name;
  const parent = parentOf(bare) ?? '.';
  // Siblings share it: the suffix list is asked once for thousands of names.
  const found = run.siteBelow.get(parent);
  if (found !== undefined) return found;
  const site = getDomain(bare, { allowPrivateDomains: true, validateHostname: false });
  if (site !== null && isAtOrBelow(parent, site)) run.siteBelow.set(parent, site);
  return site;
}

/** A name to survey. */
export interface Surveyed {
  readonly name: string;
  /** The name that was asked for, which stands for it where it is a wildcard. */
  readonly asked: string;
  readonly source: Source | null;
}

/** The facts of a name out of the answers. */
export async function surveyOf(
  run: Run,
  { name, asked, source }: Surveyed,
  walked: Walked,
): Promise<HostSurvey> {
  const familyZone = familyZoneOf(run, name);
  // A wildcard's CNAME says nothing about the level that it stands at, an alias nothing about the name itself.
  const hasCname =
    asked === name && walked.chain.some(({ kind }) => kind === 'cname' || kind === 'dname');
  const { zone, referral } = walked;
  const seen =
    familyZone === null || asked === familyZone
      ? null
      : await findDelegation(run.lookups, { name: asked, familyZone, zone, referral, hasCname });
  return {
    name,
    wildcard: name.startsWith('*.'),
    chain: walked.chain,
    addresses: walked.addresses,
    delegation: mergeDelegations(run.index.delegationOf(name), seen),
    outcome: walked.outcome,
    proxied: run.index.node(name)?.proxied === true,
    source,
  };
}
