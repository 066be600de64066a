import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decisionFields } from './decision-fields.ts';

const read = (fields: Record<string, string>) => decisionFields(new URLSearchParams(fields));

test('a grant has the end of its last day and a role, where they are given', () => {
  const typed = { until: '2026-11-30', reason: '' };
  const until = Date.parse('2026-12-01T00:00Z');
  expect(read({ id: 'r', act: 'grant', until: '2026-11-30', role: 'editor' })).toEqual({
    id: 'r',
    typed,
    decision: { kind: 'grant', until, role: 'editor' },
  });
  expect(read({ id: 'r', act: 'grant', until: '', role: '' })?.decision).toEqual({
    kind: 'grant',
    until: null,
    role: null,
  });
});

test.each(['2026-02-31', '30.11.2026', '2026-1-1', 'tomorrow', '2026-11-30T00:00'])(
  'the date %s is none',
  (until) => {
    expect(read({ id: 'r', act: 'grant', until })).toMatchObject({ decision: null });
  },
);

test.each([
  [{ act: 'grant' }],
  [{ id: '', act: 'grant' }],
  [{ id: 'r' }],
  [{ id: 'r', act: 'delete' }],
])('%j is of no form of ours', (fields) => {
  expect(read(fields)).toBeNull();
});

test('a field that comes twice is of no form of ours', () => {
  for (const name of ['id', 'act', 'until', 'role', 'reason'])
    expect(
      decisionFields(new URLSearchParams(`id=r&act=deny&reason=a&until=&role=&${name}=x`)),
    ).toBeNull();
});

test('no text makes it throw, and a date is never before the day', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (id, until, role) => {
      const found = read({ id, act: 'grant', until, role })?.decision;
      expect(found === undefined || found === null || found.kind === 'grant').toBe(true);
    }),
  );
});
