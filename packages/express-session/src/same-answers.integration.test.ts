import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cookieScenarios } from '../test/cookie-scenarios.ts';
import { responseScenarios } from '../test/response-scenarios.ts';
import type { Scenario, Step } from '../test/scenario.ts';
import {
  type Answer,
  ask,
  cookieOf,
  expressApp,
  type Implementation,
  implementations,
  type Options,
  type RecordingStore,
  recordingStore,
  secret,
  serve,
  setCookies,
} from '../test/session-pair.ts';
import { sessionScenarios } from '../test/session-scenarios.ts';

// The original's warnings are of no use here; it reads the variable when it is imported.
vi.hoisted(() => {
  process.env['NO_DEPRECATION'] = 'express-session';
});

const start = Date.UTC(2030, 0, 1, 12);

/** What could be seen of a scenario from outside and at the store. */
interface Outcome {
  readonly answers: readonly Answer[];
  readonly errors: readonly string[];
  readonly calls: readonly (readonly string[])[];
  readonly records: Record<string, unknown>;
}

async function play(
  implementation: Implementation,
  scenario: Scenario,
  more: Partial<Options> = {},
): Promise<Outcome> {
  vi.setSystemTime(start);
  const store = recordingStore(implementation);
  scenario.prepare?.(store);
  let made = 0;
  const genid = () => `id-${++made}`;
  const options = { secret, store, genid, ...scenario.options, ...more };
  const { listener, errors } = expressApp(
    implementation(options),
    scenario.app,
    scenario.before ?? [],
  );
  await using server = await serve(listener);
  const answers: Answer[] = [];
  const calls: string[][] = [];
  let last = '';
  for (const step of scenario.steps) {
    const answer = await take(step, { port: server.port, last, store });
    if (setCookies(answer).length > 0) last = cookieOf(answer);
    answers.push(answer);
    calls.push(store.calls.splice(0));
  }
  // Errors are told a turn of the event loop after the answer.
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { answers, errors, calls, records: store.records() };
}

async function take(
  step: Step,
  { port, last, store }: { port: number; last: string; store: RecordingStore },
): Promise<Answer> {
  vi.setSystemTime(Date.now() + (step.after ?? 0));
  step.disturb?.(store, /s%3A(.*?)\./.exec(last)?.[1] ?? '');
  const chosen = step.cookie ?? 'last';
  const text = typeof chosen === 'function' ? chosen(last) : chosen === 'last' ? last : '';
  const headers = { ...step.headers, ...(text === '' ? {} : { cookie: text }) };
  return await ask(port, { ...step, headers });
}

/** Ours reads a record again before it writes over it: that one read more is left out. */
function withoutReadingAgain(calls: readonly string[]): readonly string[] {
  return calls.filter((call, index) => {
    const id = /^get (.*)/.exec(call)?.[1];
    return id === undefined || index === 0 || !calls[index + 1]?.startsWith(`set ${id}`);
  });
}

/** Where nothing is saved Node frames the answer itself: with its length, where the original makes chunks of it. */
function withoutFraming(answer: Answer): Answer {
  const { 'transfer-encoding': _, 'content-length': __, ...headers } = answer.headers;
  return { ...answer, headers };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('asked the same, express-session and the drop-in', () => {
  for (const scenario of [...sessionScenarios, ...cookieScenarios, ...responseScenarios]) {
    test(`answer the same and ask the store the same: ${scenario.name}`, async () => {
      const theirs = await play(implementations.original, scenario);
      const ours = await play(implementations.ours, scenario, { renewAfterSeconds: 0 });
      expect(ours.answers).toEqual(theirs.answers);
      expect(ours.errors).toEqual(theirs.errors);
      expect(ours.records).toEqual(theirs.records);
      expect(ours.calls.map(withoutReadingAgain)).toEqual(theirs.calls);
    });

    if (scenario.showsRenewal) continue;
    test(`answer the same where unchanged sessions are not renewed each time: ${scenario.name}`, async () => {
      const theirs = await play(implementations.original, scenario);
      const ours = await play(implementations.ours, scenario);
      expect(ours.answers.map(withoutFraming)).toEqual(theirs.answers.map(withoutFraming));
      expect(ours.errors).toEqual(theirs.errors);
      expect(Object.keys(ours.records)).toEqual(Object.keys(theirs.records));
    });
  }
});
