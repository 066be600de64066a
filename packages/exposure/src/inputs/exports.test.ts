import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { surveyOffline } from '../survey-offline.ts';
import type { InputRecords } from './dns-record.ts';
import { parseHostList } from './host-list.ts';
import { readInputs } from './read-inputs.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures');

function fixture(name: string): string {
  return readFileSync(join(fixtures, name), 'utf8');
}

/** Read by its shape alone. */
function read(text: string, name = 'export'): Promise<InputRecords> {
  return readInputs({ exports: [{ name, text }] });
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
  test('has one name a line, comments and wildcards', async () => {
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

  test.each(['a b', 'a..b', 'https://', 'a b.test'])(
    'tells the line of %j, which is no host',
    (line) => {
      const { names, errors } = parseHostList(`ok.test\n${line}`, 'list');
      expect(names).toHaveLength(1);
      expect(errors).toMatchObject([{ file: 'list', line: 2, reason: 'bad-name' }]);
    },
  );

  test('may have URLs, ports, what httpx and dnsx append, and addresses, which get no cookie', () => {
    const lines = [
      'https://www.kittens.test/path?q=1',
      'http://shop.kittens.test:8080',
      'https://ada:secret@desk.kittens.test',
      'api.kittens.test:8443',
      '\u001b[1;32mhttps://blog.kittens.test\u001b[0m [\u001b[32m200\u001b[0m] [Welcome]',
      'mail.kittens.test [A] [10.0.0.1]',
      '_x.kittens.test',
      ...['10.0.0.1', '10.0.0.1:80', 'https://10.0.0.1/', '[::1]:80', '::1'],
    ];
    const { names, errors } = parseHostList(lines.join('\r\n'), 'list');
    expect(errors).toEqual([]);
    expect(names.map(({ name }) => name.split('.')[0])).toEqual([
      ...['www', 'shop', 'desk', 'api', 'blog', 'mail', '_x'],
    ]);
  });

  test('may be the graph that amass prints', () => {
    const inputs = parseHostList(
      'help.kittens.test (FQDN) --> cname_record --> acme.elsewhere.test (FQDN)\n13335 (ASN) --> announces --> 10.0.0.0/8 (Netblock)\n',
      'amass.txt',
    );
    expect(inputs.errors).toEqual([]);
    expect(linesOf(inputs)).toEqual(['help.kittens.test CNAME acme.elsewhere.test']);
  });
});

describe('a certificate log', () => {
  test('gives every host once and leaves out what is none', async () => {
    const { names, errors } = await read(fixture('crt-sh.json'), 'ct');
    expect(errors).toEqual([]);
    expect(names.map(({ name }) => name)).toEqual([
      '*.dev.kittens.test',
      'kittens.test',
      'www.kittens.test',
      'old.kittens.test',
    ]);
  });

  test('may be one object a line', async () => {
    const text = '{"name_value":"a.test"}\n{"common_name":"b.test"}\n';
    expect((await read(text, 'ct')).names.map(({ name }) => name)).toEqual(['a.test', 'b.test']);
  });

  test('that is none is told so', async () => {
    const reasons = async (text: string): Promise<readonly string[]> =>
      reasonsOf(await readInputs({ certificateLogs: [{ name: 'ct', text }] }));
    expect(await reasons('')).toEqual(['bad-json']);
    expect(await reasons('<html>')).toEqual(['unknown-format']);
    expect(await reasons('[1,{"x":2}]')).toEqual(['unknown-format']);
    expect(await reasons('[{"name_value":"a.test"},{"x":2}]')).toEqual(['bad-data']);
  });
});

describe("Route 53's export", () => {
  test('gives aliases, wildcards in octal, and every target of a weighted set', async () => {
    const inputs = await read(fixture('route53.json'), 'r53');
    expect(inputs.errors).toEqual([]);
    expect(inputs.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
    expect(linesOf(inputs)).toEqual([
      'kittens.test ALIAS d111111abcdef8.cloudfront.test',
      'kittens.test NS ns-2048.awsdns-64.test',
      'kittens.test NS ns-2049.awsdns-65.test',
      'kittens.test SOA -',
      '*.pages.kittens.test CNAME sites.builder.test',
      'shop.kittens.test CNAME blue.shops.test',
      'shop.kittens.test CNAME green.otherfirm.test',
      'api.kittens.test A 192.0.2.44',
      'api.kittens.test A 192.0.2.45',
      'kittens.test TXT -',
      'inside.kittens.test ALIAS api.kittens.test',
    ]);
  });

  test('is surveyed with its aliases as hops', async () => {
    const { hosts } = surveyOffline(await read(fixture('route53.json'), 'r53'));
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

  test('in pages is read whole, and told where a page is missing', async () => {
    const page = JSON.parse(fixture('route53.json')) as Record<string, unknown>;
    const pages = JSON.stringify([{ ...page, IsTruncated: true }, page]);
    expect(reasonsOf(await read(pages, 'r53'))).toEqual([]);
    const cut = await read(JSON.stringify({ ...page, IsTruncated: true }), 'r53');
    expect(reasonsOf(cut)).toEqual(['incomplete']);
    expect(cut.zones).toMatchObject([{ apex: 'kittens.test', complete: false }]);
  });

  test('with broken record sets gives the rest', async () => {
    const sets = [
      { Name: 'a.test.', Type: 'A', ResourceRecords: [{ Value: '1.2' }] },
      {},
      { Name: 'b.test.', Type: 'A', AliasTarget: {} },
      { Name: 'c.test.', Type: 'A', ResourceRecords: [{ Value: '10.0.0.1' }] },
    ];
    const inputs = await read(JSON.stringify({ ResourceRecordSets: sets }), 'r53');
    expect(reasonsOf(inputs)).toEqual(['bad-address', 'bad-data', 'bad-data']);
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

  test('as JSON shows proxied names and aliases at the apex', async () => {
    const inputs = await read(fixture('cloudflare.json'), 'cf');
    expect(inputs.errors).toEqual([]);
    expect(inputs.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
    expect(surveyed(inputs)).toEqual(expected);
  });

  test('as a zone file shows the same', async () => {
    const inputs = await read(fixture('cloudflare-export.txt'), 'cf.txt');
    expect(inputs.errors).toEqual([]);
    expect(surveyed(inputs)).toEqual({ ...expected, 'box.kittens.test': '' });
  });

  test('without zone names falls back to the registrable domain, and is not complete', async () => {
    const text = JSON.stringify({
      result: [{ name: 'a.kittens.test', type: 'A', content: '10.0.0.1' }],
    });
    expect((await read(text, 'cf')).zones).toMatchObject([
      { apex: 'kittens.test', complete: false },
    ]);
  });

  test('of which pages are missing is told so', async () => {
    const text = JSON.stringify({ result: [], result_info: { total_count: 3 } });
    expect(reasonsOf(await read(text, 'cf'))).toEqual(['incomplete']);
  });
});

test('any text at all is read or refused by every reader, without a throw', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => `{"result":[${json}],"ResourceRecordSets":[${json}]}`),
    fc.json().map((json) => `[{"name":"a.test","type":"CNAME","rrdatas":${json},"host":${json}}]`),
    fc.json().map((json) => `{"values":{"root_module":${json}},"format_version":"1"}`),
    fc.json().map((json) => `a:\n  type: CNAME\n  value: ${json}\n`),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('x', 'x.test.yaml', 'x.csv'), async (written, name) => {
      for (const kind of ['zoneFiles', 'hostLists', 'certificateLogs', 'exports']) {
        surveyOffline(await readInputs({ [kind]: [{ name, text: written }] }));
      }
    }),
    { numRuns: fuzzRuns },
  );
}, 300_000);
