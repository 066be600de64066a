import { expect, test } from 'vitest';
import type { HostSurvey } from './host-survey.ts';
import { safariFindings } from './safari-cap.ts';

function survey(name: string, addresses: readonly string[], to?: string): HostSurvey {
  const chain = to === undefined ? [] : [{ kind: 'cname' as const, from: name, to }];
  const rest = { delegation: null, outcome: 'resolved', proxied: false, source: null } as const;
  return { name, wildcard: false, chain, addresses, ...rest };
}

const site = survey('example.com', ['192.0.2.1', '2001:db8:1:2::1']);

test.each<[string, HostSurvey, number]>([
  ['a chain to another site', survey('login.example.com', [], 'x.platform.net'), 1],
  ['a chain inside the site', survey('login.example.com', ['192.0.9.1'], 'a.example.com'), 0],
  ['an address of another half', survey('login.example.com', ['198.51.100.1']), 1],
  ['an address of the same half', survey('login.example.com', ['192.0.77.1']), 0],
  ['an IPv6 address of another half', survey('login.example.com', ['2001:db8:1:3::1']), 1],
  ['an IPv6 address of the same half', survey('login.example.com', ['2001:db8:1:2:ffff::1']), 0],
  ['no address at all', survey('login.example.com', []), 0],
])('%s', (_, login, count) => {
  const found = safariFindings([site, login], ['login.example.com']);
  expect(found.map(({ ruleId, severity }) => [ruleId, severity])).toEqual(
    Array(count).fill(['safari-cap', 'medium']),
  );
});

test('pages that are led to the same site are no others', () => {
  const www = survey('www.example.com', ['192.0.2.1'], 'www.platform.net');
  const login = survey('login.example.com', ['192.0.2.2'], 'x.platform.net');
  expect(safariFindings([www, login], ['login.example.com'])).toEqual([]);
});

test('what a provider flattens is no CNAME, and the finding says when Safari caps', () => {
  const chain = [{ kind: 'alias' as const, from: 'login.example.com', to: 'x.platform.net' }];
  const flattened = { ...survey('login.example.com', ['192.0.2.9']), chain };
  expect(safariFindings([site, flattened], ['login.example.com'])).toEqual([]);
  const [found] = safariFindings(
    [survey('login.example.com', [], 'x.platform.net')],
    ['login.example.com'],
  );
  expect(found?.message).toContain('Where a page of another host of example.com asks it');
});

test('only hosts that set the cookie are looked at', () => {
  expect(safariFindings([survey('help.example.com', [], 'x.platform.net')], [])).toEqual([]);
});
