import type { Hop, Outcome } from '../host-survey.ts';

/** A chain may have this many hops; resolvers give up at 8 to 16. */
export const chainLimit = 10;

/**
 * Worst news first, for a name that has several answers (weighted or rotating): a branch that dangles is told before one
 * that works, and one that works before one that says nothing.
 */
const branchOrder: readonly Outcome[] = [
  'nxdomain',
  'resolved',
  'unasked',
  'nodata',
  'servfail',
  'refused',
  'timeout',
  'too-long',
  'loop',
];

/** The outcome of a name whose branches ended so. */
export function worstBranch(outcomes: readonly Outcome[]): Outcome {
  return branchOrder.find((outcome) => outcomes.includes(outcome)) ?? 'nodata';
}

/** Hops of several walks from one name, each once, in the order in which they were met. */
export function mergeHops(chains: readonly (readonly Hop[])[]): readonly Hop[] {
  const [first, ...others] = chains.filter((chain) => chain.length > 0);
  if (first === undefined || others.length === 0) return first ?? [];
  const merged = new Map<string, Hop>();
  for (const hop of chains.flat()) merged.set(`${hop.kind} ${hop.from} ${hop.to}`, hop);
  return [...merged.values()];
}
