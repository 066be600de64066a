import { LatchkeyError } from '@latchkey/session';
import { expect, test } from 'vitest';
import { eventLine } from './event-log.ts';

const secret = 'a family secret';
const token = 'A'.repeat(43);
const line = (cause: unknown): string =>
  eventLine({ type: 'login-host.error', cause }, 0, [secret]);

test('an event is one line with the instant first', () => {
  const event = { type: 'notice.retry', app: 'wiki', reason: 'timeout' } as const;
  expect(eventLine(event, 1_767_225_600_000, [])).toBe(
    '{"time":"2026-01-01T00:00:00.000Z","level":"warning","type":"notice.retry","app":"wiki","reason":"timeout"}',
  );
});

test('hosts that an event is about are named', () => {
  const hosts = ['help.kittens.example'];
  const event = { type: 'exposure.opened', reason: 'high', hosts } as const;
  expect(JSON.parse(eventLine(event, 0, []))).toMatchObject(event);
});

test('a cause is told with its own causes and the place of a foreign error', () => {
  const socket = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), {
    code: 'ECONNREFUSED',
  });
  const outage = new LatchkeyError('store_unavailable', 'The store is away.', { cause: socket });
  expect(JSON.parse(line(outage))).toMatchObject({
    cause: {
      name: 'LatchkeyError',
      code: 'store_unavailable',
      message: 'The store is away.',
      cause: {
        code: 'ECONNREFUSED',
        message: 'connect ECONNREFUSED 127.0.0.1:6379',
        at: expect.arrayContaining([expect.stringMatching(/^at .*event-log\.test\.ts/)]),
      },
    },
  });
});

test.each([
  ['a family secret', new Error(`bad: ${secret}`)],
  ['a token', new Error(`Unexpected token in "${token}"`)],
  ['the password of a URL', new Error('redis://user:hunter2@host:6379 is away')],
  ['a secret in a message of several lines', new Error(`first\n    at ${token} (x)\nlast`)],
  ['a secret further down', new Error('outer', { cause: new Error(token) })],
  ['a thrown text', token],
])('%s is not in the line', (_what, cause) => {
  const text = line(cause);
  expect(text).not.toContain(secret);
  expect(text).not.toContain(token);
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('\n');
});

test('an error that is its own cause comes to an end', () => {
  const loop = new Error('loop');
  loop.cause = loop;
  expect(line(loop).length).toBeLessThan(10_000);
});
