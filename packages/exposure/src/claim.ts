import type { JudgedHost } from './character.ts';
import type { FamilyGround } from './family.ts';
import type { HostSurvey } from './host-survey.ts';

/** Names that one flag holds. A chain has ten hops at most. */
const nameLimit = 20;

/**
 * What to add to the command when the host is the family's after all: the flag, with whole names. Never a firm: whoever lets a
 * whole delivery network in lets in every customer of it. Empty where nothing can be said away, as for a name that is gone.
 */
export function claimWords(
  { survey, character: { kind }, rule }: JudgedHost,
  ground: FamilyGround,
): string {
  if (kind === 'own' || kind === 'unknown' || rule === 'unknown') return '';
  if (kind === 'dangling' && survey.outcome === 'nxdomain') return '';
  const strange = strangeNames(survey, ground).slice(0, nameLimit);
  if (strange.length > 0) return ` If that is yours: --own-domain ${strange.join(' ')}`;
  if (survey.proxied) return ` If that is meant: --accept ${survey.name}`;
  const addresses = survey.addresses.filter((address) => !ground.isOurAddress(address));
  return addresses.length === 0
    ? ''
    : ` If that is yours: --own-range ${addresses.slice(0, nameLimit).join(' ')}`;
}

/** The targets, or the name servers of a delegation, that are neither the family's nor accepted. */
function strangeNames({ chain, delegation }: HostSurvey, ground: FamilyGround): readonly string[] {
  const isStrange = (name: string): boolean => !ground.isOurs(name) && !ground.isAccepted(name);
  const servers = delegation?.servers.filter(isStrange) ?? [];
  const names = servers.length > 0 ? servers : chain.map(({ to }) => to).filter(isStrange);
  return [...new Set(names)];
}
