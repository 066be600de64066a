import { expect, test } from 'vitest';
import { undocumentedReasons } from './doc-event-reasons.ts';

const source = `
export type Refusal =
  | 'used'
  /** A word 'in a comment' is none. */
  | Loop
  | \`status-\${number}\`;
type Loop = 'no-cookie';
export interface EventReasons {
  'sso.refused': Refusal;
  /** The methods. */
  'sign-in.succeeded': string;
  'notice.retry': 'timeout' | 'stopped';
}
`;

test('a reason that no row of its event names is told', () => {
  const page = ['| `sso.refused` | info | `used` |', '| `notice.retry` | info | `timeout` |'];
  expect(undocumentedReasons(source, page.join('\n'))).toEqual([
    'docs/events.md does not name the reason no-cookie of sso.refused',
    'docs/events.md does not name the reason stopped of notice.retry',
  ]);
});

test('a row may be of several events, and an event have several rows', () => {
  const page = [
    '| `sso.refused` | info | `used` |',
    '| `sso.refused`, `notice.retry` | `no-cookie`, `timeout`, `stopped` |',
  ];
  expect(undocumentedReasons(source, page.join('\n'))).toEqual([]);
});

test('a list that cannot be found is an error', () => {
  expect(() => undocumentedReasons('export const nothing = 1;', '')).toThrow(/EventReasons/);
});
