import { expect, test } from 'vitest';
import { createLease, leaseMilliseconds } from './lease.ts';

function clocks(): { monotonic: number; wall: number; clock: Parameters<typeof createLease>[0] } {
  const state = {
    monotonic: 1_000,
    wall: 1_700_000_000_000,
    clock: { monotonic: () => state.monotonic, wall: () => state.wall },
  };
  return state;
}

const connection = {};

test('nothing may be answered before a heartbeat was answered', () => {
  const state = clocks();
  const lease = createLease(state.clock);
  expect(lease.isHeld(connection)).toBe(false);
  lease.send(connection);
  expect(lease.isHeld(connection)).toBe(false);
});

test('the lease counts from the sending of the answered heartbeat, however late the answer comes', () => {
  const state = clocks();
  const lease = createLease(state.clock);
  const heartbeat = lease.send(connection);
  state.monotonic += leaseMilliseconds - 1;
  state.wall += leaseMilliseconds - 1;
  lease.answered(heartbeat);
  expect(lease.isHeld(connection)).toBe(true);
  state.monotonic += 1;
  state.wall += 1;
  expect(lease.isHeld(connection)).toBe(false);
});

test('an answer that comes after a whole lease gives none', () => {
  const state = clocks();
  const lease = createLease(state.clock);
  const heartbeat = lease.send(connection);
  state.monotonic += 1_000;
  state.wall += 1_000;
  lease.answered(heartbeat);
  expect(lease.isHeld(connection)).toBe(false);
});

test('another connection is not covered, nor is none', () => {
  const lease = createLease(clocks().clock);
  lease.answered(lease.send(connection));
  expect(lease.isHeld(connection)).toBe(true);
  expect(lease.isHeld({})).toBe(false);
  expect(lease.isHeld(null)).toBe(false);
});

test('answers out of order do not shorten the lease', () => {
  const state = clocks();
  const lease = createLease(state.clock);
  const first = lease.send(connection);
  state.monotonic += 100;
  state.wall += 100;
  const second = lease.send(connection);
  lease.answered(second);
  lease.answered(first);
  state.monotonic += 150;
  state.wall += 150;
  expect(lease.isHeld(connection)).toBe(true);
});

test('a machine that was suspended, or whose clock was set, has lost the lease', () => {
  for (const shift of [leaseMilliseconds, -1]) {
    const state = clocks();
    const lease = createLease(state.clock);
    lease.answered(lease.send(connection));
    state.wall += shift;
    expect(lease.isHeld(connection)).toBe(false);
  }
});
