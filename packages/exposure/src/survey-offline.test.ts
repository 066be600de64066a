import { describe, expect, test } from 'vitest';
import type { HostSurvey } from './host-survey.ts';
import { parseHostList } from './inputs/host-list.ts';
import { mergeInputs } from './inputs/merge-inputs.ts';
import { parseZoneFile } from './inputs/zone-file.ts';
import { type OfflineSurvey, surveyOffline } from './survey-offline.ts';

const zoneStart = '$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\nns1 A 10.0.0.53\n';

function survey(text: string, list = ''): OfflineSurvey {
  const zone = parseZoneFile(zoneStart + text, { file: 'zone', origin: 'kittens.test' });
  expect(zone.errors).toEqual([]);
  return surveyOffline(mergeInputs([zone, parseHostList(list, 'list')]));
}

function host(text: string, name: string, list = ''): HostSurvey | undefined {
  return survey(text, list).hosts.find((one) => one.name === `${name}.kittens.test`);
}

function hopsOf(one: HostSurvey | undefined): readonly string[] | undefined {
  return one?.chain.map(({ kind, from, to }) => `${kind} ${from} ${to}`);
}

function namesOf({ hosts }: OfflineSurvey): readonly string[] {
  return hosts.map(({ name }) => name.replace(/\.?kittens\.test$/, '') || '@');
}

test('names that hold no address, CNAME or delegation are no hosts', () => {
  const text = [
    'mail MX 10 mx.mailfirm.test.',
    'txt TXT "words"',
    '_sip._tcp SRV 0 5 5060 www',
    '_dmarc TXT "v=DMARC1"',
    'k1._domainkey CNAME dkim.mailfirm.test.',
    '*._report A 10.0.0.1',
    'caa CAA 0 issue "ca.test"',
    'a\\.b A 10.0.0.1',
    'both A 10.0.0.1',
    'both MX 10 both',
  ];
  expect(namesOf(survey(text.join('\n')))).toEqual([
    ...['ns1', 'k1._domainkey', '*._report', 'both'],
  ]);
});

test('targets of HTTPS and SVCB records are hops, for another port too, and the owner itself is none', () => {
  const text = [
    'www A 10.0.0.1',
    'www HTTPS 1 edge.firm.test. alpn=h2',
    'shop HTTPS 0 shop.firm.test.',
    'own A 10.0.0.2',
    'own HTTPS 1 . alpn=h2',
    'own HTTPS 2 own port=8443',
    '_8443._https.port HTTPS 1 port.firm.test.',
    'port A 10.0.0.3',
    'svc SVCB 1 svc.firm.test.',
    'none HTTPS 0 .',
  ];
  const found = Object.fromEntries(
    survey(text.join('\n')).hosts.map(({ name, chain }) => [
      name.replace('.kittens.test', ''),
      chain.map(({ kind, to }) => `${kind} ${to}`).join(),
    ]),
  );
  expect(found).toEqual({
    ns1: '',
    www: 'https edge.firm.test',
    shop: 'https shop.firm.test',
    own: '',
    port: 'https port.firm.test',
    svc: 'svcb svc.firm.test',
  });
});

test('a name has all its addresses and the line that says so', () => {
  const found = host(
    'www TXT "x"\nwww A 10.0.0.1\nwww A 10.0.0.2\nwww AAAA ::1\nwww A 10.0.0.1',
    'www',
  );
  expect(found).toMatchObject({
    addresses: ['10.0.0.1', '10.0.0.2', '::1'],
    chain: [],
    outcome: 'resolved',
    delegation: null,
    proxied: false,
    source: { file: 'zone', line: 6 },
  });
});

describe('a chain', () => {
  test('is followed inside the zone and ends unasked outside', () => {
    const text = 'a CNAME b\nb CNAME c\nc A 10.0.0.1\nout CNAME mid\nmid CNAME x.elsewhere.test.';
    expect(host(text, 'a')).toMatchObject({ outcome: 'resolved', addresses: ['10.0.0.1'] });
    expect(hopsOf(host(text, 'a'))).toEqual([
      'cname a.kittens.test b.kittens.test',
      'cname b.kittens.test c.kittens.test',
    ]);
    expect(host(text, 'out')?.outcome).toBe('unasked');
    expect(hopsOf(host(text, 'out'))).toHaveLength(2);
  });

  test('that comes back to itself is a loop, one of more than ten hops is too long', () => {
    const chain = Array.from({ length: 11 }, (_, at) => `c${at} CNAME c${at + 1}`).join('\n');
    const text = `${chain}\nc11 A 10.0.0.1\none CNAME two\ntwo CNAME one\nself CNAME self\ninto CNAME one`;
    const outcomes = ['c0', 'c1', 'one', 'two', 'self', 'into'].map(
      (name) => host(text, name)?.outcome,
    );
    expect(outcomes).toEqual(['too-long', 'resolved', 'loop', 'loop', 'loop', 'loop']);
    expect(hopsOf(host(text, 'c1'))).toHaveLength(10);
  });

  test('into a name that the complete zone lacks ends in nxdomain, into one without address in nodata', () => {
    const text = 'a CNAME gone\nb CNAME txt\ntxt TXT "x"\nc CNAME ent\nx.ent A 10.0.0.1';
    expect(['a', 'b', 'c'].map((name) => host(text, name)?.outcome)).toEqual([
      'nxdomain',
      'nodata',
      'nodata',
    ]);
  });

  test('into a name that a fragment lacks ends unasked', () => {
    const inputs = parseZoneFile('a CNAME gone', { file: 'part', origin: 'kittens.test' });
    expect(surveyOffline(inputs).hosts[0]?.outcome).toBe('unasked');
  });

  test('that branches keeps the hops and addresses of all branches', () => {
    const found = host('www CNAME a\nwww CNAME gone\na A 10.0.0.1', 'www');
    expect(found).toMatchObject({ addresses: ['10.0.0.1'], outcome: 'nxdomain' });
    expect(hopsOf(found)).toHaveLength(2);
  });
});

describe('a wildcard', () => {
  test('is a host of its own, named with the star', () => {
    const found = host('*.dev CNAME pages.elsewhere.test.', '*.dev');
    expect(found).toMatchObject({ wildcard: true, outcome: 'unasked' });
    expect(hopsOf(found)).toEqual(['cname *.dev.kittens.test pages.elsewhere.test']);
  });

  test('answers for listed names and chains, except where the name or one between exists', () => {
    const text =
      '*.dev CNAME pages.elsewhere.test.\nb.dev A 10.0.0.2\nto CNAME x.dev\nt.dev TXT "x"';
    const list = 'a.dev.kittens.test\nb.dev.kittens.test\nx.b.dev.kittens.test\nt.dev.kittens.test';
    expect(host(text, 'a.dev', list)).toMatchObject({
      viaWildcard: '*.dev.kittens.test',
      wildcard: false,
      source: { file: 'list', line: 1 },
    });
    expect(host(text, 'b.dev', list)?.viaWildcard).toBe(undefined);
    expect(hopsOf(host(text, 'to', list))).toHaveLength(2);
    const { absent } = survey(text, list);
    expect(absent.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'x.b.dev.kittens.test nxdomain',
      't.dev.kittens.test nodata',
    ]);
  });
});

describe('a DNAME', () => {
  const text = 'old DNAME new.test.\nold A 10.0.0.1\nto CNAME a.b.old\nx.old A 10.0.0.9';

  test('covers what lies below it, as *.name, and not the name itself', () => {
    expect(hopsOf(host(text, '*.old'))).toEqual(['dname *.old.kittens.test new.test']);
    expect(host(text, '*.old')).toMatchObject({ wildcard: true, outcome: 'unasked' });
    expect(hopsOf(host(text, 'old'))).toEqual([]);
  });

  test('rewrites chains and hides what the zone has below it', () => {
    expect(hopsOf(host(text, 'to'))).toEqual([
      'cname to.kittens.test a.b.old.kittens.test',
      'dname a.b.old.kittens.test a.b.new.test',
    ]);
    expect(hopsOf(host(text, 'x.old'))).toEqual(['dname x.old.kittens.test x.new.test']);
  });
});

describe('a delegation', () => {
  const text =
    'sub NS ns.firm.test.\nsub NS ns2.firm.test.\ng NS ns.g\nns.g A 10.0.0.7\nto CNAME a.sub';

  test('is that of the nearest NS records below the apex', () => {
    expect(host(text, 'sub')).toMatchObject({
      delegation: { zone: 'sub.kittens.test', servers: ['ns.firm.test', 'ns2.firm.test'] },
      outcome: 'unasked',
      addresses: [],
    });
    expect(host(text, 'ns1')?.delegation).toBe(null);
  });

  test('holds for glue and for listed names below it, of which nothing is known', () => {
    expect(host(text, 'ns.g')).toMatchObject({
      addresses: ['10.0.0.7'],
      delegation: { zone: 'g.kittens.test' },
    });
    expect(host(text, 'a.sub', 'a.sub.kittens.test')).toMatchObject({
      outcome: 'unasked',
      delegation: { zone: 'sub.kittens.test' },
    });
  });

  test('is no end where the zone below is among the inputs', () => {
    const above = parseZoneFile(`${zoneStart}sub NS ns.firm.test.\nto CNAME a.sub`, {
      file: 'above',
      origin: 'kittens.test',
    });
    const below = parseZoneFile('@ SOA a b 1 2 3 4 5\na A 10.0.0.8\nb CNAME gone', {
      file: 'below',
      origin: 'sub.kittens.test',
    });
    const { hosts } = surveyOffline(mergeInputs([above, below]));
    const byName = new Map(hosts.map((one) => [one.name, one]));
    expect(byName.get('to.kittens.test')?.addresses).toEqual(['10.0.0.8']);
    expect(byName.get('b.sub.kittens.test')?.outcome).toBe('nxdomain');
    expect(byName.get('a.sub.kittens.test')?.delegation?.zone).toBe('sub.kittens.test');
  });
});

describe('what is not known', () => {
  test('is said for names of a list that no zone covers', () => {
    const { hosts } = surveyOffline(parseHostList('www.puppies.test', 'list'));
    expect(hosts).toMatchObject([{ name: 'www.puppies.test', outcome: 'unasked', chain: [] }]);
  });

  test('is counted by kind', () => {
    const text = 'www A 10.0.0.1\nout CNAME x.elsewhere.test.\nsub NS ns.firm.test.';
    expect(survey(text).unseen.map(({ what, count }) => `${what} ${count}`)).toEqual([
      'flattened-aliases 2',
      'dangling-targets 1',
      'addresses 2',
      'delegated-zones 1',
    ]);
  });
});

test('names outside the zones of the inputs are no hosts of the family', () => {
  expect(namesOf(survey('ns.firm.test. A 10.0.0.3\nwww A 10.0.0.1'))).toEqual(['ns1', 'www']);
});
