import { describe, expect, test } from 'vitest';
import { parseSetCookie } from './cookie.ts';
import { createFamilyGround, type FamilyOptions } from './family.ts';
import { createFirms, readLists, shippedLists } from './firms.ts';
import type { Hop, HostSurvey } from './host-survey.ts';
import { type Judgement, judgeHost } from './judge-host.ts';
import { scopeOf } from './receives.ts';

const firms = createFirms(readLists(shippedLists), Date.parse('2026-11-22'));
const domainCookie = 'sid=1; Domain=example.com; Secure';
const hostCookie = '__Host-sid=1; Secure; Path=/';
const all = ['read', 'overwrite', 'shadow', 'evict', 'wipe'];

function survey(name: string, change: Partial<HostSurvey> = {}): HostSurvey {
  return {
    name,
    wildcard: name.startsWith('*.'),
    chain: [],
    addresses: ['192.0.2.1'],
    delegation: null,
    outcome: 'resolved',
    proxied: false,
    source: null,
    ...change,
  };
}

/** A chain from the host over the names given. */
function through(name: string, ...targets: readonly string[]): HostSurvey {
  const chain = targets.map(
    (to, index): Hop => ({ kind: 'cname', from: targets[index - 1] ?? name, to }),
  );
  return survey(name, { chain });
}

interface Setting extends FamilyOptions {
  /** Where the records of apps lead. */
  readonly targets?: readonly string[];
  readonly cookie?: string;
  readonly host?: string | null;
  readonly used?: readonly string[];
}

function judge(given: HostSurvey, setting: Setting = {}): Judgement | null {
  const parsed = parseSetCookie(setting.cookie ?? domainCookie, { host: setting.host ?? null });
  if (parsed.kind !== 'cookie') throw new Error(parsed.why);
  return judgeHost(given, {
    scope: scopeOf(parsed.cookie, { sites: ['example.com'] }),
    ground: createFamilyGround(
      { ...setting, ownDomains: ['example.com', ...(setting.ownDomains ?? [])] },
      new Set(setting.targets),
    ),
    firms,
    ownOperators: new Map(),
    isInUse: (name) => (setting.used ?? []).includes(name),
  });
}

function brief(given: HostSurvey, setting: Setting = {}): unknown {
  const judgement = judge(given, setting);
  if (judgement === null) return null;
  const { host, rule } = judgement;
  return [host.kind, rule, host.severity, host.receives];
}

test.each<[string, HostSurvey, unknown]>([
  ['an address', survey('a.example.com'), ['own', null, 'none', true]],
  ['a CNAME inside', through('a.example.com', 'b.example.com'), ['own', null, 'none', true]],
  [
    'a CNAME to outside',
    through('a.example.com', 'x.firm.net'),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'a way that leaves and comes back',
    through('a.example.com', 'x.firm.net', 'b.example.com'),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'a tracker',
    through('a.example.com', 'x.eulerian.net'),
    ['third-party', 'third-party', 'critical', true],
  ],
  [
    'no tracker',
    through('a.example.com', 'x.noteulerian.net'),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'a delivery network',
    through('a.example.com', 'd1.cloudfront.net'),
    ['third-party', 'proxy', 'low', true],
  ],
  [
    'a firm behind a delivery network',
    through('a.example.com', 'd1.cloudfront.net', 'x.firm.net'),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'the private section',
    through('a.example.com', 'kittens.github.io'),
    ['third-party', 'third-party', 'high', true],
  ],
  ['a wildcard inside', through('*.a.example.com', 'b.example.com'), ['own', null, 'none', true]],
  [
    'a wildcard to outside',
    through('*.a.example.com', 'x.firm.net'),
    ['wildcard', 'wildcard', 'high', true],
  ],
  [
    'a wildcard to a tracker',
    through('*.a.example.com', 'x.eulerian.net'),
    ['wildcard', 'wildcard', 'critical', true],
  ],
  [
    'a name that is gone',
    { ...through('a.example.com', 'x.firm.net'), outcome: 'nxdomain', addresses: [] },
    ['dangling', 'dangling', 'critical', true],
  ],
  [
    'a name of our own that is gone',
    { ...through('a.example.com', 'b.example.com'), outcome: 'nxdomain', addresses: [] },
    ['dangling', 'dangling', 'low', true],
  ],
  [
    'a bucket, of which an address says nothing',
    through('a.example.com', 'old.s3.amazonaws.com'),
    ['dangling', 'dangling', 'high', true],
  ],
  [
    'a service whose names vanish, which answers',
    through('a.example.com', 'x.azurewebsites.net'),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'the same, not asked',
    { ...through('a.example.com', 'x.azurewebsites.net'), outcome: 'unasked', addresses: [] },
    ['dangling', 'dangling', 'high', true],
  ],
  [
    'a provider alias',
    survey('a.example.com', {
      chain: [{ kind: 'alias', from: 'a.example.com', to: 'x.firm.net' }],
    }),
    ['third-party', 'third-party', 'high', true],
  ],
  [
    'a proxied name',
    survey('a.example.com', { proxied: true }),
    ['third-party', 'proxy', 'low', true],
  ],
  [
    'a delegation to outside',
    survey('a.example.com', {
      addresses: [],
      outcome: 'unasked',
      delegation: { zone: 'a.example.com', servers: ['ns1.example.com', 'ns1.firm.net'] },
    }),
    ['delegated', 'delegated', 'high', true],
  ],
  [
    'a lame delegation to outside',
    survey('a.example.com', {
      addresses: [],
      outcome: 'servfail',
      delegation: { zone: 'a.example.com', servers: ['ns1.firm.net'] },
    }),
    ['delegated', 'delegated', 'high', true],
  ],
  [
    'a delegation inside',
    survey('a.example.com', {
      delegation: { zone: 'a.example.com', servers: ['ns1.example.com'] },
    }),
    ['own', null, 'none', true],
  ],
  [
    'a name of another site',
    through('a.example.net', 'x.firm.net'),
    ['third-party', null, 'none', false],
  ],
])('%s', (_, given, expected) => {
  expect(brief(given)).toEqual(expected);
});

test.each(['servfail', 'refused', 'timeout', 'loop', 'too-long'] as const)(
  '%s is unknown, and receives nothing',
  (outcome) => {
    const given = survey('a.example.com', { outcome, addresses: [] });
    expect(brief(given)).toEqual(['unknown', 'unknown', 'low', false]);
    expect(judge(given)?.host.powers).toEqual([]);
    const leaving = { ...through('a.example.com', 'x.firm.net'), outcome, addresses: [] };
    expect(brief(leaving)).toEqual(['unknown', 'unknown', 'medium', false]);
  },
);

test.each(['nxdomain', 'nodata'] as const)(
  'a name without anything (%s) is not reported',
  (outcome) => {
    expect(judge(survey('mail.example.com', { outcome, addresses: [] }))).toBeNull();
  },
);

test.each(['_dmarc.example.com', 's1._domainkey.example.com', '*._report.example.com'])(
  '%s is open to browsers as any host is',
  (name) => {
    expect(judge(through(name, 'x.firm.net'))?.host.receives).toBe(true);
  },
);

test('a name of which nothing is known offline is no all-clear', () => {
  const given = survey('a.example.com', { outcome: 'unasked', addresses: [] });
  expect(brief(given)).toEqual(['unknown', 'unknown', 'low', false]);
});

test('an address outside the declared ranges is a finding', () => {
  const given = survey('a.example.com', { addresses: ['192.0.2.1', '198.51.100.1'] });
  expect(brief(given)).toEqual(['own', null, 'none', true]);
  const judged = judge(given, { ownRanges: ['192.0.2.0/24'] });
  expect(judged?.host).toMatchObject({
    kind: 'third-party',
    severity: 'medium',
    operator: { site: null },
  });
  expect(judged?.rule).toBe('foreign-address');
});

test('what may dangle is said to be not verified, and to be free once it does not exist', () => {
  const open = { ...through('a.example.com', 'x.azurewebsites.net'), addresses: [] };
  const offline = judge({ ...open, outcome: 'unasked' });
  expect(offline?.message).toContain('may dangle. Not verified');
  expect(offline?.host.severity).toBe('high');
  expect(judge({ ...open, outcome: 'nxdomain' })?.host.severity).toBe('critical');
});

describe('what is the family’s own', () => {
  const app = through('shop.example.com', 'kittens.herokuapp.com', 'x.herokudns.com');
  const targets = ['kittens.herokuapp.com', 'x.herokudns.com'];

  test('is the target of an app, whatever leads there and whatever address is behind it', () => {
    const setting = { targets, ownRanges: ['198.51.100.0/24'] };
    expect(brief(app, setting)).toEqual(['own', null, 'none', true]);
    const old = through('old.example.com', 'kittens.herokuapp.com', 'x.herokudns.com');
    expect(brief(old, setting)).toEqual(['own', null, 'none', true]);
    const other = through('a.example.com', 'other.herokuapp.com', 'x.herokudns.com');
    expect(brief(other, { targets })).toEqual(['third-party', 'third-party', 'high', true]);
  });

  test('is nobody’s once it does not exist at a firm whose customer we are', () => {
    const gone: HostSurvey = { ...app, outcome: 'nxdomain', addresses: [] };
    expect(brief(gone, { targets })).toEqual(['dangling', 'dangling', 'critical', true]);
    expect(brief(gone, { ownDomains: targets })).toEqual([
      'dangling',
      'dangling',
      'critical',
      true,
    ]);
  });

  test.each([
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.20',
    '100.64.0.1',
    'fd00::1',
    '100::',
    '127.0.0.1',
  ])('is the private address %s, also beside declared ranges', (address) => {
    const given = survey('nas.example.com', { addresses: [address] });
    expect(brief(given, { ownRanges: ['192.0.2.0/24'] })).toEqual(['own', null, 'none', true]);
  });

  test.for<[string, HostSurvey, Setting, Setting]>([
    [
      'a chain: --own-domain d1.cloudfront.net x.firm.net',
      through('a.example.com', 'd1.cloudfront.net', 'b.example.com', 'x.firm.net'),
      {},
      { ownDomains: ['d1.cloudfront.net', 'x.firm.net'] },
    ],
    [
      'a network: --own-domain d1.cloudfront.net',
      through('a.example.com', 'd1.cloudfront.net'),
      {},
      { ownDomains: ['d1.cloudfront.net'] },
    ],
    [
      'a wildcard: --own-domain x.firm.net',
      through('*.a.example.com', 'x.firm.net'),
      {},
      { ownDomains: ['x.firm.net'] },
    ],
    [
      'what may dangle: --own-domain old.s3.amazonaws.com',
      through('a.example.com', 'old.s3.amazonaws.com'),
      {},
      { ownDomains: ['old.s3.amazonaws.com'] },
    ],
    [
      'a zone: --own-domain ns1.firm.net ns2.firm.net',
      survey('eu.example.com', {
        delegation: { zone: 'eu.example.com', servers: ['ns1.firm.net', 'ns2.firm.net'] },
      }),
      {},
      { ownDomains: ['ns1.firm.net', 'ns2.firm.net'] },
    ],
    [
      'a proxied host: --accept a.example.com',
      survey('a.example.com', { proxied: true }),
      {},
      { accepted: ['a.example.com'] },
    ],
    [
      'an address: --own-range 198.51.100.1',
      survey('a.example.com', { addresses: ['198.51.100.1', '10.0.0.1'] }),
      { ownRanges: ['192.0.2.0/24'] },
      { ownRanges: ['192.0.2.0/24', '198.51.100.1'] },
    ],
  ])('is declared with the flag at the end of the finding: %s', ([what, given, before, after]) => {
    const flag = what.slice(what.indexOf('--'));
    expect(judge(given, before)?.message?.endsWith(`: ${flag}`)).toBe(true);
    expect(judge(given, after)?.rule).toBe(null);
  });
});

test('the target of an HTTPS record is a third party as that of a CNAME is, and the record is named', () => {
  const chain: readonly Hop[] = [{ kind: 'https', from: 'a.example.com', to: 'x.firm.net' }];
  const judged = judge(survey('a.example.com', { chain }));
  expect(judged).toMatchObject({ rule: 'third-party', host: { severity: 'high' } });
  expect(judged?.message).toContain('by the HTTPS record of a.example.com');
});

test('an accepted firm is named and no finding, but not where its name is gone', () => {
  const given = through('a.example.com', 'acme.zendesk.com');
  const accepted = { accepted: ['zendesk.com'] };
  expect(brief(given, accepted)).toEqual(['third-party', null, 'none', true]);
  expect(judge(given, accepted)?.host).toMatchObject({
    accepted: true,
    operator: { site: 'zendesk.com' },
  });
  const gone: HostSurvey = { ...given, outcome: 'nxdomain', addresses: [] };
  expect(brief(gone, accepted)).toEqual(['dangling', 'dangling', 'critical', true]);
});

test('the operator has the end of the chain, its names, its firm and both readings of the suffix list', () => {
  expect(judge(through('a.example.com', 'x.firm.net', 'kittens.github.io'))?.host.operator).toEqual(
    {
      site: 'kittens.github.io',
      icannSite: 'github.io',
      chain: ['x.firm.net', 'kittens.github.io'],
      firm: null,
      sites: ['firm.net', 'kittens.github.io'],
    },
  );
  expect(judge(through('a.example.com', 'x.eulerian.net'))?.host.operator.firm).toBe('Eulerian');
});

test('who does not receive a __Host- cookie can still evict and wipe it', () => {
  const given = through('a.example.com', 'x.firm.net');
  const judged = judge(given, { cookie: hostCookie, host: 'app.example.com' });
  expect(judged?.host).toMatchObject({
    receives: false,
    severity: 'low',
    powers: ['evict', 'wipe'],
  });
  expect(judged?.rule).toBe('sibling');
  expect(brief(given, { cookie: 'sid=1; Secure', host: 'app.example.com' })).toEqual([
    ...['third-party', 'sibling', 'medium', false],
  ]);
});

test('a dangling name is a finding of medium where it does not receive the cookie', () => {
  const given: HostSurvey = {
    ...through('a.example.com', 'x.firm.net'),
    outcome: 'nxdomain',
    addresses: [],
  };
  expect(brief(given, { cookie: hostCookie })).toEqual(['dangling', 'dangling', 'medium', false]);
});

test('a wildcard above the domain of the cookie receives it unless the domain has records', () => {
  const given = through('*.example.com', 'x.firm.net');
  const cookie = 'sid=1; Domain=apps.example.com; Secure';
  expect(judge(given, { cookie })?.host).toMatchObject({ receives: true, powers: all });
  const used = judge(given, { cookie, used: ['apps.example.com'] });
  expect(used?.host).toMatchObject({ receives: false, powers: ['shadow', 'evict', 'wipe'] });
});

test('a delegation above the domain of the cookie receives it', () => {
  const given = survey('apps.example.com', {
    delegation: { zone: 'apps.example.com', servers: ['ns1.firm.net'] },
  });
  const cookie = 'sid=1; Domain=eu.apps.example.com; Secure';
  expect(judge(given, { cookie })?.host).toMatchObject({ kind: 'delegated', receives: true });
});

test('Safari caps what a host sets whose chain leaves its site, own domains of another site included', () => {
  const cap = (given: HostSurvey): unknown =>
    judge(given, { ownDomains: ['kittens.net'] })?.host.safariCap;
  expect(cap(through('a.example.com', 'x.kittens.net'))).toBe(true);
  expect(cap(through('a.example.com', 'b.example.com'))).toBe(false);
  expect(cap(survey('a.example.com'))).toBe(false);
  for (const kind of ['alias', 'https'] as const) {
    const chain = [{ kind, from: 'a.example.com', to: 'x.firm.net' }];
    expect(cap(survey('a.example.com', { chain }))).toBe(false);
  }
});
