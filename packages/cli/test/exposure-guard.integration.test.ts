import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type NsdServer, startNsd } from '../../exposure/test/nsd-server.ts';
import { createWorkplace, type Workplace } from './command.ts';
import { type ServedLoginHost, serveLoginHost } from './login-host.ts';

const zone = (serial: number, more = ''): { name: string; text: string } => ({
  name: 'kittens.example',
  text: `$TTL 60
@ SOA ns1 admin ${serial} 60 60 60 60
@ NS ns1
@ A 127.0.0.1
ns1 A 127.0.0.1
shop A 127.0.0.1
blog A 127.0.0.1
${more}`,
});
const exposed = 'help CNAME acme.zendesk.com.\n';
const password = 'correct horse battery staple';

let place: Workplace;
let nsd: NsdServer;
beforeEach(async () => {
  place = await createWorkplace();
});
afterEach(async () => {
  await nsd.stop();
  place.remove();
});

/** The family with two shared apps, checked over this name server. */
async function family(text: string, exposure = ''): Promise<void> {
  nsd = await startNsd([{ ...zone(1, text), allowTransfer: true }]);
  place.write(
    'family.ts',
    `import family from './latchkey.config.ts';
import { defineFamily } from '${new URL('../../session/src/index.ts', import.meta.url).href}';
export default defineFamily({
  name: 'Kittens',
  loginHost: family.loginHost.origin,
  secrets: family.secrets,
  store: 'sqlite:./data/sessions.db',
  database: 'sqlite:./data/latchkey.db',
  session: { key: '_kittens_session', domain: 'kittens.example' },
  apps: {
    shop: { origin: 'https://shop.kittens.example', reach: 'shared' },
    blog: { origin: 'https://blog.kittens.example', reach: 'shared' },
  },
  exposure: {
    transfers: ['kittens.example'],
    resolver: ['${nsd.address}'],
    everySeconds: 1,
    ${exposure}
  },
});`,
  );
}

const config = ['--config', 'family.ts'];
const typesOf = ({ lines }: ServedLoginHost): readonly unknown[] =>
  lines.map((line) => JSON.parse(line).type);
const told = (loginHost: ServedLoginHost, type: string): Promise<unknown> =>
  vi.waitFor(() => expect(typesOf(loginHost)).toContain(type), 30_000);

test('a zone that hands a host to somebody else keeps the login host from starting', async () => {
  await family(exposed);
  const ended = await place.run(['serve', '--port', `${place.port}`, ...config, '--json']);
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stderr)).toMatchObject({
    error: {
      code: 'exposure_found',
      message: expect.stringContaining('help.kittens.example (third-party, high)'),
    },
  });
});

test('name servers that cannot be reached keep it from starting, unless it only warns', async () => {
  await family('');
  await nsd.stop();
  const ended = await place.run(['serve', '--port', `${place.port}`, ...config, '--json']);
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'exposure_unchecked' } });
  place.write(
    'warn.ts',
    `import family from './family.ts';
export default { ...family, exposure: { ...family.exposure, policy: 'warn' } };`,
  );
  const loginHost = await serveLoginHost(place, ['--config', 'warn.ts']);
  expect(typesOf(loginHost)).toContain('exposure.check-failed');
  expect(await loginHost.stop('SIGTERM')).toBe(0);
});

test('what is accepted in the config or in its baseline is none of its business', async () => {
  await family(exposed, "accepted: ['zendesk.com'],");
  const loginHost = await serveLoginHost(place, config);
  expect(typesOf(loginHost)).toEqual(['login-host.listening']);
  expect(await loginHost.stop('SIGTERM')).toBe(0);
});

test('a change in DNS is an alert and pauses shared apps, until DNS has changed back', async () => {
  await family('');
  const add = place.start([
    ...['account', 'add', 'ada@kittens.example', '--name', 'Ada', '--administrator'],
    ...['--grant', 'shop', '--password-stdin', ...config],
  ]);
  add.stdin?.end(`${password}\n`);
  await once(add, 'close');
  const loginHost = await serveLoginHost(place, config);
  const { cookie } = await loginHost.signIn('ada@kittens.example', password);
  expect(await loginHost.ask('/paused?app=shop')).toBe(303);

  await nsd.change(zone(2, exposed));
  await told(loginHost, 'exposure.paused');
  const alert = loginHost.lines.find((line) => line.includes('exposure.opened')) ?? '';
  expect(JSON.parse(alert)).toMatchObject({ reason: 'high', hosts: ['help.kittens.example'] });
  expect(await loginHost.ask('/paused?app=shop')).toBe(503);
  expect(await loginHost.knows(cookie)).toBe(true);
  const page = await loginHost.read('/exposure', cookie);
  expect(page).toContain('Signing in to the shared apps is paused.');
  expect(page).toContain('help.kittens.example');
  const report = await loginHost.read('/exposure/report.html', cookie);
  expect(report).toContain('Who receives the cookie');
  expect(report).toContain('zendesk.com');

  await nsd.change(zone(3));
  await told(loginHost, 'exposure.resumed');
  expect(await loginHost.ask('/paused?app=shop')).toBe(303);
  expect(await loginHost.stop('SIGTERM')).toBe(0);
});
