import { describe, expect, test } from 'vitest';
import { surveyOffline } from '../survey-offline.ts';
import type { InputRecords } from './dns-record.ts';
import { readInputs } from './read-inputs.ts';

/** Read by shape alone, whichever list it is given in. */
async function read(text: string, name = 'export', zoneOrigin?: string): Promise<InputRecords> {
  const origin = zoneOrigin === undefined ? {} : { zoneOrigin };
  const [first, ...others] = await Promise.all(
    (['exports', 'zoneFiles', 'hostLists', 'certificateLogs'] as const).map((list) =>
      readInputs({ [list]: [{ name, text }], ...origin }),
    ),
  );
  for (const other of others) expect(other).toEqual(first);
  if (first === undefined) throw new Error('nothing was read');
  return first;
}

function linesOf({ records, errors }: InputRecords): readonly string[] {
  expect(errors).toEqual([]);
  return records
    .filter(({ value }) => value !== '-')
    .map(({ owner, type, value, proxied }) => {
      return `${owner} ${type} ${value}${proxied ? ' proxied' : ''}`;
    });
}

function zonesOf({ zones }: InputRecords): readonly string[] {
  return zones.map(({ apex, complete }) => `${apex}${complete ? ' whole' : ''}`);
}

function namesOf({ names, errors }: InputRecords): readonly string[] {
  expect(errors).toEqual([]);
  return names.map(({ name }) => name);
}

/** The one error of an input that is not read. */
async function refusal(text: string, name = 'export'): Promise<string> {
  const { errors, records, names } = await readInputs({ exports: [{ name, text }] });
  expect([records, names]).toEqual([[], []]);
  expect(errors).toHaveLength(1);
  return errors[0]?.message ?? '';
}

describe('Google Cloud', () => {
  const soa =
    'ns-cloud-a1.googledomains.com. cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300';

  test('as gcloud lists it in YAML, wildcards, services and routed sets included', async () => {
    const sets = [
      `kind: dns#resourceRecordSet\nname: kittens.example.\nrrdatas:\n- ${soa}\nttl: 21600\ntype: SOA`,
      'kind: dns#resourceRecordSet\nname: help.kittens.example.\nrrdatas:\n- acme.zendesk.com.\nttl: 300\ntype: CNAME',
      "kind: dns#resourceRecordSet\nname: '*.dev.kittens.example.'\nrrdatas:\n- 192.0.2.1\n- 192.0.2.2\nttl: 300\ntype: A",
      'kind: dns#resourceRecordSet\nname: svc.kittens.example.\nrrdatas:\n- 1 edge.vendor.test. alpn="h2"\nttl: 300\ntype: HTTPS',
      'kind: dns#resourceRecordSet\nname: kittens.example.\nrrdatas:\n- \'"v=spf1 -all"\'\nttl: 300\ntype: TXT',
      'kind: dns#resourceRecordSet\nname: geo.kittens.example.\nroutingPolicy:\n  geo:\n    items:\n    - location: us-east1\n      rrdatas:\n      - us.vendor.test.\n    - location: asia-east1\n      rrdatas:\n      - asia.vendor.test.\nttl: 5\ntype: CNAME',
    ];
    const inputs = await read(`---\n${sets.join('\n---\n')}\n`, 'gcloud.yaml');
    expect(linesOf(inputs)).toEqual([
      'help.kittens.example CNAME acme.zendesk.com',
      '*.dev.kittens.example A 192.0.2.1',
      '*.dev.kittens.example A 192.0.2.2',
      'svc.kittens.example HTTPS edge.vendor.test',
      'geo.kittens.example CNAME us.vendor.test',
      'geo.kittens.example CNAME asia.vendor.test',
    ]);
    expect(zonesOf(inputs)).toEqual(['kittens.example whole']);
  });

  test('as JSON, of gcloud and of its API in pages', async () => {
    const set = {
      kind: 'dns#resourceRecordSet',
      name: 'a.kittens.example.',
      type: 'A',
      ttl: 5,
      rrdatas: ['192.0.2.1'],
    };
    expect(linesOf(await read(JSON.stringify([set])))).toEqual(['a.kittens.example A 192.0.2.1']);
    const { errors } = await read(JSON.stringify({ rrsets: [set], nextPageToken: 'x' }));
    expect(errors.map(({ reason }) => reason)).toEqual(['incomplete']);
  });
});

describe('Azure', () => {
  const id =
    '/subscriptions/0/resourceGroups/dns/providers/Microsoft.Network/dnszones/kittens.example';
  const set = (type: string, name: string, more: object): object => ({
    TTL: 3600,
    etag: 'x',
    fqdn: name === '@' ? 'kittens.example.' : `${name}.kittens.example.`,
    id: `${id}/${type}/${name}`,
    name,
    resourceGroup: 'dns',
    targetResource: { id: null },
    type: `Microsoft.Network/dnszones/${type}`,
    ...more,
  });
  const alias = (to: string): object => ({
    ARecords: [],
    targetResource: { id: `/subscriptions/0/x/${to}` },
  });
  const sets = [
    set('SOA', '@', { SOARecord: { host: 'ns1-01.azure-dns.com.' } }),
    set('NS', 'eu', { NSRecords: [{ nsdname: 'ns1.other.test.' }] }),
    set('CNAME', 'help', { CNAMERecord: { cname: 'acme.zendesk.com' } }),
    set('A', 'www', { ARecords: [{ ipv4Address: '192.0.2.1' }], AAAARecords: null }),
    set('AAAA', 'six', { AAAARecords: [{ ipv6Address: '2001:db8::1' }] }),
    set('A', '@', alias('Microsoft.Network/trafficManagerProfiles/kittens')),
    set('A', 'old', alias('Microsoft.Cdn/profiles/p/endpoints/kittens')),
    set('A', 'box', alias('Microsoft.Network/publicIPAddresses/box')),
    set('A', 'same', alias('Microsoft.Network/dnszones/kittens.example/A/www')),
    set('MX', '@', { MXRecords: [{ exchange: 'mail', preference: 1 }] }),
  ];

  test('as the command line lists it, with aliases of resources', async () => {
    const inputs = await read(JSON.stringify(sets));
    expect(linesOf(inputs)).toEqual([
      'eu.kittens.example NS ns1.other.test',
      'help.kittens.example CNAME acme.zendesk.com',
      'www.kittens.example A 192.0.2.1',
      'six.kittens.example AAAA 2001:db8::1',
      'kittens.example ALIAS kittens.trafficmanager.net',
      'old.kittens.example ALIAS kittens.azureedge.net',
      'same.kittens.example ALIAS www.kittens.example',
    ]);
    expect(namesOf(inputs)).toEqual(['box.kittens.example']);
    expect(zonesOf(inputs)).toEqual(['kittens.example whole']);
  });

  test('as its API answers, one page of several told', async () => {
    const properties = {
      fqdn: 'help.kittens.example.',
      CNAMERecord: { cname: 'acme.zendesk.com' },
    };
    const value = [
      {
        id: `${id}/CNAME/help`,
        name: 'help',
        type: 'Microsoft.Network/dnszones/CNAME',
        properties,
      },
    ];
    expect(linesOf(await read(JSON.stringify({ value })))).toEqual([
      'help.kittens.example CNAME acme.zendesk.com',
    ]);
    const { errors } = await read(JSON.stringify({ value, nextLink: 'https://x' }));
    expect(errors.map(({ reason }) => reason)).toEqual(['incomplete']);
  });
});

describe('Terraform', () => {
  const resource = (type: string, values: object, mode = 'managed'): object => ({
    address: `${type}.x`,
    mode,
    type,
    name: 'x',
    provider_name: 'registry',
    schema_version: 0,
    values,
    sensitive_values: {},
  });
  const root = [
    resource('aws_route53_zone', { name: 'kittens.example', zone_id: 'Z1', id: 'Z1' }),
    resource('aws_route53_record', {
      name: 'help',
      fqdn: 'help.kittens.example',
      type: 'CNAME',
      zone_id: 'Z1',
      alias: [],
      records: ['acme.zendesk.com'],
      ttl: 300,
    }),
    resource('aws_route53_record', {
      name: 'kittens.example',
      fqdn: 'kittens.example',
      type: 'A',
      records: null,
      zone_id: 'Z1',
      alias: [{ name: 'd1.cloudfront.net', zone_id: 'Z2', evaluate_target_health: false }],
    }),
    resource('aws_route53_record', {
      name: 'late',
      type: 'CNAME',
      zone_id: 'Z1',
      records: ['x.test'],
    }),
    resource('azurerm_dns_cname_record', {
      name: 'az',
      zone_name: 'kittens.example',
      record: 'x.azurewebsites.net',
    }),
    resource('google_dns_record_set', {
      name: 'g.kittens.example.',
      managed_zone: 'kittens',
      type: 'CNAME',
      rrdatas: ['ghs.googlehosted.com.'],
    }),
    resource('aws_lb', { name: 'lb', dns_name: 'lb.elb.amazonaws.com' }),
    resource('aws_route53_record', { name: 'seen.kittens.example', type: 'A' }, 'data'),
  ];
  const child = [
    resource('cloudflare_record', {
      hostname: 'cf.kittens.example',
      name: 'cf',
      type: 'CNAME',
      value: 'x.netlify.app',
      proxied: true,
      zone_id: '0123',
    }),
    resource('cloudflare_dns_record', {
      name: 'v5.kittens.example',
      type: 'CNAME',
      content: 'x.vercel-dns.com',
      proxied: false,
    }),
    resource('ns1_record', {
      zone: 'kittens.example',
      domain: 'ns1.kittens.example',
      type: 'ALIAS',
      answers: [{ answer: 'x.edge.test' }],
    }),
    resource('digitalocean_record', {
      domain: 'kittens.example',
      name: '@',
      type: 'A',
      value: '192.0.2.4',
    }),
  ];
  const values = {
    root_module: { resources: root, child_modules: [{ address: 'module.x', resources: child }] },
  };
  const expected = [
    'help.kittens.example CNAME acme.zendesk.com',
    'kittens.example ALIAS d1.cloudfront.net',
    'late.kittens.example CNAME x.test',
    'az.kittens.example CNAME x.azurewebsites.net',
    'g.kittens.example CNAME ghs.googlehosted.com',
    'cf.kittens.example ALIAS x.netlify.app proxied',
    'v5.kittens.example CNAME x.vercel-dns.com',
    'ns1.kittens.example ALIAS x.edge.test',
    'kittens.example A 192.0.2.4',
  ];

  test('as it shows a state, records of any provider, modules included', async () => {
    const inputs = await read(
      JSON.stringify({ format_version: '1.0', terraform_version: '1.9.5', values }),
    );
    expect(linesOf(inputs)).toEqual(expected);
    expect(zonesOf(inputs)).toEqual(['kittens.example']);
  });

  test('as it shows a plan, and as a state file', async () => {
    const plan = {
      format_version: '1.2',
      planned_values: values,
      resource_changes: [],
      prior_state: {},
    };
    expect(linesOf(await read(JSON.stringify(plan)))).toEqual(expected);
    const attributes = {
      fqdn: 'help.kittens.example',
      type: 'CNAME',
      records: ['acme.zendesk.com'],
    };
    const resources = [
      {
        mode: 'managed',
        type: 'aws_route53_record',
        name: 'help',
        instances: [{ index_key: 0, attributes }],
      },
    ];
    const file = { version: 4, terraform_version: '1.9.5', serial: 1, lineage: 'x', resources };
    expect(linesOf(await read(JSON.stringify(file)))).toEqual([expected[0]]);
  });

  test('with a record of which the target is not known yet tells its address', async () => {
    const resources = [
      resource('aws_route53_record', { name: 'x.kittens.example', type: 'CNAME' }),
    ];
    const { errors } = await read(
      JSON.stringify({ format_version: '1.2', planned_values: { root_module: { resources } } }),
    );
    expect(errors).toMatchObject([
      { reason: 'bad-data', message: expect.stringContaining('x.kittens.example') },
    ]);
  });

  test('without any record is an error, and its source is told what to give', async () => {
    const empty = JSON.stringify({ format_version: '1.0', values: { root_module: {} } });
    expect(await refusal(empty)).toContain('no DNS records');
    expect(
      await refusal('resource "aws_route53_record" "x" {\n  name = "x"\n}\n', 'main.tf'),
    ).toContain('terraform show -json');
  });
});

describe('octoDNS', () => {
  const zone = [
    '---',
    "'':",
    '  - octodns:',
    '      cloudflare:',
    '        proxied: true',
    '    type: A',
    '    values: [192.0.2.1, 192.0.2.2]',
    '  - type: MX',
    '    value: {exchange: mail.kittens.example., preference: 10}',
    "'*.dev':",
    '  type: CNAME',
    '  value: sites.builder.test.',
    '1.10:',
    '  type: A',
    '  value: 192.0.2.3',
    'eu:',
    '  type: NS',
    '  values:',
    '    - ns1.other.test.',
    'no:',
    '  octodns:',
    '    cloudflare: {proxied: true}',
    '  type: CNAME',
    '  value: x.netlify.test.',
    'pool:',
    '  type: CNAME',
    '  value: default.test.',
    '  dynamic:',
    '    pools:',
    '      one: {values: [{value: one.test.}]}',
    '    rules: [{pool: one}]',
    'root:',
    '  type: Route53Provider/ALIAS',
    '  values: [{type: A, name: d1.cloudfront.test.}]',
    'svc:',
    '  type: HTTPS',
    '  values: [{svcpriority: 1, targetname: edge.vendor.test., svcparams: {alpn: [h2]}}]',
  ].join('\n');
  const expected = [
    'kittens.example A 192.0.2.1 proxied',
    'kittens.example A 192.0.2.2 proxied',
    '*.dev.kittens.example CNAME sites.builder.test',
    '1.10.kittens.example A 192.0.2.3',
    'eu.kittens.example NS ns1.other.test',
    'no.kittens.example ALIAS x.netlify.test proxied',
    'pool.kittens.example CNAME default.test',
    'pool.kittens.example CNAME one.test',
    'root.kittens.example ALIAS d1.cloudfront.test',
    'svc.kittens.example HTTPS edge.vendor.test',
  ];

  test('is read with the zone of its file, its folder or the caller', async () => {
    expect(linesOf(await read(zone, 'config/kittens.example.yaml'))).toEqual(expected);
    expect(linesOf(await read(zone, 'kittens.example./records.yaml'))).toEqual(expected);
    expect(linesOf(await read(zone, 'zone.yml', 'kittens.example.'))).toEqual(expected);
    expect(await refusal(zone, 'zone.yml')).toContain('--origin');
  });

  test('with a type that does not exist tells the name', async () => {
    const { errors } = await read(
      'www:\n  type: CNMAE\n  value: x.test.\n',
      'kittens.example.yaml',
    );
    expect(errors).toMatchObject([{ reason: 'unknown-type' }]);
  });
});

describe('what finds names', () => {
  test('subfinder, one object a line', async () => {
    const text =
      '{"host":"www.kittens.example","input":"kittens.example","source":"crtsh"}\n{"host":"help.kittens.example","ip":"192.0.2.1","input":"kittens.example","source":"dnsx"}\n';
    expect(namesOf(await read(text))).toEqual(['www.kittens.example', 'help.kittens.example']);
    const collected =
      '{"host":"a.kittens.example","input":"kittens.example","sources":["crtsh","x"]}\n';
    expect(namesOf(await read(collected))).toEqual(['a.kittens.example']);
  });

  test('amass, with addresses', async () => {
    const line = {
      name: 'www.kittens.example',
      domain: 'kittens.example',
      tag: 'cert',
      sources: ['Crtsh'],
      addresses: [{ ip: '192.0.2.1', cidr: '192.0.2.0/24', asn: 1, desc: 'X' }],
    };
    const inputs = await read(
      `${JSON.stringify(line)}\n${JSON.stringify({ ...line, name: 'b.kittens.example' })}`,
    );
    expect(namesOf(inputs)).toEqual(['www.kittens.example', 'b.kittens.example']);
    expect(linesOf(inputs)).toContain('www.kittens.example A 192.0.2.1');
  });

  test('httpx and dnsx, with the chain that they saw as far as it is of the family', async () => {
    const httpx = {
      timestamp: '2026-11-28T00:00:00Z',
      port: '443',
      url: 'https://help.kittens.example:443',
      input: 'help.kittens.example',
      host: '192.0.2.9',
      a: ['192.0.2.9'],
      status_code: 200,
      cname: ['desk.kittens.example', 'acme.zendesk.com'],
      failed: false,
    };
    const dnsx = {
      host: 'www.kittens.example',
      ttl: 5,
      resolver: ['192.0.2.53:53'],
      a: ['192.0.2.1'],
    };
    const inputs = await read(`${JSON.stringify(httpx)}\n${JSON.stringify(dnsx)}\n`);
    expect(namesOf(inputs)).toEqual(['help.kittens.example', 'www.kittens.example']);
    expect(linesOf(inputs)).toEqual([
      'help.kittens.example CNAME desk.kittens.example',
      'desk.kittens.example CNAME acme.zendesk.com',
      'www.kittens.example A 192.0.2.1',
    ]);
  });

  test('certspotter, and a plain array of names', async () => {
    const entry = {
      id: '1',
      tbs_sha256: 'ab',
      dns_names: ['kittens.example', '*.dev.kittens.example'],
    };
    expect(
      namesOf(await read(JSON.stringify([{ ...entry, not_before: '2026-01-01T00:00:00Z' }]))),
    ).toEqual(['kittens.example', '*.dev.kittens.example']);
    expect(namesOf(await read('["a.kittens.example","b.kittens.example"]'))).toHaveLength(2);
  });
});

describe('Cloudflare', () => {
  const page = (number: number, name: string): string =>
    JSON.stringify({
      result: [
        {
          id: 'x',
          zone_id: 'z',
          zone_name: 'kittens.example',
          name,
          type: 'CNAME',
          content: 'x.test',
          proxied: false,
        },
      ],
      success: true,
      errors: [],
      messages: [],
      result_info: { page: number, per_page: 1, count: 1, total_count: 2, total_pages: 2 },
    });

  test('in pages as separate files is whole when every page is there', async () => {
    const pages = [page(1, 'a.kittens.example'), page(2, 'b.kittens.example')];
    const files = pages.map((text, at) => ({ name: `page${at}.json`, text }));
    const inputs = await readInputs({ cloudflare: files });
    expect(linesOf(inputs)).toHaveLength(2);
    expect(zonesOf(inputs)).toEqual(['kittens.example whole']);
    const half = await readInputs({ cloudflare: files.slice(0, 1) });
    expect(half.errors).toMatchObject([{ file: 'page0.json', reason: 'incomplete' }]);
    const twice = await readInputs({ cloudflare: [...files.slice(0, 1), ...files.slice(0, 1)] });
    expect(twice.errors.map(({ reason }) => reason)).toContain('incomplete');
  });

  test('as an answer that is an error is told so', async () => {
    const text = JSON.stringify({ result: null, success: false, errors: [{ code: 10000 }] });
    expect(await refusal(text)).toContain('answered with an error');
  });

  test('as CSV, quoted or not, with lines and proxied marks', async () => {
    const rows = [
      'Type,Name,Content,Proxy status,TTL',
      'CNAME,www.kittens.example,"x.netlify.test",Proxied,Auto',
      'TXT,kittens.example,"v=spf1 ""x"", -all",DNS only,Auto',
      'A,kittens.example,192.0.2.1,DNS only,300',
    ];
    const inputs = await read(`\uFEFF${rows.join('\r\n')}\r\n`, 'kittens.example.csv');
    expect(linesOf(inputs)).toEqual([
      'www.kittens.example ALIAS x.netlify.test proxied',
      'kittens.example A 192.0.2.1',
    ]);
    expect(inputs.records.map(({ source }) => source.line)).toEqual([2, 3, 4]);
    const relative = await read(
      'name;type;value\n@;A;192.0.2.1\nhelp;CNAME;acme.test.\n',
      'kittens.example.csv',
    );
    expect(linesOf(relative)).toEqual([
      'kittens.example A 192.0.2.1',
      'help.kittens.example CNAME acme.test',
    ]);
  });

  test('as the records alone, with capital names too', async () => {
    const text = JSON.stringify([
      { ID: 'x', Type: 'CNAME', Name: 'a.kittens.example', Content: 'x.test', Proxied: 'true' },
    ]);
    expect(linesOf(await read(text))).toEqual(['a.kittens.example ALIAS x.test proxied']);
  });
});

test('Route 53 in pages as separate files is whole when every page is there', async () => {
  const set = (name: string): object => ({
    Name: name,
    Type: 'A',
    ResourceRecords: [{ Value: '192.0.2.1' }],
  });
  const first = {
    ResourceRecordSets: [set('a.test.')],
    IsTruncated: true,
    NextRecordName: 'b.test.',
    NextRecordType: 'A',
  };
  const last = { ResourceRecordSets: [set('b.test.')], IsTruncated: false };
  const files = [first, last].map((page, at) => ({
    name: `${at}.json`,
    text: JSON.stringify(page),
  }));
  expect((await readInputs({ route53: files })).errors).toEqual([]);
  const [half] = files;
  expect((await readInputs({ route53: half === undefined ? [] : [half] })).errors).toMatchObject([
    { reason: 'incomplete' },
  ]);
});

test('a list of hosts and a zone are told apart, whichever they are given as', async () => {
  expect(
    namesOf(await readInputs({ zoneFiles: [{ name: 'x', text: 'a.test\nhttps://b.test/\n' }] })),
  ).toEqual(['a.test', 'b.test']);
  const zone = '$ORIGIN a.test.\nwww IN A 192.0.2.1\n';
  expect(linesOf(await readInputs({ hostLists: [{ name: 'x', text: zone }] }))).toEqual([
    'www.a.test A 192.0.2.1',
  ]);
});

test.each([
  ['<!DOCTYPE html><title>x</title>', 'web page'],
  ['zone "kittens.example" { type master; };', 'zone files that it names'],
  ['+www.kittens.example:192.0.2.1:300\n', 'tinydns'],
  [
    'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  A: {Type: AWS::Route53::RecordSet}\n',
    'CloudFormation',
  ],
  [
    'providers:\n  config:\n    class: octodns.provider.yaml.YamlProvider\n',
    "octoDNS's own configuration",
  ],
  ['{"log":{"version":"1.2","entries":[]}}', '--har'],
  ['{"what":"ever"}', 'aws route53 list-resource-record-sets'],
  ['{"half":', 'no valid JSON'],
])('%j is told what to export instead', async (text, words) => {
  expect(await refusal(text)).toContain(words);
});

test('offline, every export gives hosts with their targets', async () => {
  const inputs = await read(
    'help:\n  type: CNAME\n  value: acme.zendesk.com.\n',
    'kittens.example.yaml',
  );
  expect(surveyOffline(inputs).hosts).toMatchObject([
    { name: 'help.kittens.example', chain: [{ to: 'acme.zendesk.com' }] },
  ]);
});
