import type { Delegation } from '../host-survey.ts';
import type { Lookups } from './lookups.ts';
import { isAtOrBelow, isBelow, parentOf } from './name.ts';

export interface DelegationQuestion {
  readonly name: string;
  /** The family's own zone: at and above it nothing counts as delegated away. */
  readonly familyZone: string;
  /** The zone that earlier answers named, which saves asking. */
  readonly zone: string | null;
  /** The servers that earlier answers referred to. */
  readonly referral: Delegation | null;
  /** A name with a CNAME is no zone: the search begins above it. */
  readonly hasCname: boolean;
}

/** The nearest delegation at or above a name and strictly below the family's zone, as the servers tell it. */
export async function findDelegation(
  lookups: Lookups,
  question: DelegationQuestion,
): Promise<Delegation | null> {
  const { name, familyZone, zone, referral } = question;
  if (referral !== null) return isBelow(referral.zone, familyZone) ? referral : null;
  if (zone !== null) return delegationOfZone(lookups, zone, familyZone);
  let at: string | null = question.hasCname ? parentOf(name) : name;
  while (at !== null && isBelow(at, familyZone)) {
    const answer = await lookups.servers(at);
    const found = answer?.delegation ?? null;
    if (found !== null) return isBelow(found.zone, familyZone) ? found : null;
    // The reply names the zone: nothing between it and the name is cut off.
    if (answer?.zone != null) return delegationOfZone(lookups, answer.zone, familyZone);
    at = parentOf(at);
  }
  return null;
}

async function delegationOfZone(
  lookups: Lookups,
  zone: string,
  familyZone: string,
): Promise<Delegation | null> {
  if (!isBelow(zone, familyZone)) return null;
  const answer = await lookups.servers(zone);
  const found = answer?.delegation ?? null;
  // That it is a zone of its own is known even where nobody names its servers.
  return found !== null && found.zone === zone ? found : { zone, servers: [] };
}

/** What records and servers say together: the nearer zone, or the servers of both. */
export function mergeDelegations(
  known: Delegation | null,
  seen: Delegation | null,
): Delegation | null {
  if (known === null || seen === null) return known ?? seen;
  if (known.zone !== seen.zone) return isAtOrBelow(known.zone, seen.zone) ? known : seen;
  return { zone: known.zone, servers: [...new Set([...known.servers, ...seen.servers])] };
}
