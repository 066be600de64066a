// Owns what the login host does about hosts that receive the shared cookie: when it checks, what it refuses or
// pauses, what administrators see. The check itself is handed in by the caller: this package does not know
// `@latchkey/exposure`.

import type { LatchkeyEvent } from '@latchkey/session';
import {
  type CheckedExposure,
  type CheckFailure,
  type CheckOutcome,
  type ExposureFinding,
  type ExposureSeverity,
  isSevere,
  runCheck,
} from './exposure-check.ts';
import { exposed, hostsNamed, hostWords, unchecked } from './guard-messages.ts';
import type { ExposureGuardOptions } from './guard-options.ts';
import { compareFindings, type FindingChanges } from './open-findings.ts';

type Findings = readonly ExposureFinding[];

/** What is known of who else receives the shared cookie. */
export interface ExposureState {
  readonly policy: 'refuse' | 'warn';
  /** Severity from which a finding counts for the policy. */
  readonly failOn: ExposureSeverity;
  /** Findings that hold, the worst first. */
  readonly open: Findings;
  /** Signing in to shared apps is paused. */
  readonly isPaused: boolean;
  /** The last check that came to an end; null before the first. */
  readonly last: (CheckedExposure & { readonly at: number }) | null;
  /** Set while the newest check is a failed one: what is known is older. */
  readonly failure: { readonly why: CheckFailure; readonly at: number } | null;
}

/** Checks at start and on a timer, and judges by the policy. */
export interface ExposureGuard {
  /**
   * The first check. Rejects under policy `refuse`: `exposure_found` at findings of the level or worse, `exposure_unchecked`
   * when the check failed.
   */
  checkAtStart(): Promise<void>;
  /** Begins to check by itself; the next check follows an interval after the one before ended. */
  start(): void;
  /** No further check; one under way is given up. */
  stop(): void;
  /** One check, as the timer does it. Never rejects. */
  checkOnce(): Promise<void>;
  state(): ExposureState;
}

export interface ExposureGuardDeps {
  /** Checked by `resolveGuardOptions`. */
  readonly options: Required<ExposureGuardOptions>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onEvent: (event: LatchkeyEvent) => void;
}

const nothingKnown = { open: [], isPaused: false, last: null, failure: null } as const;

export function createExposureGuard({ options, now, onEvent }: ExposureGuardDeps): ExposureGuard {
  const { policy, failOn } = options;
  const stopping = new AbortController();
  let state: ExposureState = { ...nothingKnown, policy, failOn };
  let timer: NodeJS.Timeout | undefined;

  const tell = createNotifier(onEvent);
  const severe = (all: Findings): Findings => all.filter((one) => isSevere(one.severity, failOn));

  const ask = async (): Promise<CheckOutcome> => {
    const outcome = await runCheck(options.check, options.timeoutSeconds * 1000, stopping.signal);
    if (outcome.kind === 'failed' && !stopping.signal.aborted) {
      state = { ...state, failure: { why: outcome.why, at: now() } };
      const cause = outcome.cause === undefined ? {} : { cause: outcome.cause };
      onEvent({ type: 'exposure.check-failed', reason: outcome.why, ...cause });
    }
    return outcome;
  };
  const keep = (checked: CheckedExposure): FindingChanges => {
    const changes = compareFindings(state.open, checked);
    const isPaused = policy === 'refuse' && severe(changes.open).length > 0;
    const last = { ...checked, at: now() };
    state = { policy, failOn, open: changes.open, isPaused, last, failure: null };
    return changes;
  };
  const checkOnce = async (): Promise<void> => {
    const { isPaused: wasPaused, last } = state;
    const outcome = await ask();
    if (outcome.kind === 'failed' || stopping.signal.aborted) return;
    const { open, opened, closed } = keep(outcome.checked);
    if (last === null) tell('exposure.found', severe(open));
    else tell('exposure.opened', opened);
    tell('exposure.closed', closed);
    if (state.isPaused && !wasPaused) tell('exposure.paused', severe(open));
    if (!state.isPaused && wasPaused) onEvent({ type: 'exposure.resumed' });
  };
  const next = (): void => {
    timer = setTimeout(() => {
      void checkOnce().finally(() => {
        if (!stopping.signal.aborted) next();
      });
    }, options.everySeconds * 1000);
    timer.unref();
  };

  return {
    checkOnce,
    state: () => state,
    async checkAtStart() {
      const outcome = await ask();
      if (outcome.kind === 'failed') {
        if (policy === 'refuse') throw unchecked(outcome);
        return;
      }
      const found = severe(keep(outcome.checked).open);
      if (policy === 'refuse' && found.length > 0) throw exposed(found);
      tell('exposure.found', found);
    },
    start() {
      if (timer === undefined) next();
    },
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

type FindingsEvent = `exposure.${'found' | 'opened' | 'closed' | 'paused'}`;

/** One event for the findings of a check; none for none. */
function createNotifier(
  onEvent: ExposureGuardDeps['onEvent'],
): (type: FindingsEvent, findings: Findings) => void {
  return (type, findings) => {
    const [worst] = findings;
    if (worst === undefined) return;
    const hosts = [...new Set(findings.map(hostWords))].slice(0, hostsNamed);
    onEvent({ type, reason: worst.severity, hosts });
  };
}
