import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NsdServer, startNsd } from '../test/nsd-server.ts';
import { sampleReport } from '../test/sample-report.ts';
import type { ExposureReport } from './exposure-report.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import { parseZoneFile } from './inputs/zone-file.ts';
import { surveyLive } from './survey-live.ts';
import { surveyOffline } from './survey-offline.ts';

const head =
  '$TTL 300\n@ SOA ns1 admin 1 7200 900 1209600 300\n@ NS ns1\nns1 A 127.0.0.1\n@ A 192.0.2.1\n';

/** Every way on which a cookie of the parent leaves the family, and what looks like one and is none. */
const family = `${head}www CNAME @
shop A 192.0.2.2
mail MX 10 mx.firm.net.
@ TXT "v=spf1 include:firm.net"
s1._domainkey CNAME s1.firm.net.
_dmarc CNAME dmarc.firm.net.
_sip._tcp SRV 10 5 5060 acme.firm.net.
both A 192.0.2.3
both MX 10 mx.firm.net.
help CNAME acme.firm.net.
two CNAME help
track CNAME x.eulerian.net.
sub DNAME firm.net.
zone NS ns1.firm.net.
away A 198.51.100.9
*.preview CNAME acme.firm.net.
*.own CNAME www
cdn CNAME d1.cloudfront.net.
gone CNAME nothing.firm.net.
empty CNAME nodata.firm.net.
loop CNAME pool
pool CNAME loop
${Array.from({ length: 14 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n')}
c14 A 192.0.2.4
`;

const zones = [
  { name: 'example.com', text: family },
  { name: 'firm.net', text: `${head}acme A 198.51.100.1\nnodata TXT "nothing else"\n` },
  { name: 'eulerian.net', text: `${head}x A 198.51.100.2\n` },
  { name: 'cloudfront.net', text: `${head}d1 A 198.51.100.3\n` },
];

let server: NsdServer;
let inputs: InputRecords;

beforeAll(async () => {
  server = await startNsd(zones);
  inputs = parseZoneFile(family, { file: 'example.com.zone', origin: 'example.com' });
});

afterAll(() => server?.stop());

function briefly({ findings }: ExposureReport): readonly string[] {
  return findings
    .map(
      ({ host, ruleId, severity }) =>
        `${host.replace(/\.?example\.com$/, '')} ${ruleId} ${severity}`,
    )
    .sort();
}

const ranges = { ownRanges: ['192.0.2.0/24', '127.0.0.0/8'] };
const same = [
  '*.preview wildcard high',
  '*.sub wildcard high',
  'away foreign-address medium',
  'c0 unknown low',
  'c1 unknown low',
  'c2 unknown low',
  'c3 unknown low',
  'cdn proxy low',
  'empty third-party high',
  'help third-party high',
  'loop unknown low',
  'pool unknown low',
  'track third-party critical',
  'two third-party high',
  'zone delegated high',
];

test('each way that leads outside is exactly one finding, asked', async () => {
  const survey = await surveyLive(inputs, { servers: [server.address] });
  if (survey.kind !== 'surveyed') throw new Error(survey.server);
  const report = sampleReport(survey.hosts, ranges);
  expect(briefly(report)).toEqual([...same, 'gone dangling critical'].sort());
});

test('offline the same is found; that a target is gone it cannot know', () => {
  const report = sampleReport(surveyOffline(inputs).hosts, ranges);
  expect(briefly(report)).toEqual([...same, 'gone third-party high'].sort());
});
