import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  breakOff,
  endless,
  hang,
  type Receiver,
  startReceiver,
  status,
  trickle,
} from '../../test/receiver.ts';
import { createOutgoingCalls, type OutgoingCalls } from './address-guard.ts';
import { type Delivery, deliver, parseRetryAfter } from './deliver.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 4000 };

let receiver: Receiver;
let calls: OutgoingCalls;
beforeEach(async () => {
  receiver = await startReceiver();
  calls = createOutgoingCalls({ isDevelopment: true });
});
afterEach(async () => {
  await receiver.close();
  await calls.close();
});

function send(change: Partial<Delivery> = {}) {
  return deliver({
    uri: `${receiver.origin}/_latchkey/back-channel-logout`,
    logoutToken: 'header.payload.signature',
    fetch: calls.fetch,
    timeoutMilliseconds: 5000,
    stop: new AbortController().signal,
    now: () => 1_767_225_600_000,
    ...change,
  });
}

describe('delivering a logout token', () => {
  test('posts it as a form, without cookies', async () => {
    expect(await send()).toEqual({ kind: 'delivered' });
    expect(receiver.received).toEqual([
      {
        method: 'POST',
        path: '/_latchkey/back-channel-logout',
        contentType: 'application/x-www-form-urlencoded',
        cookie: undefined,
        logoutToken: 'header.payload.signature',
      },
    ]);
  });

  test.each([200, 204])('%i is success', async (code) => {
    receiver.answer(status(code));
    expect(await send()).toEqual({ kind: 'delivered' });
  });

  test.each([500, 502, 503, 429])('%i is tried again', async (code) => {
    receiver.answer(status(code));
    expect(await send()).toEqual({
      kind: 'retry',
      reason: `status-${code}`,
      retryAfterMilliseconds: null,
    });
  });

  test.each([400, 401, 403, 404, 410, 201, 202])('%i is not', async (code) => {
    receiver.answer(status(code));
    expect(await send()).toEqual({ kind: 'refused', reason: `refused-${code}` });
  });

  test.each([301, 302, 303, 307, 308])('%i is not followed', async (code) => {
    receiver.answer(status(code, { location: `${receiver.origin}/elsewhere` }));
    expect(await send()).toEqual({ kind: 'refused', reason: `redirected-${code}` });
    expect(receiver.received).toHaveLength(1);
  });

  test('what the app asks for with Retry-After is told', async () => {
    receiver.answer(status(503, { 'retry-after': '17' }));
    expect(await send()).toMatchObject({ kind: 'retry', retryAfterMilliseconds: 17_000 });
  });

  test('an app that hangs times out', async () => {
    receiver.answer(hang);
    expect(await send({ timeoutMilliseconds: 50 })).toMatchObject({
      kind: 'retry',
      reason: 'timeout',
    });
  });

  test('an app that breaks off, or is not there, is tried again', async () => {
    receiver.answer(breakOff);
    expect(await send()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
    await receiver.close();
    expect(await send()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
  });

  test('an endless answer is cut off and counts by its status', async () => {
    receiver.answer(endless);
    expect(await send()).toEqual({ kind: 'delivered' });
  });

  test('an answer that never ends counts by its status', async () => {
    receiver.answer(trickle);
    expect(await send({ timeoutMilliseconds: 100 })).toEqual({ kind: 'delivered' });
  });

  test('a refused address waits for the configuration', async () => {
    const guarded = createOutgoingCalls();
    expect(await send({ fetch: guarded.fetch, uri: 'https://127.0.0.1:8443/' })).toEqual({
      kind: 'blocked',
      reason: 'address-refused',
    });
    await guarded.close();
  });

  test('when the host stops, the try is given up', async () => {
    receiver.answer(hang);
    const stop = new AbortController();
    const sending = send({ stop: stop.signal });
    await expect.poll(() => receiver.received.length, patience).toBe(1);
    stop.abort();
    expect(await sending).toMatchObject({ kind: 'retry', reason: 'stopped' });
  });
});

test.each([
  [null, null],
  ['0', 0],
  ['120', 120_000],
  ['999999999', 999_999_999_000],
  ['9999999999', null],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['', null],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Thu, 01 Jan 2025 00:00:30 GMT', 0],
  ['Thu, rubbish', null],
  ['2026-01-01T00:00:30Z', null],
])('Retry-After %j is %j milliseconds', (value, milliseconds) => {
  expect(parseRetryAfter(value, Date.UTC(2026, 0, 1))).toBe(milliseconds);
});
