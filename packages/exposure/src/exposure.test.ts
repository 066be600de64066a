import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleReport, survey, variedReport } from '../test/sample-report.ts';
import { toHtml } from './report/html.ts';
import { toJson } from './report/json.ts';
import { toSarif } from './report/sarif.ts';
import { toText } from './report/text.ts';

test('hosts and findings are ordered from worst to best, and each host is there once', () => {
  const report = variedReport();
  expect(report.findings.map(({ severity, ruleId }) => `${severity} ${ruleId}`)).toEqual([
    ...['critical dangling', 'critical third-party', 'high wildcard', 'high delegated'],
    ...['high third-party', 'low unknown'],
  ]);
  expect(report.hosts.map(({ severity }) => severity)).toEqual([
    ...['critical', 'critical', 'high', 'high', 'high', 'low', 'low', 'none', 'none'],
  ]);
});

test('an accepted finding is apart, and its host says so', () => {
  const report = variedReport();
  expect(report.accepted).toMatchObject([{ host: 'cdn.example.com', reason: 'ours to use' }]);
  expect(report.hosts.find(({ name }) => name === 'cdn.example.com')).toMatchObject({
    accepted: true,
  });
});

test('a foreign operator is found without any list, with less detail', () => {
  const report = variedReport({ lists: [] });
  const metrics = report.hosts.find(({ name }) => name === 'metrics.example.com');
  expect(metrics).toMatchObject({ receives: true, kind: 'third-party', severity: 'high' });
  expect(metrics?.operator).toMatchObject({ site: 'eulerian.net', firm: null });
  expect(variedReport().findings.length).toBeLessThanOrEqual(report.findings.length);
});

test('old lists, and what could not be seen, are notes', () => {
  const { notes, lists, publicSuffixes } = sampleReport([survey('example.com')]);
  expect(notes.join('\n')).toMatch(/older than a year/);
  expect(notes.join('\n')).toMatch(/Offline/);
  expect(lists.length).toBe(5);
  expect(publicSuffixes.version).toMatch(/^\d/);
});

test('a cookie without Secure that any host receives is a finding of its own', () => {
  const report = sampleReport(
    [survey('a.example.com')],
    {},
    'sid=1; Domain=example.com; HttpOnly; SameSite=Lax',
  );
  expect(report.findings.map(({ ruleId }) => ruleId)).toEqual(['plain-http', 'cookie-secure']);
});

test('a name that begins with _ is reported for cookies without Secure, and counted for others', () => {
  const surveys = [survey('example.com'), survey('s1._domainkey.example.com', 'x.firm.net')];
  const open = sampleReport(surveys, {}, 'sid=1; Domain=example.com; HttpOnly; SameSite=Lax');
  expect(open.findings).toContainEqual(
    expect.objectContaining({ ruleId: 'third-party', host: 's1._domainkey.example.com' }),
  );
  const secure = sampleReport(surveys);
  expect(secure.hosts.map(({ name }) => name)).toEqual(['example.com']);
  expect(secure.notes.join()).toContain('One name with a label that begins with _');
});

test('targets of apps and the login host are own, those of an app that is trusted less are not', () => {
  const surveys = [
    survey('shop.example.com', 'kittens.herokuapp.com'),
    survey('login.example.com', 'login.fly.dev'),
    survey('wiki.example.com', 'kittens.gitbook.io'),
  ];
  const report = sampleReport(surveys, {
    apps: [
      { name: 'shop', host: 'shop.example.com', reach: 'shared' },
      { name: 'wiki', host: 'wiki.example.com', reach: 'oidc' },
    ],
    loginHost: 'login.example.com',
  });
  const found = report.findings.filter(({ ruleId }) => ruleId !== 'safari-cap');
  expect(found.map(({ host }) => host)).toEqual(['wiki.example.com']);
});

test('a declaration that lets a whole firm in is a note', () => {
  const { notes } = sampleReport([survey('example.com')], {
    accepted: ['cloudfront.net', 'acme.zendesk.com'],
    ownDomains: ['fastly.net', 'kittens.test'],
  });
  const firms = notes.filter((note) => note.includes('every customer'));
  expect(firms.map((note) => note.split(' ')[0])).toEqual(['cloudfront.net', 'fastly.net']);
});

test('no finding advises to let a whole delivery network in', () => {
  const report = sampleReport([
    survey('cdn.example.com', 'd1.cloudfront.net'),
    survey('app.example.com', undefined, { proxied: true }),
    survey('img.example.com', 'dualstack.j.sni.global.fastly.net'),
  ]);
  const said = `${toText(report)}${toHtml(report)}`;
  expect(said).not.toMatch(/--(?:accept|own-domain) (?:cloudflare|fastly)\.\w+\b(?!\.)/);
  expect(said).not.toMatch(/--(?:accept|own-domain) cloudfront\.net/);
  expect(said).toContain('--own-domain d1.cloudfront.net');
});

test('a cookie that browsers drop goes nowhere, and is critical', () => {
  const report = sampleReport(
    [survey('a.example.com', 'x.firm.net')],
    {},
    'sid=1; Domain=com; Secure; HttpOnly; SameSite=Lax',
  );
  expect(report.findings).toMatchObject([
    { ruleId: 'cookie-domain', severity: 'critical', host: 'com' },
  ]);
  expect(report.hosts[0]).toMatchObject({ receives: false, powers: [], severity: 'none' });
  expect(report.cookie.isKept).toBe(false);
});

test('a family of host-only cookies: foreign hosts on its sites can evict and wipe', () => {
  const apps = [{ name: 'toys', host: 'toys.example.net', reach: 'handshake' as const }];
  const report = sampleReport(
    [
      survey('toys.example.net'),
      survey('help.example.net', 'x.firm.net'),
      survey('help.example.com', 'x.firm.net'),
    ],
    { apps, loginHost: 'login.example.org' },
    '__Host-sid=1; Secure; Path=/; HttpOnly; SameSite=Lax',
  );
  expect(report.findings).toMatchObject([
    { ruleId: 'sibling', host: 'help.example.net', severity: 'low' },
  ]);
  const own = report.hosts.find(({ name }) => name === 'toys.example.net');
  expect(own).toMatchObject({ receives: true, kind: 'own' });
});

test('the value of the cookie is nowhere in the report', () => {
  const report = sampleReport(
    [survey('example.com')],
    {},
    'sid=very-secret-value; Domain=example.com',
  );
  expect(JSON.stringify(report)).not.toContain('very-secret-value');
});

test('no survey makes it throw, and every format can be written', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('*.', '.', '', '*', 'com', 'a..b', '[::1]', '-.example.com', 'x.example.com'),
    fc.string({ maxLength: 10 }).map((label) => `${label}.example.com`),
  );
  const hop = fc.record({
    kind: fc.constantFrom('cname' as const, 'dname' as const, 'alias' as const),
    from: name,
    to: name,
  });
  const any = fc.record({
    name,
    wildcard: fc.boolean(),
    chain: fc.array(hop, { maxLength: 4 }),
    addresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), name), { maxLength: 3 }),
    delegation: fc.option(fc.record({ zone: name, servers: fc.array(name, { maxLength: 3 }) })),
    outcome: fc.constantFrom(
      'resolved' as const,
      'unasked',
      'nxdomain',
      'nodata',
      'servfail',
      'loop',
    ),
    proxied: fc.boolean(),
    source: fc.option(fc.record({ file: fc.string({ unit: 'binary' }), line: fc.nat() })),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 6 }), (surveys) => {
      const apps = [{ name: 'a', host: surveys[0]?.name ?? '', reach: 'shared' as const }];
      const report = sampleReport(surveys, { apps, lists: [], ownRanges: ['192.0.2.0/24'] });
      for (const text of [toText(report), toJson(report), toHtml(report)])
        expect(text).not.toBe('');
      expect(toSarif(report, { version: '1.0.0' })).not.toBe('');
    }),
    { numRuns: 100 },
  );
}, 60_000);
