import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { surveyOffline } from '../survey-offline.ts';
import { parseCertificateLog } from './certificate-log.ts';
import { parseCloudflare } from './cloudflare.ts';
import type { InputRecords } from './dns-record.ts';
import { parseHostList } from './host-list.ts';
import { parseRoute53 } from './route53.ts';

const FIXTURES = join(import.meta.dirname, '../../test/fixtures');

function fixture(name: string): string {
  return readFileSync(join(FIXTURES, name), 'utf8');
}

function linesOf({ records }: InputRecords): readonly string[] {
  return records.map(({ owner, type, value, proxied }) => {
    return `${owner} ${type} ${value}${proxied ? ' proxied' : ''}`;
  });
}

function reasonsOf({ errors }: InputRecords): readonly string[] {
  return errors.map(({ reason }) => reason);
}

describe('a list of hosts', () => {
  test('has one name a line, comments and wildcards', () => {
    const { names, errors } = parseHostList(
      '# ours\nWWW.kittens.test. # main\r\n\n *.dev.kittens.test\nwww.kittens.test\n',
      'list',
    );
    expect(errors).toEqual([]);
    expect(names).toEqual([
      { name: 'www.kittens.test', source: { file: 'list', line: 2 } },
      { name: '*.dev.kittens.test', source: { file: 'list', line: 4 } },
    ]);
  });

  test.each(['https://www.kittens.test/', '10.0.0.1', '_dmarc.kittens.test', 'a b', 'a..b'])(
    'tells the line of %j, which is no host',
    (line) => {
      const { names, errors } = parseHostList(`ok.test\n${line}`, 'list');
      expect(names).toHaveLength(1);
      expect(errors).toMatchObject([{ file: 'list', line: 2, reason: 'bad-name' }]);
    },
  );
});

describe('a certificate log', () => {
  test('gives every host once and leaves out what is none', () => {
    const { names, errors } = parseCertificateLog(fixture('crt-sh.json'), 'ct');
    expect(errors).toEqual([]);
    expect(names.map(({ name }) => name)).toEqual([
      '*.dev.kittens.test',
      'kittens.test',
      'www.kittens.test',
      'old.kittens.test',
    ]);
  });

  test('may be one object a line', () => {
    const text = '{"name_value":"a.test"}\n{"common_name":"b.test"}\n';
    expect(parseCertificateLog(text, 'ct').names.map(({ name }) => name)).toEqual([
      'a.test',
      'b.test',
    ]);
  });

  test('that is none is told so', () => {
    expect(reasonsOf(parseCertificateLog('', 'ct'))).toEqual(['bad-json']);
    expect(reasonsOf(parseCertificateLog('<html>', 'ct'))).toEqual(['bad-json']);
    expect(reasonsOf(parseCertificateLog('[1,{"x":2}]', 'ct'))).toEqual(['bad-data']);
  });
});

describe("Route 53's export", () => {
  test('gives aliases, wildcards in octal, and every target of a weighted set', () => {
    const inputs = parseRoute53(fixture('route53.json'), 'r53');
    expect(inputs.errors).toEqual([]);
    expect(inputs.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
    expect(linesOf(inputs)).toEqual([
      'kittens.test ALIAS d111111abcdef8.cloudfront.test',
      'kittens.test ALIAS d111111abcdef8.cloudfront.test',
      'kittens.test NS ns-2048.awsdns-64.test',
      'kittens.test NS ns-2049.awsdns-65.test',
      'kittens.test SOA ns-2048.awsdns-64.test. hostmaster.awsdns.test. 1 7200 900 1209600 86400',
      '*.pages.kittens.test CNAME sites.builder.test',
      'shop.kittens.test CNAME blue.shops.test',
      'shop.kittens.test CNAME green.otherfirm.test',
      'api.kittens.test A 192.0.2.44',
      'api.kittens.test A 192.0.2.45',
      'kittens.test TXT "v=spf1 -all"',
      'inside.kittens.test ALIAS api.kittens.test',
    ]);
  });

  test('is surveyed with its aliases as hops', () => {
    const { hosts } = surveyOffline(parseRoute53(fixture('route53.json'), 'r53'));
    const chains = hosts.map(({ name, chain }) => [
      name,
      chain.map(({ kind, to }) => `${kind} ${to}`),
    ]);
    expect(Object.fromEntries(chains)).toEqual({
      'kittens.test': ['alias d111111abcdef8.cloudfront.test'],
      '*.pages.kittens.test': ['cname sites.builder.test'],
      'shop.kittens.test': ['cname blue.shops.test', 'cname green.otherfirm.test'],
      'api.kittens.test': [],
      'inside.kittens.test': ['alias api.kittens.test'],
    });
  });

  test('in pages is read whole, and told where a page is missing', () => {
    const page = JSON.parse(fixture('route53.json')) as Record<string, unknown>;
    const pages = JSON.stringify([{ ...page, IsTruncated: true }, page]);
    expect(reasonsOf(parseRoute53(pages, 'r53'))).toEqual([]);
    const cut = parseRoute53(JSON.stringify({ ...page, IsTruncated: true }), 'r53');
    expect(reasonsOf(cut)).toEqual(['incomplete']);
    expect(cut.zones).toMatchObject([{ apex: 'kittens.test', complete: false }]);
  });

  test('with broken record sets gives the rest', () => {
    const sets = [
      { Name: 'a.test.', Type: 'A', ResourceRecords: [{ Value: '1.2' }] },
      {},
      { Name: 'b.test.', Type: 'A', AliasTarget: {} },
      { Name: 'c.test.', Type: 'A', ResourceRecords: [{ Value: '10.0.0.1' }] },
    ];
    const inputs = parseRoute53(JSON.stringify({ ResourceRecordSets: sets }), 'r53');
    expect(reasonsOf(inputs)).toEqual(['bad-address', 'bad-data', 'bad-name']);
    expect(linesOf(inputs)).toEqual(['c.test A 10.0.0.1']);
  });
});

describe("Cloudflare's export", () => {
  const expected = {
    'www.kittens.test': 'alias kittens.sitebuilder.test proxied',
    'kittens.test': 'alias apex.sitebuilder.test',
    'help.kittens.test': 'cname desk.helpfirm.test',
    'app.kittens.test': ' proxied',
  };

  function surveyed(inputs: InputRecords): Record<string, string> {
    const { hosts } = surveyOffline(inputs);
    return Object.fromEntries(
      hosts.map(({ name, chain, proxied }) => {
        const hops = chain.map(({ kind, to }) => `${kind} ${to}`).join(' ');
        return [name, hops + (proxied ? ' proxied' : '')];
      }),
    );
  }

  test('as JSON shows proxied names and aliases at the apex', () => {
    const inputs = parseCloudflare(fixture('cloudflare.json'), 'cf');
    expect(inputs.errors).toEqual([]);
    expect(inputs.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
    expect(surveyed(inputs)).toEqual(expected);
  });

  test('as a zone file shows the same', () => {
    const inputs = parseCloudflare(fixture('cloudflare-export.txt'), 'cf.txt');
    expect(inputs.errors).toEqual([]);
    expect(surveyed(inputs)).toEqual({ ...expected, 'box.kittens.test': '' });
  });

  test('without zone names falls back to the registrable domain, and is not complete', () => {
    const text = JSON.stringify({
      result: [{ name: 'a.kittens.test', type: 'A', content: '10.0.0.1' }],
    });
    expect(parseCloudflare(text, 'cf').zones).toMatchObject([
      { apex: 'kittens.test', complete: false },
    ]);
  });

  test('of which pages are missing is told so', () => {
    const text = JSON.stringify({ result: [], result_info: { total_count: 3 } });
    expect(reasonsOf(parseCloudflare(text, 'cf'))).toEqual(['incomplete']);
  });
});

test('any text at all is read or refused by every reader, without a throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => `{"result":[${json}],"ResourceRecordSets":[${json}]}`),
  );
  fc.assert(
    fc.property(text, (written) => {
      for (const read of [parseHostList, parseCertificateLog, parseRoute53, parseCloudflare]) {
        surveyOffline(read(written, 'x'));
      }
    }),
    { numRuns: fuzzRuns },
  );
}, 300_000);
