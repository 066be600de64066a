import { hostileDestinations, oddDestinations } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { readInvitedPath, withInvitation } from './invitation-parameter.ts';

const origin = 'https://toys.example';
const invitation = `shop.${'A'.repeat(98)}`;
const pair = `latchkey_invitation=${invitation}`;

describe('a link', () => {
  test.each([
    ['a plain path', `${origin}/land`, `${origin}/land?${pair}`],
    ['a query', `${origin}/land?a=1`, `${origin}/land?a=1&${pair}`],
    ['a query with blanks encoded', `${origin}/l?q=%20x+y`, `${origin}/l?q=%20x+y&${pair}`],
    ['an empty query', `${origin}/l?`, `${origin}/l?${pair}`],
    ['a fragment', `${origin}/land#frag`, `${origin}/land?${pair}#frag`],
    ['a query and a fragment', `${origin}/?a=1#f?x`, `${origin}/?a=1&${pair}#f?x`],
    ['the bare origin', origin, `${origin}/?${pair}`],
    ['the bare origin with a query', `${origin}?a=1`, `${origin}/?a=1&${pair}`],
    ['the bare origin with a fragment', `${origin}#x`, `${origin}/?${pair}#x`],
    [
      'one that is decorated already',
      `${origin}/a?latchkey_invitation=x&b=2`,
      `${origin}/a?b=2&${pair}`,
    ],
  ])('with %s gets the invitation in the right place', (_what, link, wanted) => {
    expect(withInvitation(link, origin, invitation)).toBe(wanted);
  });

  test('with a port gets it at exactly that origin', () => {
    const port = 'https://puppies.example:8443';
    expect(withInvitation(`${port}/l?q=%20x`, port, invitation)).toBe(`${port}/l?q=%20x&${pair}`);
    expect(withInvitation(`${port}/l`, 'https://puppies.example', invitation)).toBe(null);
  });

  test.each([
    ['a relative path', '/land'],
    ['a relative path without slash', 'land'],
    ['another host', 'https://evil.example/land'],
    ['the other scheme', 'http://toys.example/land'],
    ['what no parser takes', 'https://['],
    ['a line break', `${origin}/\r\nset-cookie: a=b`],
  ])('that is %s gets none', (_what, link) => {
    expect(withInvitation(link, origin, invitation)).toBe(null);
  });

  test.each(hostileDestinations(origin))(
    'that is hostile gets none ($what): $value',
    ({ value }) => {
      const made = withInvitation(value, origin, invitation);
      // Some of the corpus are hostile only as return paths, for what they hide behind a fragment of our own origin.
      if (made !== null) expect(new URL(made).origin).toBe(origin);
    },
  );

  test('of any text never leads elsewhere, and never makes it throw', () => {
    const awkward = fc.constantFrom(
      ...[
        origin,
        `${origin}/`,
        '@',
        '\\',
        '//',
        '?',
        '#',
        '&',
        '=',
        '.evil.example',
        ':8443',
        '\t',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(awkward, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (link) => {
        const made = withInvitation(link, origin, invitation);
        if (made === null) return;
        const url = new URL(made);
        expect(url.origin).toBe(origin);
        expect(url.searchParams.getAll('latchkey_invitation')).toEqual([invitation]);
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe('a request line', () => {
  test.for<[string, string, (string | null)[], string]>([
    ['alone', `/land?${pair}`, [invitation], '/land'],
    ['among others', `/land?a=%20b&${pair}&c=+d`, [invitation], '/land?a=%20b&c=+d'],
    ['twice', `/?${pair}&${pair}`, [invitation, invitation], '/'],
    ['as a list', '/?latchkey_invitation[]=x&y', [null], '/?y'],
    ['as an encoded list', '/?latchkey_invitation%5B%5D=x', [null], '/'],
    ['as an object', '/?latchkey_invitation[a]=x', [null], '/'],
    ['without a value', '/?latchkey_invitation', [null], '/'],
    ['with an empty value', '/?latchkey_invitation=', [''], '/'],
    ['with garbage', '/?latchkey_invitation=%00%ff%zz', ['%00%ff%zz'], '/'],
  ])(
    'with the parameter %s gives it up, and the rest stays as it is',
    ([_how, path, values, clean]) => {
      expect(readInvitedPath(path, origin)).toEqual({ values, cleanPath: clean });
    },
  );

  test.each([
    ['no query', '/latchkey_invitation'],
    ['it in the path', '/latchkey_invitation=x'],
    ['it in the path and another query', '/latchkey_invitation?a=1'],
    ['it as a value', '/?a=latchkey_invitation'],
    ['a longer name', '/?latchkey_invitations=x'],
    ['it as the end of a name', '/?my_latchkey_invitation=x'],
    ['a path that is none', `//evil.example/?${pair}`],
    ['a path of another origin', `https://evil.example/?${pair}`],
    ['a path that browsers repair', `/\\evil.example/?${pair}`],
    ['a path without end', `/${'a'.repeat(2000)}?${pair}`],
    ['an asterisk', '*'],
    ['nothing', ''],
  ])('with %s is the app’s own', (_what, path) => {
    expect(readInvitedPath(path, origin)).toBe(null);
  });

  test.each(oddDestinations)('that looks odd keeps its place: $value', ({ value }) => {
    const [path = '', query] = (value.split('#')[0] ?? '').split('?');
    const line = `${path}?${query === undefined ? '' : `${query}&`}${pair}`;
    const read = readInvitedPath(line, origin);
    if (read !== null) expect(new URL(read.cleanPath, origin).origin).toBe(origin);
  });
});
