import { invalidOption, refuseUnknown, requireOneOf, requireWhole } from '@latchkey/session/parts';
import { type ExposureCheck, type ExposureSeverity, exposureSeverities } from './exposure-check.ts';

/** The check of who else receives the shared cookie, run by the login host. Idle in a family without shared apps. */
export interface ExposureGuardOptions {
  /** Asks DNS. `latchkey serve` makes it from the family config. */
  readonly check: ExposureCheck;
  /**
   * `'refuse'`: findings keep the login host from starting, and later ones pause signing in to shared apps. `'warn'`:
   * findings are told as events and shown at `/exposure`.
   */
  readonly policy: 'refuse' | 'warn';
  /** Severity from which a finding counts for the policy: `low`, `medium`, `high` (the default) or `critical`. */
  readonly failOn?: Exclude<ExposureSeverity, 'none'>;
  /** Seconds between the end of a check and the next. Whole number from 1 to 86,400 (a day). Default 3,600. */
  readonly everySeconds?: number;
  /** Seconds a check may take. Whole number from 1 to 3,600. Default 120. */
  readonly timeoutSeconds?: number;
}

const optionNames = ['check', 'policy', 'failOn', 'everySeconds', 'timeoutSeconds'];

/** {@link ExposureGuardOptions} with every default. Throws `option_invalid`. */
export function resolveGuardOptions(options: ExposureGuardOptions): Required<ExposureGuardOptions> {
  refuseUnknown(options, optionNames, 'exposure');
  const { check, policy, failOn = 'high', everySeconds = 3_600, timeoutSeconds = 120 } = options;
  if (typeof check !== 'function') throw invalidOption('exposure.check must be a function.');
  const levels = exposureSeverities.filter((severity) => severity !== 'none');
  return {
    check,
    policy: requireOneOf(policy, ['refuse', 'warn'], 'exposure.policy'),
    failOn: requireOneOf(failOn, levels, 'exposure.failOn'),
    everySeconds: requireWhole(everySeconds, 'exposure.everySeconds', { least: 1, most: 86_400 }),
    timeoutSeconds: requireWhole(timeoutSeconds, 'exposure.timeoutSeconds', {
      least: 1,
      most: 3_600,
    }),
  };
}
