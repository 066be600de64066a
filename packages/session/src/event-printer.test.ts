import { expect, test, vi } from 'vitest';
import { LatchkeyError } from './errors.ts';
import { createEventPrinter } from './event-printer.ts';
import { createPlatform } from './platform.ts';

function printer() {
  const lines: string[] = [];
  let at = 0;
  const print = createEventPrinter(
    (line) => void lines.push(line),
    () => at,
  );
  return {
    lines,
    print,
    advance: (milliseconds: number) => {
      at += milliseconds;
    },
  };
}

test('warnings and errors are one line each, and what is only told is none', () => {
  const { lines, print } = printer();
  print({ type: 'session.save-lost', app: 'shop' });
  const cause = new LatchkeyError('store_unavailable', 'The store is away.', {
    cause: Object.assign(new Error('connect\nECONNREFUSED'), { code: 'ECONNREFUSED' }),
  });
  print({ type: 'store.unavailable', app: 'shop', reason: 'request', cause });
  print({ type: 'exposure.opened', reason: 'high', hosts: ['a.example', 'b.example'] });
  expect(lines).toEqual([
    'latchkey error store.unavailable app=shop reason=request: LatchkeyError store_unavailable: The store is away. <- Error ECONNREFUSED: connect ECONNREFUSED',
    'latchkey warning exposure.opened reason=high hosts=a.example,b.example',
  ]);
});

test('the same event is written once in ten seconds, with how many there were', () => {
  const { lines, print, advance } = printer();
  const outage = { type: 'store.unavailable', reason: 'request' } as const;
  for (let times = 0; times < 100; times += 1) print(outage);
  print({ ...outage, reason: 'touch' });
  expect(lines).toHaveLength(2);
  advance(10_000);
  print(outage);
  expect(lines[2]).toBe(
    'latchkey error store.unavailable reason=request (and 99 more like it since)',
  );
});

test('no secret, no line break and no control character of a cause gets into a line', () => {
  const { lines, print } = printer();
  const token = 'A'.repeat(43);
  const text = `redis://user:hunter2@host said ${token}\r\nlatchkey error \u001b[2J\u2028forged`;
  const loop = new Error(text);
  loop.cause = loop;
  print({ type: 'provider.error', cause: loop });
  print({ type: 'login-host.error', cause: token });
  expect(lines).toHaveLength(2);
  const all = lines.join('');
  for (const part of [token, 'hunter2', '\n', '\r', '\u001b', '\u2028']) {
    expect(all).not.toContain(part);
  }
});

test('an app speaks by default, and says nothing itself where it is given somebody to tell', () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    createPlatform().onEvent({ type: 'csrf.refused', reason: 'cross-site' });
    expect(error.mock.calls).toEqual([['latchkey warning csrf.refused reason=cross-site']]);
    const onEvent = vi.fn();
    createPlatform({ onEvent }).onEvent({ type: 'csrf.refused', reason: 'same-site' });
    expect(onEvent).toHaveBeenCalledOnce();
    expect(error).toHaveBeenCalledOnce();
  } finally {
    error.mockRestore();
  }
});
