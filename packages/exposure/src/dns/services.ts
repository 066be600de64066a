import type { Hop } from '../host-survey.ts';
import { chainLimit } from './chain.ts';
import type { Lookups } from './lookups.ts';

/** Targets kept for one name. */
const targetLimit = 20;

/**
 * The targets of a name's HTTPS records that are another name (RFC 9460), found at the end of its CNAMEs. Targets of targets
 * are not looked for: whoever holds the first one decides them. A question without an answer gives none.
 */
export async function findServices(lookups: Lookups, name: string): Promise<readonly Hop[]> {
  let at = name;
  for (let asked = 0; asked <= chainLimit; asked += 1) {
    const answer = await lookups.services(at);
    if (answer === null) return [];
    if (answer.outcome !== null) return hopsOf(answer.end, answer.addresses);
    at = answer.end;
  }
  return [];
}

function hopsOf(from: string, targets: readonly string[]): readonly Hop[] {
  return [...new Set(targets)]
    .filter((to) => to !== '.' && to !== from)
    .slice(0, targetLimit)
    .map((to) => ({ kind: 'https', from, to }));
}
