import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ExposureReport } from '@latchkey/exposure';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorkplace, type Ended, type Workplace } from '../test/command.ts';

const cookie = 'sid; Domain=example.com; Secure';
const soa = '@\tIN\tSOA\tns1.example.com. admin.example.com. 1 1h 30m 1w 1h\n';
const zone = `$TTL 3600\n${soa}\tIN\tNS\tns1.example.com.\n@\tIN\tA\t192.0.2.1\nhelp\tIN\tCNAME\tacme.zendesk.com.\n`;

let place: Workplace;

beforeAll(async () => {
  place = await createWorkplace();
});

afterAll(() => place.remove());

/** Writes the file and looks at it offline. */
function look(file: string, text: string, ...more: readonly string[]): Promise<Ended> {
  place.write(file, text);
  const args = ['exposure', '--zone', file, '--offline', '--json', '--cookie', cookie];
  return place.run([...args, ...more]);
}

function reportOf({ stdout }: Ended): ExposureReport {
  return JSON.parse(stdout) as ExposureReport;
}

describe('what says nothing is no all-clear', () => {
  test('a zone that is not that of the cookie ends with 2 and names the zone and its file', async () => {
    const ended = await look('kittens.test.zone', zone.replaceAll('example.com', 'kittens.test'));
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('Not checked');
    expect(ended.stderr).toContain('kittens.test from kittens.test.zone');
    const { coverage, advice } = reportOf(ended);
    expect(coverage).toMatchObject({
      zones: [{ apex: 'kittens.test', file: 'kittens.test.zone', via: 'file-name' }],
      inside: 0,
      outside: 2,
      judged: 0,
      gap: expect.stringContaining('example.com'),
    });
    expect(advice.summary).toContain('Not checked');
  });

  test('nor is one that holds no host at all', async () => {
    const ended = await look('example.com.zone', `${soa}@ MX 10 mail\n@ TXT "v=spf1 -all"\n`);
    expect(ended).toMatchObject({ exitCode: 2 });
    expect(reportOf(ended).coverage).toMatchObject({ inside: 1, judged: 0 });
  });

  test('a list of which nothing is known offline ends with 2, whatever the level', async () => {
    place.write('hosts.txt', 'www.example.com\nhelp.example.com\n');
    const args = ['exposure', '--hosts', 'hosts.txt', '--offline', '--cookie', cookie];
    const ended = await place.run([...args, '--fail-on', 'critical']);
    expect(ended).toMatchObject({ exitCode: 2 });
    expect(ended.stderr).toContain('Not checked');
  });

  test('name servers that do not answer end with 2, whatever the level', async () => {
    const dead = createSocket('udp4');
    dead.bind(0, '127.0.0.1');
    await once(dead, 'listening');
    const { port } = dead.address() as AddressInfo;
    dead.close();
    await once(dead, 'close');
    place.write('dead.zone', `$ORIGIN example.com.\n${zone}`);
    const args = ['exposure', '--zone', 'dead.zone', '--cookie', cookie, '--fail-on', 'critical'];
    const ended = await place.run([...args, '--json', '--resolver', `127.0.0.1:${port}`]);
    expect(ended.exitCode).toBe(2);
    expect(reportOf(ended).coverage).toMatchObject({ inside: 2, judged: 0 });
  });

  test('a line that was not read ends with 2, names line and reason, and the rest is reported', async () => {
    const ended = await look(
      'example.com.zone',
      `${zone}blog\tIN\tCNMAE\tkittens.wordpress.com.\n`,
    );
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('example.com.zone:6: CNMAE is no type of DNS record.');
    expect(reportOf(ended).findings.map(({ host }) => host)).toEqual(['help.example.com']);
  });

  test('indented owners are told with their lines instead of being read as types', async () => {
    const text = `$ORIGIN example.com.\n${soa}  help IN CNAME acme.zendesk.com.\n  ns IN A 192.0.2.1\n`;
    const ended = await look('indented.zone', text);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('indented.zone:3: help is no type of DNS record.');
  });

  test('a second file without SOA has its own zone', async () => {
    place.write(
      'more.txt',
      'desk.example.com. CNAME acme.helpdesk.test.\ndesk.toys.test. A 192.0.2.7\n',
    );
    const ended = await look('example.com.zone', zone, '--zone', 'more.txt');
    const report = reportOf(ended);
    expect(report.coverage.zones.map(({ apex, file }) => `${apex} ${file}`)).toEqual([
      'example.com example.com.zone',
      'toys.test more.txt',
    ]);
    expect(report.findings.map(({ host }) => host)).toContain('desk.example.com');
    expect(report.hosts.map(({ name }) => name)).toContain('desk.toys.test');
  });
});

test('a zone of whose SOA the final dot is missing is found, as Cloudflare writes it', async () => {
  const text = `${soa.replace('@', 'example.com')}help.example.com.\t1\tIN\tCNAME\tacme.zendesk.com. ; cf_tags=cf-proxied:false\n`;
  for (const file of ['example.com.txt', 'download.txt']) {
    const ended = await look(file, text);
    expect(ended.exitCode).toBe(1);
    expect(reportOf(ended).coverage.zones).toMatchObject([{ apex: 'example.com', via: 'soa' }]);
  }
});

test('the names of files that servers and signers write say the zone', async () => {
  for (const file of ['example.com.zone.signed', 'pri.example.com', 'example.com.external']) {
    const ended = await look(file, zone);
    expect(reportOf(ended).findings.map(({ host }) => host)).toEqual(['help.example.com']);
  }
});
