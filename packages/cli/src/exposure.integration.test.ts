import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ExposureReport } from '@latchkey/exposure';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configText, createWorkplace, type Ended, type Workplace } from '../test/command.ts';

const cookie = 'sid=x; Domain=example.com; Secure';
const head = '$ORIGIN example.com.\n$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\n';
const clean = `${head}@ A 192.0.2.1\nns1 A 192.0.2.2\nwww CNAME @\nmail MX 10 mx.other.net.\n`;
const exposed = `${clean}metrics CNAME x.eulerian.net.\nhelp CNAME acme.zendesk.com.\n`;

let place: Workplace;

beforeAll(async () => {
  place = await createWorkplace();
  place.write('clean.zone', clean);
  place.write('exposed.zone', exposed);
});

afterAll(() => place.remove());

function offline(zone: string, ...more: readonly string[]): Promise<Ended> {
  return place.run(['exposure', '--zone', zone, '--offline', '--cookie', cookie, ...more]);
}

function reportOf({ stdout }: Ended): ExposureReport {
  return JSON.parse(stdout) as ExposureReport;
}

test('a clean zone ends with 0', async () => {
  const ended = await offline('clean.zone', '--json');
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect(reportOf(ended)).toMatchObject({
    schemaVersion: 1,
    cookie: { name: 'sid', domain: 'example.com', hostOnly: false, secure: true },
    findings: [],
  });
});

test('findings end with 1 and have file and line', async () => {
  const ended = await offline('exposed.zone', '--json');
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'exposure_found' } });
  expect(reportOf(ended).hosts[0]).toMatchObject({
    name: 'metrics.example.com',
    receives: true,
    kind: 'third-party',
    severity: 'critical',
    operator: { site: 'eulerian.net', firm: 'Eulerian' },
    source: { file: 'exposed.zone', line: 9 },
  });
});

test('the exit code follows --fail-on, accepted firms and the baseline', async () => {
  const accept = ['--accept', 'eulerian.net'];
  expect((await offline('exposed.zone', '--fail-on', 'critical')).exitCode).toBe(1);
  expect((await offline('exposed.zone', '--fail-on', 'critical', ...accept)).exitCode).toBe(0);
  const entry = {
    ruleId: 'third-party',
    host: 'help.example.com',
    reason: 'moves',
    expires: '9999-01-01',
  };
  place.write('baseline.json', JSON.stringify({ accepted: [entry] }));
  expect((await offline('exposed.zone', ...accept, '--baseline', 'baseline.json')).exitCode).toBe(
    0,
  );
  expect((await offline('exposed.zone', ...accept)).exitCode).toBe(1);
});

test('a report goes to a file, and the next one says what changed since', async () => {
  await offline('clean.zone', '--json', '--out', 'before.json');
  const ended = await offline('exposed.zone', '--json', '--report', 'before.json');
  const { changes } = reportOf(ended);
  expect(changes?.new.map(({ host }) => host)).toEqual(['metrics.example.com', 'help.example.com']);
});

test('every format is written to the standard output and to a file alike', async () => {
  const sarif = await offline('exposed.zone', '--sarif');
  expect(JSON.parse(sarif.stdout)).toMatchObject({ version: '2.1.0' });
  const page = await offline('exposed.zone', '--html', '--out', 'report.html');
  expect(page.stdout).toBe('');
  expect(readFileSync(join(place.folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
  const plain = await offline('exposed.zone');
  expect(plain.stdout).toContain('metrics.example.com is answered by Eulerian, a known tracker');
  expect(plain.stdout).not.toContain('\u001b');
});

test('hosts are read from the standard input', async () => {
  const args = ['exposure', '--hosts', '-', '--zone', 'exposed.zone', '--offline', '--json'];
  const ended = await place.run([...args, '--cookie', cookie], 'help.example.com\n');
  expect(reportOf(ended).hosts.some(({ name }) => name === 'help.example.com')).toBe(true);
});

test('the cookie and the apps of a config are looked at, and the advice names every app', async () => {
  const apps = `apps: {
    shop: { origin: 'https://shop.apps.example.com', reach: 'shared' },
    blog: { origin: 'https://blog.apps.example.com', reach: 'shared' },
  },
  session: { key: 'kittens', domain: 'example.com' },`;
  const config = configText(4000, apps).replace(
    /apps: \{\n {4}shop: \{ origin: 'https:\/\/shop\.kittens[\s\S]*?\n {2}\},\n/,
    '',
  );
  place.write('family.config.ts', config);
  const args = ['exposure', '--zone', 'exposed.zone', '--offline', '--json'];
  const report = reportOf(await place.run([...args, '--config', 'family.config.ts']));
  expect(report.cookie).toMatchObject({ name: '__Secure-kittens', domain: 'example.com' });
  expect(report.advice).toMatchObject({
    domain: 'apps.example.com',
    tldLength: 3,
    reach: { shop: 'shared', blog: 'shared' },
  });
});

test('what the config says of exposure is used: inputs, what is own, what is accepted, the level', async () => {
  mkdirSync(join(place.folder, 'family'), { recursive: true });
  const family = (exposure: string): string =>
    configText(
      4000,
      `session: { key: 'kittens', domain: 'example.com' }, exposure: { ${exposure} },
      apps: {
        shop: { origin: 'https://shop.example.com', reach: 'shared' },
        blog: { origin: 'https://blog.example.com', reach: 'shared' },
      },`,
    ).replace(/apps: \{\n {4}shop: \{ origin: 'https:\/\/shop\.kittens[\s\S]*?\n {2}\},\n/, '');
  const look = async (exposure: string, ...more: readonly string[]): Promise<Ended> => {
    place.write('family/family.config.ts', family(exposure));
    const args = ['exposure', '--config', 'family/family.config.ts', '--offline', '--json'];
    return place.run([...args, ...more]);
  };
  place.write('family/kittens.zone', exposed);
  const zones = "zones: ['kittens.zone']";
  const first = await look(zones);
  expect(first.exitCode).toBe(1);
  expect(reportOf(first).hosts[0]?.source?.file).toBe(join('family', 'kittens.zone'));
  const own = "ownDomains: ['x.eulerian.net'], accepted: ['acme.zendesk.com']";
  expect(await look(`${zones}, ${own}`)).toMatchObject({ exitCode: 0 });
  expect(await look(`${zones}, ${own}`, '--zone', 'exposed.zone')).toMatchObject({ exitCode: 0 });
  expect(await look(`${zones}, failOn: 'critical', ownDomains: ['x.eulerian.net']`)).toMatchObject({
    exitCode: 0,
  });
  const flags = ['--own-domain', 'x.eulerian.net', '--accept', 'acme.zendesk.com'];
  expect(await look(zones, ...flags)).toMatchObject({ exitCode: 0 });
});

test('a cookie is taken from a recording', async () => {
  const headers = [
    { name: 'set-cookie', value: 'a=1; Path=/\nsid=secret-value; Domain=example.com; Secure' },
  ];
  const entries = [{ request: { url: 'https://app.example.com/' }, response: { headers } }];
  place.write('walk.har', JSON.stringify({ log: { entries } }));
  const args = ['exposure', '--zone', 'clean.zone', '--offline', '--json', '--har', 'walk.har'];
  expect((await place.run(args)).stderr).toContain('Choose one with --cookie-name');
  const ended = await place.run([...args, '--cookie-name', 'sid']);
  expect(reportOf(ended).findings.map(({ ruleId }) => ruleId)).toEqual([
    'cookie-http-only',
    'cookie-same-site',
  ]);
  expect(ended.stdout).not.toContain('secret-value');
});

test.each<[string, readonly string[], string]>([
  ['no input', ['--cookie', cookie], 'Nothing to look at'],
  ['no such file', ['--zone', 'nowhere.zone', '--offline', '--cookie', cookie], 'nowhere.zone'],
  [
    'no zone',
    ['--zone', 'latchkey.config.ts', '--offline', '--cookie', cookie],
    'latchkey.config.ts',
  ],
  [
    'an empty cookie',
    ['--zone', 'clean.zone', '--offline', '--cookie', ''],
    '--cookie has no name',
  ],
  [
    'two formats',
    ['--zone', 'clean.zone', '--json', '--html', '--cookie', cookie],
    'cannot be used with',
  ],
  ['a level that is none', ['--zone', 'clean.zone', '--fail-on', 'all'], 'Allowed choices'],
  [
    'a bad network',
    ['--zone', 'clean.zone', '--offline', '--cookie', cookie, '--own-range', '10'],
    'is no network',
  ],
  [
    'a bad baseline',
    ['--zone', 'clean.zone', '--offline', '--cookie', cookie, '--baseline', 'clean.zone'],
    'is no JSON',
  ],
  [
    'lists that are not there',
    ['--zone', 'clean.zone', '--offline', '--cookie', cookie, '--lists', 'nowhere'],
    'nowhere',
  ],
  [
    'asking offline',
    ['--zone', 'clean.zone', '--offline', '--resolver', '127.0.0.1', '--cookie', cookie],
    'cannot be used with',
  ],
  ['a transfer from nobody', ['--axfr', 'example.com', '--cookie', cookie], 'whom to ask'],
])('%s ends with 2', async (_, args, words) => {
  const ended = await place.run(['exposure', ...args]);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(words);
});

test('an interruption leaves a report that says it is a part', async () => {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    const args = ['exposure', '--zone', 'exposed.zone', '--json', '--cookie', cookie];
    const child = place.start([...args, '--resolver', `127.0.0.1:${port}`]);
    child.stdin?.end();
    const said = Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'close'),
    ]);
    // The first question shows that it is asking.
    await once(silent, 'message');
    child.kill('SIGINT');
    const [stdout] = await said;
    expect(child.exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ partial: true, resolver: `127.0.0.1:${port}` });
  } finally {
    silent.close();
  }
});
