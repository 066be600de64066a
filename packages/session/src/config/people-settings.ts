import { invalidOption, refuseUnknown, requireOneOf, requireTexts } from '../option-rules.ts';

/** Who may have an account, and what becomes of those who ask for one. */
export interface PeopleSettings {
  /**
   * `'closed'`, the default: only operators make accounts. `'invitation'`: who was invited by mail. `'open'`: anybody may ask
   * for an account with an address that they prove to be theirs.
   */
  readonly registration?: 'closed' | 'invitation' | 'open';
  /**
   * With `registration: 'open'`: the domains of the addresses that may ask, such as `kittens.example`; subdomains are
   * domains of their own. An invitation may go to any address. Default: all.
   */
  readonly domains?: readonly string[];
  /**
   * `'required'`, the default: who has registered waits until an administrator approves. `'automatic'`: they can sign in
   * right after they proved their address. Who was invited never waits.
   */
  readonly approval?: 'required' | 'automatic';
}

/** {@link PeopleSettings} with every default. */
export interface FamilyPeople extends Required<Omit<PeopleSettings, 'domains'>> {
  /** Lower case, A-labels. Null: any. */
  readonly domains: readonly string[] | null;
}

const peopleOptionNames: readonly (keyof PeopleSettings)[] = [
  'registration',
  'domains',
  'approval',
];
/** At least two labels, the last of which is no number: an address in figures is no domain. */
const domainPattern = /^(?:[a-z0-9-]+\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]+$/;
const registrations = ['closed', 'invitation', 'open'] as const;
const approvals = ['required', 'automatic'] as const;

/** Fills in the defaults. Throws `option_invalid`. Does not look whether a domain exists. */
export function resolvePeople(settings: PeopleSettings = {}): FamilyPeople {
  refuseUnknown(settings, peopleOptionNames, 'people');
  const { registration = 'closed', domains, approval = 'required' } = settings;
  const resolved = {
    registration: requireOneOf(registration, registrations, 'people.registration'),
    domains: domains === undefined ? null : Object.freeze(domainsOf(domains)),
    approval: requireOneOf(approval, approvals, 'people.approval'),
  };
  if (resolved.domains !== null && resolved.registration !== 'open') {
    throw invalidOption(
      `people.domains says who may ask for an account, and with registration '${resolved.registration}' nobody may: write registration: 'open', or leave the domains out.`,
    );
  }
  return Object.freeze(resolved);
}

function domainsOf(domains: unknown): readonly string[] {
  const names = requireTexts(domains, 'people.domains');
  if (names.length === 0) {
    throw invalidOption('people.domains is empty: nobody could ask. Leave it out for all domains.');
  }
  return names.map((name, index) => {
    const host = URL.canParse(`https://${name}`) ? new URL(`https://${name}`) : null;
    const isBare = host?.href === `https://${host?.hostname}/` && !/[/?#@:*\s]/.test(name);
    if (host !== null && isBare && domainPattern.test(host.hostname)) return host.hostname;
    throw invalidOption(
      `people.domains[${index}] must be a domain as it follows the @ of an address: 'kittens.example', without @ and *.`,
    );
  });
}
