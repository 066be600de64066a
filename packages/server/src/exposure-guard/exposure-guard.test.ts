import type { LatchkeyEvent } from '@latchkey/session';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExposureCheck, ExposureCheckReport, ExposureFinding } from './exposure-check.ts';
import { createExposureGuard, type ExposureGuard } from './exposure-guard.ts';
import { type ExposureGuardOptions, resolveGuardOptions } from './guard-options.ts';

const high: ExposureFinding = {
  ruleId: 'third-party',
  severity: 'high',
  host: 'help.kittens.example',
  message: 'acme.zendesk.com answers.',
};
const low: ExposureFinding = { ...high, ruleId: 'proxy', severity: 'low', host: 'cdn.example' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the check gives next: findings, a whole report, or what it does by itself. */
type Next = readonly ExposureFinding[] | ExposureCheckReport | ExposureCheck;

interface Guarded {
  readonly guard: ExposureGuard;
  readonly events: LatchkeyEvent[];
  /** How often the check ran. */
  readonly runs: () => number;
  next: Next;
}

function guarded(next: Next, options: Partial<ExposureGuardOptions> = {}): Guarded {
  const events: LatchkeyEvent[] = [];
  let runs = 0;
  const check: ExposureCheck = async (signal) => {
    runs += 1;
    if (typeof made.next === 'function') return made.next(signal);
    const report = 'hosts' in made.next ? made.next : reportOf(made.next);
    return { report, html: '<!doctype html><p>report' };
  };
  const made: Guarded = {
    guard: createExposureGuard({
      options: resolveGuardOptions({ check, policy: 'refuse', ...options }),
      now: Date.now,
      onEvent: (event) => void events.push(event),
    }),
    events,
    next,
    runs: () => runs,
  };
  return made;
}

function reportOf(findings: readonly ExposureFinding[]): ExposureCheckReport {
  const named = findings.map(({ host }) => ({ name: host, kind: 'third-party' }));
  return { hosts: [{ name: 'shop.kittens.example', kind: 'own' }, ...named], findings };
}

const codeOf = (code: string): unknown => expect.objectContaining({ code });

describe('at start', () => {
  test('findings of the level keep the login host from starting, and are named', async () => {
    const { guard, events } = guarded([low, high]);
    const refused = guard.checkAtStart();
    await expect(refused).rejects.toEqual(codeOf('exposure_found'));
    await expect(refused).rejects.toThrow('help.kittens.example (third-party, high). Take');
    expect(events).toEqual([]);
  });

  test('of many hosts ten are named', async () => {
    const many = Array.from({ length: 13 }, (_, index) => ({ ...high, host: `h${index}.example` }));
    const refused = guarded(many).guard.checkAtStart();
    await expect(refused).rejects.toThrow('h9.example (third-party, high) and 3 more');
    await expect(refused).rejects.not.toThrow('h10.example');
  });

  test('control characters of DNS reach no message', async () => {
    const refused = guarded([{ ...high, host: 'x\u001b[2J\n.example' }]).guard.checkAtStart();
    await expect(refused).rejects.toThrow('x?[2J?.example');
  });

  test('findings below the level let it start', async () => {
    const { guard, events } = guarded([low]);
    await guard.checkAtStart();
    expect(guard.state()).toMatchObject({ isPaused: false, open: [low] });
    expect(events).toEqual([]);
    const strict = guarded([low], { failOn: 'low' });
    await expect(strict.guard.checkAtStart()).rejects.toEqual(codeOf('exposure_found'));
  });

  test('policy warn tells and starts', async () => {
    const { guard, events } = guarded([high, low], { policy: 'warn' });
    await guard.checkAtStart();
    expect(events).toEqual([
      { type: 'exposure.found', reason: 'high', hosts: ['help.kittens.example'] },
    ]);
    expect(guard.state()).toMatchObject({ isPaused: false, open: [high, low] });
  });

  const failures: readonly [string, Next][] = [
    ['threw', () => Promise.reject(new Error('no servers'))],
    ['malformed', (async () => ({ html: '' })) as unknown as ExposureCheck],
    ['partial', { ...reportOf([]), partial: true }],
    ['no-answer', { hosts: [{ name: 'shop.kittens.example', kind: 'unknown' }], findings: [] }],
    ['no-answer', { hosts: [], findings: [] }],
  ];
  test.each(failures)('a check that fails (%s) is no all-clear', async (reason, next) => {
    const refusing = guarded(next);
    await expect(refusing.guard.checkAtStart()).rejects.toEqual(codeOf('exposure_unchecked'));
    expect(refusing.events).toEqual([
      expect.objectContaining({ type: 'exposure.check-failed', reason }),
    ]);
    const warning = guarded(next, { policy: 'warn' });
    await warning.guard.checkAtStart();
    expect(warning.guard.state()).toMatchObject({ last: null, failure: { why: reason } });
  });

  test('a check that takes too long is told to stop and counts as failed', async () => {
    let signal: AbortSignal | undefined;
    const { guard, events } = guarded((given) => {
      signal = given;
      return new Promise(() => undefined);
    });
    const refused = expect(guard.checkAtStart()).rejects.toEqual(codeOf('exposure_unchecked'));
    await vi.advanceTimersByTimeAsync(119_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await refused;
    expect(signal?.aborted).toBe(true);
    expect(events).toEqual([{ type: 'exposure.check-failed', reason: 'timeout' }]);
  });
});

describe('on the timer', () => {
  const everySeconds = 60;

  async function started(next: Next, more: Partial<ExposureGuardOptions> = {}): Promise<Guarded> {
    const made = guarded(next, { everySeconds, ...more });
    await made.guard.checkAtStart();
    made.guard.start();
    made.events.length = 0;
    return made;
  }
  const round = (): Promise<unknown> => vi.advanceTimersByTimeAsync(everySeconds * 1000);

  test('a finding that opens is an alert and pauses; gone, it is told and goes on', async () => {
    const made = await started([]);
    made.next = [high];
    await round();
    expect(made.events.splice(0)).toEqual([
      { type: 'exposure.opened', reason: 'high', hosts: [high.host] },
      { type: 'exposure.paused', reason: 'high', hosts: [high.host] },
    ]);
    expect(made.guard.state().isPaused).toBe(true);
    await round();
    expect(made.events).toEqual([]);
    made.next = [];
    await round();
    expect(made.events).toEqual([
      { type: 'exposure.closed', reason: 'high', hosts: [high.host] },
      { type: 'exposure.resumed' },
    ]);
    expect(made.guard.state()).toMatchObject({ isPaused: false, open: [] });
  });

  test('policy warn never pauses', async () => {
    const made = await started([], { policy: 'warn' });
    made.next = [high];
    await round();
    expect(made.events.map(({ type }) => type)).toEqual(['exposure.opened']);
    expect(made.guard.state().isPaused).toBe(false);
  });

  test('a finding that gets worse is told as one that opens', async () => {
    const made = await started([low]);
    made.next = [{ ...low, severity: 'critical' }];
    await round();
    expect(made.events.map(({ type, reason }) => [type, reason])).toEqual([
      ['exposure.opened', 'critical'],
      ['exposure.paused', 'critical'],
    ]);
  });

  test('a check that fails keeps what is known, and the pause', async () => {
    const made = await started([]);
    made.next = [high];
    await round();
    made.events.length = 0;
    made.next = () => Promise.reject(new Error('no servers'));
    await round();
    expect(made.events).toEqual([
      expect.objectContaining({ type: 'exposure.check-failed', reason: 'threw' }),
    ]);
    expect(made.guard.state()).toMatchObject({
      isPaused: true,
      open: [high],
      failure: { why: 'threw', at: Date.now() },
      last: { at: Date.now() - everySeconds * 1000 },
    });
    made.next = [];
    await round();
    expect(made.guard.state()).toMatchObject({ isPaused: false, failure: null });
  });

  test('silence about a host is no all-clear for it', async () => {
    const made = await started([]);
    made.next = [high];
    await round();
    made.events.length = 0;
    const unknown: ExposureFinding = { ...high, ruleId: 'unknown', severity: 'low' };
    const hosts = [
      { name: 'shop.kittens.example', kind: 'own' },
      { name: high.host, kind: 'unknown' },
    ];
    made.next = { hosts, findings: [unknown] };
    await round();
    expect(made.guard.state()).toMatchObject({ isPaused: true, open: [high, unknown] });
    expect(made.events.map(({ type }) => type)).toEqual(['exposure.opened']);
    made.next = reportOf([]);
    await round();
    expect(made.guard.state()).toMatchObject({ isPaused: false, open: [] });
  });

  test('the next check waits for the one before, and none follows a stop', async () => {
    const made = await started([], { timeoutSeconds: 3_600 });
    let finish = (): void => undefined;
    made.next = async () => {
      await new Promise<void>((done) => {
        finish = done;
      });
      return { report: reportOf([]), html: '' };
    };
    await vi.advanceTimersByTimeAsync(10 * everySeconds * 1000);
    expect(made.runs()).toBe(2);
    finish();
    made.next = [];
    await round();
    expect(made.runs()).toBe(3);
    made.guard.stop();
    await vi.advanceTimersByTimeAsync(10 * everySeconds * 1000);
    expect(made.runs()).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a stop gives up a check under way, and says nothing of it', async () => {
    const made = await started([]);
    made.next = () => new Promise(() => undefined);
    await round();
    made.guard.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(made.events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  [{ everySeconds: 0 }, 'everySeconds'],
  [{ everySeconds: 86_401 }, 'everySeconds'],
  [{ everySeconds: 1.5 }, 'everySeconds'],
  [{ timeoutSeconds: 3_601 }, 'timeoutSeconds'],
  [{ failOn: 'none' }, 'failOn'],
  [{ policy: 'ignore' }, 'policy'],
  [{ check: null }, 'check'],
])('options out of bounds are refused: %j', (change, words) => {
  const options = { check: () => undefined, policy: 'warn', ...change };
  expect(() => resolveGuardOptions(options as unknown as ExposureGuardOptions)).toThrow(
    expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(words) }),
  );
});
