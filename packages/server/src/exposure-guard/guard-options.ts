import { LatchkeyError } from '@latchkey/session';
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

/** {@link ExposureGuardOptions} with every default. Throws `option_invalid`. */
export function resolveGuardOptions(options: ExposureGuardOptions): Required<ExposureGuardOptions> {
  const { check, policy, failOn = 'high', everySeconds = 3_600, timeoutSeconds = 120 } = options;
  if (typeof check !== 'function') throw invalid('exposure.check must be a function.');
  if (policy !== 'refuse' && policy !== 'warn') {
    throw invalid("exposure.policy must be 'refuse' or 'warn'.");
  }
  const levels: readonly string[] = exposureSeverities.slice(1);
  if (!levels.includes(failOn)) {
    throw invalid(`exposure.failOn must be one of: ${levels.join(', ')}.`);
  }
  refuseOutside('everySeconds', everySeconds, 86_400);
  refuseOutside('timeoutSeconds', timeoutSeconds, 3_600);
  return { check, policy, failOn, everySeconds, timeoutSeconds };
}

function refuseOutside(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw invalid(`exposure.${name} must be a whole number from 1 to ${most}.`);
}

function invalid(message: string): LatchkeyError {
  return new LatchkeyError('option_invalid', message);
}
