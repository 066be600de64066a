import { expect, test } from 'vitest';
import { advise } from './advice.ts';
import { type Cookie, parseSetCookie } from './cookie.ts';
import { auditExposure } from './exposure.ts';
import type { HostReport } from './exposure-report.ts';
import type { HostSurvey } from './host-survey.ts';
import type { AuditAdvice, AuditedApp } from './scope-choice.ts';

function survey(name: string, to?: string): HostSurvey {
  const chain = to === undefined ? [] : [{ kind: 'cname' as const, from: name, to }];
  const rest = { delegation: null, outcome: 'resolved', proxied: false, source: null } as const;
  return { name, wildcard: name.startsWith('*.'), chain, addresses: ['192.0.2.1'], ...rest };
}

function cookie(text: string): Cookie {
  const parsed = parseSetCookie(text, { origin: 'described' });
  if (parsed.kind !== 'cookie') throw new Error(parsed.why);
  return parsed.cookie;
}

function shared(...hosts: readonly string[]): readonly AuditedApp[] {
  return hosts.map((host) => ({ name: host.split('.')[0] ?? host, host, reach: 'shared' }));
}

function adviceFor(
  apps: readonly AuditedApp[],
  foreign: readonly string[],
  text = 'sid; Domain=example.com',
): AuditAdvice {
  const surveys = [
    ...apps.map(({ host }) => survey(host)),
    ...foreign.map((name) => survey(name, 'x.firm.net')),
  ];
  return auditExposure({ surveys, cookie: cookie(text), apps, lists: [] }).advice;
}

test('apps below a clean parent of their own keep one cookie, with tldLength', () => {
  const advice = adviceFor(shared('shop.apps.example.com', 'blog.apps.example.com'), [
    'help.example.com',
  ]);
  expect(advice).toMatchObject({
    kind: 'tld-length',
    domain: 'apps.example.com',
    tldLength: 3,
    reach: { shop: 'shared', blog: 'shared' },
    alternatives: [{ kind: 'host-only' }],
  });
  expect(advice.migration).toMatchObject({
    old: { name: 'sid', domain: 'example.com' },
    new: { name: '__Secure-sid', domain: 'apps.example.com' },
  });
  expect(advice.migration?.config).toContain("former: [{ domain: 'example.com', prefix: 'none' }]");
});

test('apps among foreign hosts get host-only cookies, and a parent of their own is the other way', () => {
  const advice = adviceFor(shared('shop.example.com', 'blog.example.com'), ['help.example.com']);
  expect(advice).toMatchObject({
    kind: 'host-only',
    domain: null,
    tldLength: null,
    reach: { shop: 'handshake', blog: 'handshake' },
    alternatives: [{ kind: 'dedicated-parent', domain: 'app.example.com', tldLength: 3 }],
  });
  expect(advice.costs).not.toEqual([]);
  expect(advice.breaks).not.toEqual([]);
  expect(advice.migration?.steps.join(' ')).toContain('one foreign host could read');
});

test('a parent that a foreign host lies under is not proposed', () => {
  const advice = adviceFor(shared('shop.example.com', 'blog.example.com'), ['x.app.example.com']);
  expect(advice.alternatives).toMatchObject([{ domain: 'apps.example.com' }]);
});

test('a single app needs no domain', () => {
  expect(adviceFor(shared('shop.apps.example.com'), [])).toMatchObject({ kind: 'host-only' });
});

test('a clean domain of today stays', () => {
  const advice = adviceFor(shared('shop.example.com', 'blog.example.com'), []);
  expect(advice).toMatchObject({
    kind: 'keep',
    domain: 'example.com',
    tldLength: 2,
    migration: null,
  });
});

test('a wildcard to outside above the apps makes their parent unclean', () => {
  const apps = shared('shop.apps.example.com', 'blog.apps.example.com');
  expect(adviceFor(apps, ['*.apps.example.com'])).toMatchObject({ kind: 'host-only' });
});

test('without apps a foreign host means host-only, and none means as it is', () => {
  expect(adviceFor([], ['help.example.com'])).toMatchObject({ kind: 'host-only', reach: {} });
  expect(adviceFor([], [])).toMatchObject({ kind: 'keep', domain: 'example.com' });
});

test('apps of other reaches keep theirs', () => {
  const wiki: AuditedApp = { name: 'wiki', host: 'wiki.example.net', reach: 'oidc' };
  const apps = [...shared('shop.example.com', 'blog.example.com'), wiki];
  expect(adviceFor(apps, ['help.example.com']).reach).toEqual({
    shop: 'handshake',
    blog: 'handshake',
    wiki: 'oidc',
  });
});

test('a host-only cookie is kept', () => {
  const hosts: readonly HostReport[] = [];
  const advice = advise({ cookie: cookie('__Host-sid; Secure'), apps: [], hosts, gap: null });
  expect(advice).toMatchObject({ kind: 'keep', domain: null, tldLength: null, migration: null });
});
