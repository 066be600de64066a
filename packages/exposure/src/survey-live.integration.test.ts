import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Asked,
  answer,
  code,
  record,
  recordLasting,
  type Said,
  startScriptedServer,
} from '../test/dns-server.ts';
import { type NsdServer, startNsd } from '../test/nsd-server.ts';
import type { HostSurvey } from './host-survey.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import { readExports } from './inputs/export-format.ts';
import { parseHostList } from './inputs/host-list.ts';
import { mergeInputs } from './inputs/merge-inputs.ts';
import { route53 } from './inputs/route53.ts';
import { parseZoneFile } from './inputs/zone-file.ts';
import { type LiveOptions, type LiveSurvey, surveyLive } from './survey-live.ts';

const soa = '$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 60\n@ NS ns1\n';
const longChain = Array.from({ length: 11 }, (_, at) => `c${at} CNAME c${at + 1}`).join('\n');

/** Every way in which a name of section "what takes a cookie elsewhere" can be given away, and the awkward cases. */
const familyZone = `${soa}ns1 A 10.0.0.53
@ A 10.0.0.1
@ MX 10 mail
@ TXT "v=spf1 -all"
www CNAME shop
shop A 10.0.0.2
shop AAAA 2001:db8::2
track CNAME mid
mid CNAME x.tracker.test.
svc HTTPS 0 x.tracker.test.
gone CNAME old.bucket.test.
empty CNAME txt.tracker.test.
far CNAME somewhere.unserved.test.
foreign A 203.0.113.9
*.pages CNAME sites.builder.test.
real.pages A 10.0.0.3
own.deep.pages A 10.0.0.4
legacy DNAME moved.test.
sub NS ns.firm.test.
glued NS ns.glued
ns.glued A 10.0.0.9
mail MX 10 mx.mailfirm.test.
_dmarc TXT "v=DMARC1"
k1._domainkey CNAME dkim.mailfirm.test.
one CNAME two
two CNAME one
${longChain}
c11 A 10.0.0.5
big ${Array.from({ length: 120 }, (_, at) => `AAAA 2001:db8::${(at + 1).toString(16)}`).join('\nbig ')}
`;

const outsideZones = [
  { name: 'tracker.test', text: `${soa}x A 192.0.2.1\ntxt TXT "no address"\n` },
  { name: 'bucket.test', text: soa },
  { name: 'builder.test', text: `${soa}sites A 192.0.2.2\n` },
  { name: 'moved.test', text: `${soa}a A 192.0.2.3\n` },
];

function zoneInputs(list = ''): InputRecords {
  const zone = parseZoneFile(familyZone, { file: 'zone', origin: 'kittens.test' });
  expect(zone.errors).toEqual([]);
  return mergeInputs([zone, parseHostList(list, 'list')]);
}

async function survey(
  inputs: InputRecords,
  address: string,
  options: LiveOptions = {},
): Promise<Extract<LiveSurvey, { kind: 'surveyed' }>> {
  const result = await surveyLive(inputs, { servers: [address], ...options });
  if (result.kind !== 'surveyed') throw new Error(result.server);
  return result;
}

function byName(hosts: readonly HostSurvey[]): ReadonlyMap<string, HostSurvey> {
  expect(new Set(hosts.map(({ name }) => name)).size).toBe(hosts.length);
  return new Map(hosts.map((host) => [host.name.replace(/\.kittens\.test$/, ''), host]));
}

function hopsOf(host: HostSurvey | undefined): readonly string[] | undefined {
  return host?.chain.map(({ kind, to }) => `${kind} ${to}`);
}

describe('a family on a real server', () => {
  let nsd: NsdServer;

  beforeAll(async () => {
    nsd = await startNsd([{ name: 'kittens.test', text: familyZone }, ...outsideZones]);
  });

  afterAll(() => nsd.stop());

  test('is told name by name, from its zone file', async () => {
    const found = await survey(zoneInputs(), nsd.address);
    const hosts = byName(found.hosts);
    const outcomes = [...hosts].map(([name, { outcome, chain }]) => [name, chain.length, outcome]);
    const chains = Array.from({ length: 11 }, (_, at) => {
      return [`c${at}`, 11 - at, at === 0 ? 'too-long' : 'resolved'];
    });
    expect(outcomes.sort()).toEqual(
      [
        ['kittens.test', 0, 'resolved'],
        ['ns1', 0, 'resolved'],
        ['www', 1, 'resolved'],
        ['shop', 0, 'resolved'],
        ['track', 2, 'resolved'],
        ['mid', 1, 'resolved'],
        ['svc', 1, 'resolved'],
        ['gone', 1, 'nxdomain'],
        ['empty', 1, 'nodata'],
        ['far', 1, 'unasked'],
        ['foreign', 0, 'resolved'],
        ['*.pages', 1, 'resolved'],
        ['real.pages', 0, 'resolved'],
        ['own.deep.pages', 0, 'resolved'],
        ['*.legacy', 1, 'unasked'],
        ['sub', 0, 'unasked'],
        ['glued', 0, 'unasked'],
        ['ns.glued', 0, 'unasked'],
        ['one', 2, 'loop'],
        ['two', 2, 'loop'],
        ...chains,
        ['c11', 0, 'resolved'],
        ['big', 0, 'resolved'],
        ['k1._domainkey', 1, 'unasked'],
      ].sort(),
    );
    expect(hopsOf(hosts.get('track'))).toEqual(['cname mid.kittens.test', 'cname x.tracker.test']);
    expect(hopsOf(hosts.get('*.legacy'))).toEqual(['dname moved.test']);
    expect(hopsOf(hosts.get('svc'))).toEqual(['https x.tracker.test']);
    expect(hosts.get('shop')?.addresses).toEqual(['10.0.0.2', '2001:db8::2']);
    expect(hosts.get('sub')?.delegation).toEqual({
      zone: 'sub.kittens.test',
      servers: ['ns.firm.test'],
    });
    expect(hosts.get('ns.glued')?.delegation?.zone).toBe('glued.kittens.test');
    expect(hosts.get('shop')?.delegation).toBe(null);
    expect(hosts.get('big')?.addresses).toHaveLength(120);
    expect(found).toMatchObject({
      partial: false,
      absent: [],
      differences: [],
      servers: [nsd.address],
    });
  });

  test('is told as well from names alone, with the wildcards behind them', async () => {
    const list = 'www track gone far x.pages y.legacy a.legacy host.sub one c0 nope mail _dmarc'
      .split(' ')
      .map((name) => `${name}.kittens.test`);
    const names = parseHostList(list.join('\n'), 'list');
    const { hosts, absent } = await survey(names, nsd.address);
    const found = byName(hosts);
    expect([...found.keys()].sort()).toEqual(
      [
        '*.legacy',
        '*.pages',
        'a.legacy',
        'c0',
        'far',
        'gone',
        'host.sub',
        'one',
        'track',
        'www',
        'x.pages',
        'y.legacy',
      ].sort(),
    );
    expect(found.get('*.pages')).toMatchObject({
      wildcard: true,
      source: null,
      outcome: 'resolved',
    });
    expect(hopsOf(found.get('*.pages'))).toEqual(['cname sites.builder.test']);
    expect(found.get('*.pages')?.chain[0]?.from).toBe('*.pages.kittens.test');
    expect(found.get('x.pages')).toMatchObject({ viaWildcard: '*.pages.kittens.test' });
    expect(found.get('www')?.viaWildcard).toBe(undefined);
    expect(hopsOf(found.get('a.legacy'))).toEqual(['dname a.moved.test']);
    expect(found.get('a.legacy')?.outcome).toBe('resolved');
    expect(found.get('y.legacy')?.outcome).toBe('nxdomain');
    expect(found.get('host.sub')?.delegation).toEqual({
      zone: 'sub.kittens.test',
      servers: ['ns.firm.test'],
    });
    expect(absent.map(({ name, outcome }) => `${name} ${outcome}`).sort()).toEqual([
      '_dmarc.kittens.test nodata',
      'mail.kittens.test nodata',
      'nope.kittens.test nxdomain',
    ]);
  });

  test('is told with aliases that only an export shows', async () => {
    const sets = [
      { Name: 'foreign.kittens.test.', Type: 'A', AliasTarget: { DNSName: 'x.tracker.test.' } },
      { Name: 'shop.kittens.test.', Type: 'A', AliasTarget: { DNSName: 'old.bucket.test.' } },
    ];
    const inputs = readExports(route53, [
      { file: 'r53', objects: [{ ResourceRecordSets: sets }], origin: null },
    ]);
    const hosts = byName((await survey(inputs, nsd.address)).hosts);
    expect(hopsOf(hosts.get('foreign'))).toEqual(['alias x.tracker.test']);
    expect(hosts.get('foreign')?.addresses).toEqual(['203.0.113.9', '192.0.2.1']);
    expect(hosts.get('shop')?.outcome).toBe('nxdomain');
  });

  test('is told in the order in which it was asked about, with what no question can show', async () => {
    const list = 'shop mid www ns1'.split(' ').map((name) => `${name}.kittens.test`);
    const names = parseHostList(list.join('\n'), 'list');
    const { hosts, unseen } = await survey(names, nsd.address);
    expect(hosts.map(({ name }) => name)).toEqual(list);
    expect(unseen.map(({ what, count }) => `${what} ${count}`)).toEqual(['flattened-aliases 2']);
  });

  test('that the records tell otherwise is told as a difference, and no record is lost', async () => {
    const text = `${soa}inside CNAME x.tracker.test.\nwww CNAME elsewhere.test.\nshop A 10.9.9.9`;
    const inputs = parseZoneFile(text, { file: 'zone', origin: 'kittens.test' });
    const { hosts, differences } = await survey(inputs, nsd.address);
    expect([...differences].sort((one, other) => one.name.localeCompare(other.name))).toEqual([
      { name: 'inside.kittens.test', what: 'absent' },
      { name: 'www.kittens.test', what: 'other-target' },
    ]);
    expect(hopsOf(byName(hosts).get('inside'))).toEqual(['cname x.tracker.test']);
  });

  test('of which the run is stopped half way is told as far as it went', async () => {
    const stop = new AbortController();
    const list = Array.from({ length: 2_000 }, (_, at) => `n${at}.pages.kittens.test`).join('\n');
    let last = 0;
    const { partial, hosts } = await survey(parseHostList(list, 'list'), nsd.address, {
      concurrency: 4,
      signal: stop.signal,
      onProgress: (done, total) => {
        expect(done).toBe(last + 1);
        expect(total).toBe(2_002);
        last = done;
        if (done === 500) stop.abort();
      },
    });
    expect(partial).toBe(true);
    expect(hosts.length).toBeGreaterThan(400);
    expect(hosts.length).toBeLessThan(1_500);
    expect(hosts.every(({ outcome }) => outcome === 'resolved')).toBe(true);
  });
});

describe('a server that is not as it should be', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function surveyWith(
    script: (asked: Asked) => Said,
    names: string,
    options: LiveOptions = {},
  ): Promise<ReadonlyMap<string, HostSurvey>> {
    const server = await startScriptedServer((asked) => {
      return asked.name.startsWith('probe.') ? code(3) : script(asked);
    });
    closing.push(() => server.stop());
    const inputs = parseHostList(names.split(' ').join('\n'), 'list');
    const probeLabel = (): string => 'probe';
    const found = await survey(inputs, server.address, {
      timeoutMilliseconds: 100,
      tries: 2,
      probeLabel,
      ...options,
    });
    return byName(found.hosts);
  }

  const nothing = code(0);

  test.each([
    ['servfail', code(2)],
    ['refused', code(5)],
    ['timeout', null],
  ])('makes a name %s, never absent', async (outcome, said) => {
    const hosts = await surveyWith(() => said, 'www.kittens.test');
    expect(hosts.get('www')).toMatchObject({ outcome, chain: [], addresses: [] });
  });

  test('that fails on a chain is asked for each CNAME of it', async () => {
    const targets: Record<string, string> = {
      'www.kittens.test': 'mid.kittens.test',
      'mid.kittens.test': 'x.lame.test',
    };
    const hosts = await surveyWith(({ name, type }) => {
      const target = targets[name];
      return type === 'CNAME' && target !== undefined
        ? answer(record(name, 'CNAME', target))
        : code(2);
    }, 'www.kittens.test');
    expect(hosts.get('www')?.outcome).toBe('servfail');
    expect(hopsOf(hosts.get('www'))).toEqual(['cname mid.kittens.test', 'cname x.lame.test']);
  });

  test('that is lame and refers upwards makes a name servfail', async () => {
    const upwards = { flags: 0, authorities: [record('.', 'NS', 'a.root-servers.test')] };
    const hosts = await surveyWith(() => upwards, 'www.kittens.test');
    expect(hosts.get('www')?.outcome).toBe('servfail');
  });

  test('that gives the whole chain at once is asked once a type', async () => {
    const asked: string[] = [];
    const hosts = await surveyWith(({ name, type }) => {
      asked.push(`${type} ${name}`);
      if (name !== 'www.kittens.test') return nothing;
      const chain = [
        record(name, 'CNAME', 'A.elsewhere.test'),
        record('a.elsewhere.test', 'CNAME', 'b.firm.test'),
      ];
      const address =
        type === 'A'
          ? record('B.firm.test', 'A', '192.0.2.1')
          : record('b.firm.test', 'AAAA', '::1');
      return answer(...chain, address);
    }, 'www.kittens.test');
    expect(hosts.get('www')).toMatchObject({
      outcome: 'resolved',
      addresses: ['192.0.2.1', '::1'],
    });
    expect(hopsOf(hosts.get('www'))).toEqual(['cname a.elsewhere.test', 'cname b.firm.test']);
    // HTTPS is type 65; an answer without records of it and without SOA is asked for at the end of its chain.
    expect(asked.sort()).toEqual([
      ...['A www.kittens.test', 'AAAA www.kittens.test'],
      ...['UNKNOWN_65 b.firm.test', 'UNKNOWN_65 www.kittens.test'],
    ]);
  });

  test('that answers with records of other names is not believed', async () => {
    const hosts = await surveyWith(
      () =>
        answer(
          record('other.test', 'A', '6.6.6.6'),
          record('www.kittens.test.evil.test', 'A', '6.6.6.6'),
        ),
      'www.kittens.test',
    );
    expect(hosts.size).toBe(0);
  });

  test('whose answers may not be kept is asked three times, and all are told', async () => {
    const hosts = await surveyWith(({ name, type, times }) => {
      if (type !== 'A') return nothing;
      if (name === 'addresses.kittens.test')
        return answer(recordLasting(0)(name, 'A', `192.0.2.${times}`));
      return answer(
        recordLasting(0)(name, 'CNAME', `firm${times}.test`),
        recordLasting(0)(`firm${times}.test`, 'A', '192.0.2.9'),
      );
    }, 'addresses.kittens.test turns.kittens.test');
    expect(hosts.get('addresses')?.addresses).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    expect(hopsOf(hosts.get('turns'))).toEqual([
      'cname firm1.test',
      'cname firm2.test',
      'cname firm3.test',
    ]);
  });

  test('that denies a name when asked for IPv6 does not hide its IPv4', async () => {
    const hosts = await surveyWith(({ name, type }) => {
      return type === 'A' ? answer(record(name, 'A', '192.0.2.1')) : code(3);
    }, 'www.kittens.test');
    expect(hosts.get('www')?.outcome).toBe('resolved');
  });

  test('that resolves tells delegations by its NS records and the zones of its denials', async () => {
    const start = { mname: 'ns.firm.test', rname: 'hostmaster.firm.test' };
    const denial = (zone: string): Said => ({
      flags: 0x0080,
      authorities: [record(zone, 'SOA', start)],
    });
    const hosts = await surveyWith(({ name, type }) => {
      if (type === 'A') return answer(record(name, 'A', '192.0.2.1'));
      if (type === 'AAAA')
        return name.startsWith('both.')
          ? answer(record(name, 'AAAA', '::1'))
          : denial(name.endsWith('sub.kittens.test') ? 'sub.kittens.test' : 'kittens.test');
      if (type === 'NS' && name === 'sub.kittens.test')
        return answer(record(name, 'NS', 'ns.firm.test'));
      return denial(name.endsWith('sub.kittens.test') ? 'sub.kittens.test' : 'kittens.test');
    }, 'www.kittens.test a.sub.kittens.test both.x.sub.kittens.test sub.kittens.test both.kittens.test');
    const delegations = [...hosts].map(
      ([name, { delegation }]) => `${name} ${delegation?.servers ?? '-'}`,
    );
    expect(delegations.sort()).toEqual([
      'a.sub ns.firm.test',
      'both -',
      'both.x.sub ns.firm.test',
      'sub ns.firm.test',
      'www -',
    ]);
  });

  test('that has a wildcard in a delegated zone tells whose zone it is', async () => {
    const server = await startScriptedServer(({ name, type }) => {
      if (type === 'NS' && name === 'sub.kittens.test')
        return answer(record(name, 'NS', 'ns.firm.test'));
      if (!name.endsWith('.sub.kittens.test'))
        return name === 'pages.test' && type === 'A'
          ? answer(record(name, 'A', '192.0.2.1'))
          : nothing;
      return answer(record(name, 'CNAME', 'pages.test'));
    });
    closing.push(() => server.stop());
    const inputs = parseHostList('*.sub.kittens.test', 'list');
    const hosts = byName((await survey(inputs, server.address)).hosts);
    expect(hosts.get('*.sub')?.delegation?.servers).toEqual(['ns.firm.test']);
  });

  test('that answers every name alike gives one wildcard, the topmost', async () => {
    const server = await startScriptedServer(({ name, type }) => {
      return type === 'A' ? answer(record(name, 'A', '192.0.2.80')) : nothing;
    });
    closing.push(() => server.stop());
    const inputs = parseHostList('a.b.c.kittens.test', 'list');
    const hosts = byName((await survey(inputs, server.address)).hosts);
    expect([...hosts.keys()].sort()).toEqual(['*', 'a.b.c']);
    expect(hosts.get('a.b.c')?.viaWildcard).toBe('*.kittens.test');
  });
});

test('servers that have no address are told, not thrown', async () => {
  const inputs = parseHostList('www.kittens.test', 'list');
  expect(await surveyLive(inputs, { servers: ['no server'] })).toEqual({
    kind: 'no-resolver',
    server: 'no server',
  });
});
