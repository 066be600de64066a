import type { Delegation, Hop, Outcome } from '../host-survey.ts';
import type { Answer } from './answer.ts';
import { chainLimit, mergeHops, worstBranch } from './chain.ts';
import type { Lookups } from './lookups.ts';
import { findServices } from './services.ts';

/** What servers say about one name, both address types together. */
export interface Walked {
  readonly chain: readonly Hop[];
  readonly addresses: readonly string[];
  readonly outcome: Outcome;
  /** The zone of the name itself, where an answer named it. */
  readonly zone: string | null;
  readonly referral: Delegation | null;
}

/** Aliases that an export shows and DNS does not. */
export type AliasesOf = (name: string) => readonly string[];

/** Hops kept for one host whose answers branch. */
const hopLimit = 100;
const typeOrder: readonly Outcome[] = [
  'resolved',
  'nxdomain',
  'unasked',
  'loop',
  'too-long',
  'servfail',
  'refused',
  'timeout',
  'nodata',
];

/**
 * Asks for a name's addresses and follows every hop: CNAMEs and DNAMEs, also those that a server answers at once, targets of
 * HTTPS records, and known aliases. Null when the run was aborted.
 */
export async function walkLive(
  lookups: Lookups,
  name: string,
  aliasesOf: AliasesOf,
): Promise<Walked | null> {
  const walks = (['A', 'AAAA'] as const).map((type) => createWalk(lookups, type, aliasesOf));
  await Promise.all(walks.map((walk) => visit(walk, name, [])));
  if (walks.some((walk) => walk.isAborted)) return null;
  await Promise.all((await servicesOf(walks, name)).map((hop) => followService(walks, hop)));
  // Servers exist that deny a name when asked for an address type that it lacks: the better news of the two types.
  const outcomes = walks.map((walk) => worstBranch(walk.outcomes));
  return {
    chain: mergeHops(walks.map((walk) => walk.chain)),
    addresses: walks.flatMap((walk) => [...walk.addresses]),
    outcome: typeOrder.find((outcome) => outcomes.includes(outcome)) ?? 'nodata',
    zone: walks.find((walk) => walk.zone !== null)?.zone ?? null,
    referral: walks.find((walk) => walk.referral !== null)?.referral ?? null,
  };
}

/** A name that is denied, or of which nothing is said, is not asked about again. */
async function servicesOf(walks: readonly Walk[], name: string): Promise<readonly Hop[]> {
  const [first] = walks;
  const outcomes = walks.map(({ outcomes }) => worstBranch(outcomes));
  const isOpen = outcomes.some((one) => ['resolved', 'nodata', 'unasked'].includes(one));
  return first === undefined || !isOpen ? [] : await findServices(first.lookups, name);
}

async function followService(walks: readonly Walk[], hop: Hop): Promise<void> {
  await Promise.all(
    walks.map((walk) => {
      walk.chain.push(hop);
      return visit(walk, hop.to, [hop.from]);
    }),
  );
}

interface Walk {
  readonly lookups: Lookups;
  readonly type: 'A' | 'AAAA';
  readonly aliasesOf: AliasesOf;
  readonly chain: Hop[];
  readonly addresses: Set<string>;
  readonly outcomes: Outcome[];
  readonly visited: Set<string>;
  zone: string | null;
  referral: Delegation | null;
  /** Some answer came from a server that follows chains itself. */
  isRecursive: boolean;
  isAborted: boolean;
}

function createWalk(lookups: Lookups, type: 'A' | 'AAAA', aliasesOf: AliasesOf): Walk {
  return {
    lookups,
    type,
    aliasesOf,
    chain: [],
    addresses: new Set(),
    outcomes: [],
    visited: new Set(),
    zone: null,
    referral: null,
    isRecursive: false,
    isAborted: false,
  };
}

/** `path`: the names on the way, which a loop comes back to. */
async function visit(walk: Walk, name: string, path: readonly string[]): Promise<void> {
  if (hasEnded(walk, name, path) || walk.visited.has(name)) return;
  walk.visited.add(name);
  const answers = await walk.lookups.addresses(name, walk.type);
  if (answers.length === 0) walk.isAborted = true;
  for (const answer of answers) await takeAnswer(walk, answer, { name, path });
  await followAliases(walk, name, path);
}

function hasEnded(walk: Walk, name: string, path: readonly string[]): boolean {
  if (path.includes(name)) walk.outcomes.push('loop');
  else if (path.length > chainLimit || walk.chain.length >= hopLimit) {
    walk.outcomes.push('too-long');
  } else return false;
  return true;
}

async function takeAnswer(
  walk: Walk,
  answer: Answer,
  { name, path }: { readonly name: string; readonly path: readonly string[] },
): Promise<void> {
  if (path.length === 0 && answer.hops.length === 0) {
    walk.zone ??= answer.zone;
    walk.referral ??= answer.referral;
  }
  if (answer.isRecursive) walk.isRecursive = true;
  let way = path;
  for (const hop of answer.hops) {
    way = [...way, hop.from];
    walk.chain.push(hop);
    if (hasEnded(walk, hop.to, way)) return;
    if (hop.to !== answer.end) await followAliases(walk, hop.to, way);
  }
  for (const address of answer.addresses) walk.addresses.add(address);
  if (answer.outcome === null) return await visit(walk, answer.end, way);
  if (answer.hops.length > 0) await followAliases(walk, answer.end, way);
  if (answer.outcome === 'servfail' && answer.hops.length === 0) {
    return await askTarget(walk, name, path);
  }
  // An authoritative server refuses what is not its own: the chain leaves what can be asked here, no more.
  const isBeyond = answer.outcome === 'refused' && path.length > 0 && !walk.isRecursive;
  walk.outcomes.push(isBeyond ? 'unasked' : answer.outcome);
}

/** A resolver that cannot finish a chain says SERVFAIL and no more; asked for the CNAME alone it tells the next hop. */
async function askTarget(walk: Walk, name: string, path: readonly string[]): Promise<void> {
  const answer = await walk.lookups.target(name);
  const [hop] = answer?.hops ?? [];
  if (hop === undefined) {
    walk.outcomes.push('servfail');
    return;
  }
  walk.chain.push(hop);
  await visit(walk, hop.to, [...path, name]);
}

async function followAliases(walk: Walk, name: string, path: readonly string[]): Promise<void> {
  for (const to of walk.aliasesOf(name)) {
    const isKnown = walk.chain.some((hop) => hop.from === name && hop.to === to);
    if (isKnown) continue;
    walk.chain.push({ kind: 'alias', from: name, to });
    await visit(walk, to, [...path, name]);
  }
}
