import {
  invalidOption,
  requireOneOf,
  requireText,
  requireTexts,
  requireWhole,
} from '../option-rules.ts';

/** The check of who else receives the shared cookie, which `latchkey serve` runs at start and on a timer. */
export interface ExposureSettings {
  /**
   * `'refuse'`, the default: findings keep the login host from starting, and later ones pause signing in to shared apps.
   * `'warn'`: they are told and shown.
   */
  readonly policy?: 'refuse' | 'warn';
  /** Severity from which a finding counts for the policy. Default `high`. */
  readonly failOn?: 'low' | 'medium' | 'high' | 'critical';
  /** Seconds between the end of a check and the next. Whole number from 1 to 86,400. Default 3,600. */
  readonly everySeconds?: number;
  /** Zone files as BIND reads them, or what other tools export, told by its shape. Read again at every check. */
  readonly zones?: readonly string[];
  /** Folders besides its own from which a zone file may include. Default none. */
  readonly includeFolders?: readonly string[];
  /** Zones to transfer: `kittens.example@ns1.kittens.example`. */
  readonly transfers?: readonly string[];
  /** Host names to look at, beside those of the apps. */
  readonly hosts?: readonly string[];
  /** Name servers to ask, such as `127.0.0.1:53`. Default: those of the machine. */
  readonly resolver?: readonly string[];
  /** Domains that are yours, beside the site of the cookie, the zones, and the sites of the apps. */
  readonly ownDomains?: readonly string[];
  /** Your networks, such as `192.0.2.0/24`. Without any, every address counts as yours. */
  readonly ownRanges?: readonly string[];
  /** Targets that may have the cookie, by their whole names, or hosts of yours, whoever answers for them. */
  readonly accepted?: readonly string[];
  /** File of accepted findings, each with reason and last day. Read again at every check. Default none. */
  readonly baseline?: string;
}

/** {@link ExposureSettings} with every default. */
export interface FamilyExposure extends Required<Omit<ExposureSettings, 'baseline'>> {
  readonly baseline: string | null;
}

const longestIntervalSeconds = 86_400;
const levels = ['low', 'medium', 'high', 'critical'] as const;
const listNames = [
  'zones',
  'includeFolders',
  'transfers',
  'hosts',
  'resolver',
  'ownDomains',
  'ownRanges',
  'accepted',
] as const;

export const exposureOptionNames: readonly string[] = [
  'policy',
  'failOn',
  'everySeconds',
  'baseline',
  ...listNames,
];

/** Fills in the defaults; what lists say is read by the check itself. Throws `option_invalid`. */
export function resolveExposure(settings: ExposureSettings): FamilyExposure {
  const { policy = 'refuse', failOn = 'high', everySeconds = 3_600, baseline = null } = settings;
  const lists = Object.fromEntries(
    listNames.map((name) => [name, Object.freeze([...listOf(name, settings[name])])]),
  ) as Record<(typeof listNames)[number], readonly string[]>;
  const { zones, transfers, hosts } = lists;
  if (zones.length + transfers.length + hosts.length === 0) {
    throw invalidOption('exposure.zones, transfers or hosts must say what to look at.');
  }
  const bounds = { least: 1, most: longestIntervalSeconds };
  return Object.freeze({
    ...lists,
    policy: requireOneOf(policy, ['refuse', 'warn'], 'exposure.policy'),
    failOn: requireOneOf(failOn, levels, 'exposure.failOn'),
    everySeconds: requireWhole(everySeconds, 'exposure.everySeconds', bounds),
    baseline: baseline === null ? null : requireText(baseline, 'exposure.baseline'),
  });
}

function listOf(name: string, value: unknown): readonly string[] {
  return value === undefined ? [] : requireTexts(value, `exposure.${name}`);
}
