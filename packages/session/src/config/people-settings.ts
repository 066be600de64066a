import { invalidOption, refuseUnknown, requireOneOf } from '../option-rules.ts';
import { requireEmailDomains } from './email-domains.ts';

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
const registrations = ['closed', 'invitation', 'open'] as const;
const approvals = ['required', 'automatic'] as const;

/** Fills in the defaults. Throws `option_invalid`. Does not look whether a domain exists. */
export function resolvePeople(settings: PeopleSettings = {}): FamilyPeople {
  refuseUnknown(settings, peopleOptionNames, 'people');
  const { registration = 'closed', domains, approval = 'required' } = settings;
  const resolved = {
    registration: requireOneOf(registration, registrations, 'people.registration'),
    domains: domains === undefined ? null : requireEmailDomains(domains, 'people.domains'),
    approval: requireOneOf(approval, approvals, 'people.approval'),
  };
  if (resolved.domains !== null && resolved.registration !== 'open') {
    throw invalidOption(
      `people.domains says who may ask for an account, and with registration '${resolved.registration}' nobody may: write registration: 'open', or leave the domains out.`,
    );
  }
  return Object.freeze(resolved);
}
